// The page's one clock for ages on the screen ("3 s ago"): once a second, and never while the page is hidden.

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function run(): void {
	clearInterval(timer);
	timer = document.visibilityState === "hidden" ? undefined : setInterval(() => listeners.forEach((listener) => void listener()), 1_000);
}

export function everySecond(listener: () => void): void {
	if (listeners.size === 0) {
		document.addEventListener("visibilitychange", run);
		run();
	}
	listeners.add(listener);
}
