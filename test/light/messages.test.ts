// The table of docs/works-with.md, row by row: what a lamp makes of messages that others really send.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Lamp } from "../../src/light/lamp/lamp.js";
import { FakeLink, makeOptions, makeWorld } from "./world.js";

const root = join(import.meta.dirname, "../..");
const folder = "test/vectors/light";
const rows = [
	...readFileSync(join(root, "docs/works-with.md"), "utf8").matchAll(
		/^\| (.+?) \| (.+?) \| \[(\S+?)\]\(\.\.\/test\/vectors\/light\/\S+\) \| (.+?) \|$/gm,
	),
].map(([, sender = "", shown = "", file = "", does = ""]) => ({ sender, shown, file, does }));

test("every message has its row, and every row its message", () => {
	assert.deepEqual(rows.map(({ file }) => file).sort(), readdirSync(join(root, folder)).sort());
});

for (const { sender, shown, file, does } of rows)
	test(`${sender}, ${file}: ${does}`, () => {
		const world = makeWorld();
		const lamp = new Lamp(makeOptions(world));
		const link = FakeLink.last;
		link.deliver("77");
		world.clock.run(5_000);
		const before = world.clock.now();
		world.writes.length = 0;
		const bytes = readFileSync(join(root, folder, file));
		link.deliver(bytes);
		world.clock.run(3_600_000);
		// what the row shows of the message is in it
		const [, quoted = ""] = /^`(.+)`$/.exec(shown) ?? [];
		for (const part of quoted.replaceAll("\u2423", " ").split(/, … ?/))
			assert.ok(part === "}" || bytes.toString().includes(part.trim()), `${part} is not in ${file}`);
		const refused = /^refused: (.+)$/.exec(does);
		if (refused) {
			assert.equal(lamp.level, 77);
			assert.ok(world.log.at(-1)?.includes(refused[1]), world.log.at(-1));
			return;
		}
		const level = Number.parseInt(does, 10);
		assert.deepEqual([lamp.level, world.log, lamp.counters.ignored], [level, [], 0]);
		const seconds = /in ([\d.]+) s$/.exec(does)?.[1] ?? "0.35";
		const took = (world.writes.at(-1)?.at ?? 0) - before;
		assert.ok(took <= Number(seconds) * 1000 && (seconds === "0.35" || took >= Number(seconds) * 990), `${took} ms`);
	});
