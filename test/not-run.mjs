// What a run of the tests has left out, and how to run it: one line, behind the runner's own count.

/** A reporter of node:test: the reason of every test that was skipped, a JSON text a line. */
export default async function* skips(events) {
	for await (const { type, data } of events) {
		// `skip: true` gives no reason: then the test's name has to do.
		if (type === "test:pass" && data.skip !== undefined)
			yield `${JSON.stringify(String(data.skip === true ? "" : data.skip) || data.name)}\n`;
	}
}

/** `left` says which files were not run; `reported` is what `skips` has written. "" where all was run. */
export function closing(left, reported) {
	const counts = new Map();
	for (const line of reported.split("\n").filter(Boolean)) counts.set(JSON.parse(line), (counts.get(JSON.parse(line)) ?? 0) + 1);
	const skipped = [...counts].map(([reason, count]) => `${reason} (${count})`).join(", ");
	const parts = [left, skipped && `skipped, with the number of tests: ${skipped}`].filter(Boolean);
	return parts.length > 0 ? `Not run: ${parts.join("; ")}.` : "";
}
