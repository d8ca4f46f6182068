// How a process ends: once, properly, and in any case.

/** The link gives a clean goodbye two seconds; a little more, and the process goes without. */
const patience_ms = 4_000;

/** Runs `leave` at the first SIGINT, SIGTERM or SIGHUP, or when the function returned is called; a second signal does not wait. */
export function goodbye(leave: () => Promise<void>): () => void {
	let leaving = false;
	const go = () => {
		if (leaving) process.exit(130);
		leaving = true;
		const late = setTimeout(() => process.exit(1), patience_ms);
		leave().then(
			() => {
				clearTimeout(late);
				process.stdin.destroy();
				// Nothing should be left that keeps the process alive. If something is, nobody has to wait for it.
				setTimeout(() => process.exit(0), patience_ms).unref();
			},
			(error: unknown) => {
				console.error(error);
				process.exit(1);
			},
		);
	};
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, go);
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
