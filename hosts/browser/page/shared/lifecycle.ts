// A page's life besides being open: hidden, frozen, kept for "back", cut from the network. In none of them can it tell what it missed; so
// whoever looks again is told when that is, and for how long nobody did.

export interface Lifecycle {
	/** Nobody looks any more; perhaps no turn of the event loop follows. */
	sleep(): void;
	/** Somebody looks again, after `slept` milliseconds; 0: nobody had stopped looking, but the network was away. */
	wake(slept: number): void;
	/** Put away, for "back" perhaps: what holds on to the outside is to be let go. */
	leave(): void;
	/** Taken out again. */
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
