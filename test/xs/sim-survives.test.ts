// A lamp on XS in mcsim, and a broker that maltreats it: garbage, floods, silence, absence.
// `SIM_OUTAGE_S=150` makes the broker's absence that long; several back-offs are enough for every day.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { freePort } from "../ports.js";
import { skip } from "./needs.js";
import { publishPacket, RawBroker } from "./raw-broker.js";
import { Display, pause, Simulator, until } from "./simulator.js";

const topic = "light";
const full = 16_383;
const outage_ms = Number(process.env.SIM_OUTAGE_S ?? 0) * 1000;
const tries = 4;
const flood = { rate: 10_000, seconds: 3 };

const port = await freePort();
const display = new Display();
const broker = new RawBroker(topic);
const lamp = new Simulator({ device: "lamp", brokerPort: port, id: "lamp01" });

/** Whatever is no level, as light.md's facts name it. */
const garbage: (string | Uint8Array)[] = [
	...["", " ", "\n", "12abc", "abc", "NaN", "Infinity", "null", "undefined", "ONE", "on off", "truefalse"],
	...["-1", "-0", "+5", "1e3", "0x10", "12.7.", "1,5", "1 2", "--1", "4096", "99999", "4294967296", "1e309", "255.5"],
	...["[1]", "[]", "[[", "{}", "{", "{]", '{"brightness":', '{"brightness":300}', '{"brightness":-1}', '{"brightness":[9]}'],
	...['{"state":"dim"}', '{"other":9}', '{"brightness":null,"transition":9}', '{"brightness":9}x', '"9"'],
	...["٣", "９", "1\u00002", "[".repeat(250), "9".repeat(257), " ".repeat(100_000), "9".repeat(100_000)],
	...[[0x7f], [0], [0xff, 0xfe], [0xc3, 0x28], [0x39, 0xc0], [0xed, 0xa0, 0x80]].map((bytes) => Uint8Array.from(bytes)),
];

/** Until the duty has not changed for half a second. */
async function atRest(): Promise<void> {
	let written = -1;
	while (written !== lamp.duties.length) {
		written = lamp.duties.length;
		await pause(500);
	}
}

async function shows(level: number): Promise<void> {
	await broker.publish(String(level));
	await lamp.until(() => lamp.shown.level === level, `level ${level}`);
	await atRest();
}

describe("a lamp in mcsim survives", { skip: skip("Xvfb"), timeout: 600_000 + outage_ms }, () => {
	before(async () => {
		await display.open();
		await broker.listen(port);
		await lamp.start(display);
		await lamp.until(() => lamp.shown.up, "to come online");
	});
	after(async () => {
		await lamp.stop();
		await broker.close();
		await display.close();
	});

	test("every malformed payload: the light stays as it is, each reason is said once", async () => {
		await shows(100);
		const { duty } = lamp.shown;
		const written = lamp.duties.length;
		const said = lamp.lines.length;
		for (const payload of garbage) await broker.publish(payload);
		// What a 10- or a 12-bit sender says. Clamped, it would pin the lamp at full.
		for (let raw = 256; raw < 4095; raw++) broker.send(publishPacket(topic, String(raw)));
		await broker.publish("4095");
		await atRest();
		assert.equal(lamp.shown.level, 100);
		assert.equal(lamp.shown.duty, duty);
		assert.equal(lamp.duties.length, written, "nothing was written to the LED");
		const complaints = lamp.lines.slice(said);
		assert.ok(complaints.length >= 10, `${complaints.length} reasons`);
		assert.ok(
			complaints.every((line) => line.startsWith("lamp: message ignored: ")),
			complaints.join("\n"),
		);
		assert.equal(new Set(complaints).size, complaints.length, "each once");
		await shows(7);
	});

	test(`a flood of ${flood.rate} messages a second, for ${flood.seconds} s: the newest wins, and memory is as before`, async (t) => {
		await shows(50);
		const before = await lamp.collect();
		const { connections } = broker;
		let sent = 0;
		const start = Date.now();
		while (sent < flood.rate * flood.seconds) {
			const due = Math.floor(((Date.now() - start) / 1000) * flood.rate);
			const packets = Array.from({ length: Math.max(due - sent, 0) }, (_, i) => publishPacket(topic, String((sent + i) % 255)));
			broker.send(Buffer.concat(packets));
			sent += packets.length;
			await pause(10);
		}
		const offered = Date.now();
		await broker.publish("201");
		t.diagnostic(`${sent} messages offered in ${offered - start} ms, read ${Date.now() - offered} ms after the last`);
		await lamp.until(() => lamp.shown.level === 201, "the newest level");
		await atRest();
		const afterwards = await lamp.collect();
		t.diagnostic(`in use, bytes: slots ${before.slots} → ${afterwards.slots}, chunks ${before.chunks} → ${afterwards.chunks}`);
		assert.equal(lamp.shown.up, true);
		assert.equal(broker.connections, connections, "it stayed connected");
		assert.deepEqual([afterwards.slots, afterwards.chunks, afterwards.keys], [before.slots, before.chunks, before.keys]);
	});

	test("the plug pulled in mid-fade: the fade goes on to its end, the lamp comes back and follows", async () => {
		await shows(0);
		const { subscriptions } = broker;
		await broker.publish('{"brightness":254,"transition":2}');
		await lamp.until(() => (lamp.shown.duty ?? 0) > 50, "the fade to begin");
		lamp.turn({ plug: false });
		const at = lamp.duties.length;
		assert.ok((lamp.shown.duty ?? 0) < full / 2, `in mid-fade, at ${lamp.shown.duty}`);
		await lamp.until(() => lamp.shown.duty === full, "the end of the fade");
		const rest = lamp.duties.slice(at);
		assert.ok(rest.length > 20 && rest.every((duty, i) => i === 0 || duty > rest[i - 1]), "it faded on, upwards");
		broker.retained = "90";
		lamp.turn({ plug: true });
		await lamp.until(() => lamp.shown.up === false, "to notice");
		await until(
			() => broker.subscriptions > subscriptions,
			() => "the lamp to come back",
		);
		await lamp.until(() => lamp.shown.up && lamp.shown.level === 90, "to follow again");
	});

	test("the broker away, for several back-offs: it holds its level, and finds it again", async (t) => {
		await shows(120);
		const { duty } = lamp.shown;
		const gone = Date.now();
		// First somebody is there who throws everybody out, so that the tries can be counted; then nobody.
		broker.kicking = true;
		const { connections } = broker;
		broker.drop();
		await lamp.until(() => lamp.shown.up === false, "to notice");
		const written = lamp.duties.length;
		await until(
			() => broker.connections >= connections + tries,
			() => `${tries} tries`,
		);
		await broker.close();
		await pause(Math.max(2_000, outage_ms - (Date.now() - gone)));
		assert.equal(lamp.shown.level, 120);
		assert.equal(lamp.shown.duty, duty);
		assert.equal(lamp.duties.length, written, "nothing is written while nothing changes");
		broker.kicking = false;
		broker.retained = "33";
		await broker.listen(port);
		const back = Date.now();
		await lamp.until(() => lamp.shown.up && lamp.shown.level === 33, "to follow again");
		t.diagnostic(`${Math.round((back - gone) / 1000)} s away, ${Math.round((Date.now() - back) / 1000)} s until the lamp was back`);
		const offline = lamp.lines.filter((line) => line.includes("offline:")).length;
		assert.ok(offline <= 6, `${offline} lines about it in the log`);
	});

	test("no exception left a callback, and nothing was reset", () => {
		assert.deepEqual(
			lamp.lines.filter((line) => /XS abort|^stopped|^exception/.test(line)),
			[],
		);
		assert.equal(lamp.lines.filter((line) => line.startsWith("lamp lamp01: light at ")).length, 1);
	});
});
