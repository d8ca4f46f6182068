// The end of a process: once, properly, and in any case.

import { asking } from "./resolver.js";

/** The link's goodbye takes at most two seconds; after this time the process ends without it. */
const patience_ms = 3_000;
/** A socket delivers its last bytes within two seconds. */
const linger_ms = 2_500;

/**
 * Ends the process. `process.exit` waits for the answer of a silent name server, some ten seconds; a signal that the process does not
 * catch does not wait.
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
				// A question to a name server is under way, but its answer is not needed any more.
				if (asking()) return die(0, signal);
				// No resource should keep the process alive any more. If one does, the process ends all the same.
				setTimeout(() => die(0, signal), linger_ms).unref();
			},
			(error: unknown) => {
				console.error(error);
				process.exit(1);
			},
		);
	};
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => go(signal));
	// The reader of stdout has ended (`lampwire desk | head`): no event can be written, so the process ends.
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
