// The desk on a terminal: what stands on its screen, and where there can be none.
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { noTerminal, Terminal } from "../hosts/terminal.js";

const bin = fileURLToPath(new URL("../../hosts/node/lampwire.mjs", import.meta.url));
const desk = `'${process.execPath}' '${bin}' desk --mqtt-port 0 --ws-port 0`;

describe("the desk on a terminal", { skip: noTerminal }, () => {
	let terminal: Terminal;
	const open = (env?: Record<string, string>, command = desk) => {
		terminal = new Terminal();
		terminal.start(command, env);
	};
	afterEach(() => terminal.close());

	it("keeps its screen whatever is written to stderr, and says it again at the end", async () => {
		// By the program, by Node, and past both, as a library in C or a child would.
		const noise = `
			import fs from "node:fs";
			setTimeout(() => {
				console.error("first noise\\nsecond noise");
				process.emitWarning("third noise");
				fs.writeSync(2, "fourth noise\\n".repeat(40));
			}, 1500);`;
		open({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(noise)}` });
		await terminal.until((rows) => rows.some((row) => row.includes("third noise")), "the noise among the messages");
		await terminal.until((rows) => rows[0].startsWith(" Lampwire ") && !rows.some((row) => row.includes("fourth")), "the screen as it was");
		const rows = terminal.screen;
		assert.equal(rows.filter((row) => /^ knob +├/.test(row)).length, 1, rows.join("\n"));
		assert.equal(rows.filter((row) => /^ lamp +[█░]/.test(row)).length, 1, rows.join("\n"));
		for (const noise of ["first noise", "second noise", "Warning: third noise"])
			assert.ok(
				rows.some((row) => /^ [\d:.]{12} /.test(row) && row.includes(noise)),
				`${noise}\n${rows.join("\n")}`,
			);
		terminal.keys("q");
		await terminal.until(
			(left) => left.includes("second noise") && left.some((row) => row.endsWith("Warning: third noise")),
			"stderr, once the screen has gone",
		);
	});

	for (const [name, env] of [
		["TERM=dumb", { TERM: "dumb" }],
		["LC_ALL=C", { LC_ALL: "C" }],
	] as const)
		it(`${name}: lines of plain text, and lines typed turn the knob`, async () => {
			open(env);
			await terminal.until((rows) => rows.some((row) => row.includes("link desk-lamp up")), "the lamp");
			terminal.keys("100%", "Enter");
			await terminal.until((rows) => rows.some((row) => row.includes("lamp desk-lamp level=254 duty=16383")), "full light");
			terminal.keys("q", "Enter");
			await terminal.until((rows) => rows.some((row) => /Z bye( |$)/.test(row)), "the end");
			// From the first event to the last: what stands around it is the shell's.
			const said = /\d{4}-\d\d-\d\dT[\s\S]* bye/.exec(terminal.raw)?.[0] ?? "";
			assert.doesNotMatch(said.replaceAll("\r\n", "\n"), name === "LC_ALL=C" ? /[^\n\x20-\x7e]/ : /\p{Cc}(?<!\n)/u);
		});
});
