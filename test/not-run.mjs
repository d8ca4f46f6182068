// What a run of the tests has left out, and how to run it: one line, behind the runner's own count.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Options for `node --test`, and the line to say when it has ended. */
export function notes() {
	const folder = mkdtempSync(join(tmpdir(), "lampwire-test-"));
	const file = join(folder, "skipped");
	// What Node takes by itself, which has to be said where there is a second reporter.
	const shown = process.stdout.isTTY || Number.parseInt(process.versions.node, 10) >= 23 ? "spec" : "tap";
	return {
		reporters: [
			...[`--test-reporter=${shown}`, "--test-reporter-destination=stdout"],
			...["--test-reporter=./test/not-run.mjs", `--test-reporter-destination=${file}`],
		],
		lastLine(left) {
			const line = closing(left, existsSync(file) ? readFileSync(file, "utf8") : "");
			rmSync(folder, { recursive: true, force: true });
			return line;
		},
	};
}

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
