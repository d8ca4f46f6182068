// The states of a page besides being open: hidden, frozen, in the back/forward cache, cut from the network. Then it may miss events; so
// the callbacks report when it is visible again, and for how long it was not.

export interface Lifecycle {
	/** The page is hidden; perhaps no turn of the event loop follows. */
	sleep(): void;
	/** The page is visible again, after `slept` milliseconds; 0: it was visible all the time, but the network was away. */
	wake(slept: number): void;
	/** The page is left, perhaps for the back/forward cache: connections must be closed. */
	leave(): void;
	/** The page is back from the back/forward cache. */
	back(): void;
}

export function watchLifecycle({ sleep, wake, leave, back }: Lifecycle): void {
	let asleep = 0;
	const down = () => {
		asleep ||= Date.now();
		sleep();
	};
	const up = () => {
		if (document.visibilityState === "hidden") return;
		const slept = asleep === 0 ? 0 : Date.now() - asleep;
		asleep = 0;
		wake(slept);
	};
	document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? down() : up()));
	document.addEventListener("freeze", down);
	document.addEventListener("resume", up);
	addEventListener("pagehide", () => {
		down();
		leave();
	});
	addEventListener("pageshow", (event) => {
		if (!event.persisted) return;
		back();
		up();
	});
	addEventListener("online", up);
	if (document.visibilityState === "hidden") asleep = Date.now();
}
