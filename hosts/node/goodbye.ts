// How a process ends: once, properly, and in any case.

import { asking } from "./resolver.js";

/** The link gives a clean goodbye two seconds; a little more, and the process goes without. */
const patience_ms = 3_000;
/** A socket delivers its last bytes within two seconds. */
const linger_ms = 2_500;

/**
 * Ends the process. A question to a name server that is silent keeps `process.exit` waiting for it, some ten seconds; a signal that nobody
 * catches does not wait.
 */
function die(code: number, signal: NodeJS.Signals = "SIGTERM"): void {
	if (asking()) {
		process.removeAllListeners(signal);
		process.kill(process.pid, signal);
	} else process.exit(code);
}

/** Runs `leave` at the first SIGINT, SIGTERM or SIGHUP, or when the function returned is called; a second signal does not wait. */
export function goodbye(leave: () => Promise<void>): () => void {
	let leaving = false;
	const go = (signal?: NodeJS.Signals) => {
		if (leaving) return die(130, signal);
		leaving = true;
		const late = setTimeout(() => die(1, signal), patience_ms);
		leave().then(
			() => {
				clearTimeout(late);
				process.stdin.destroy();
				// A question that nobody waits for any more.
				if (asking()) return die(0, signal);
				// Nothing should be left that keeps the process alive. If something is, nobody has to wait for it.
				setTimeout(() => die(0, signal), linger_ms).unref();
			},
			(error: unknown) => {
				console.error(error);
				process.exit(1);
			},
		);
	};
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => go(signal));
	// Nobody reads any more (`lampwire desk | head`): no event can be told, so nothing is worth going on for.
	const once = () => {
		if (!leaving) go();
	};
	process.stdout.on("error", once);
	return once;
}

/** A role's `close`, as a promise. */
export function closed(role: { close(done: () => void): void }): Promise<void> {
	return new Promise((resolve) => role.close(resolve));
}
