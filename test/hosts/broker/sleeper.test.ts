// One client sleeps: the others do not wait for it, and it is cut with one line.
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, describe, it } from "node:test";
import { until } from "../contract/probe.js";
import { Cli } from "../spawn.js";
import { Wire } from "../wire.js";
import { started, stopAfterEach } from "./make.js";

stopAfterEach();
after(() => Cli.killAll());

const picture = Buffer.alloc(50_000, 65);
/** More than the operating system takes for a client that does not read, on any machine. */
const much = 600;

async function asleep(port: number, id: string): Promise<Wire> {
	const sleeper = await Wire.connect(port, id);
	await sleeper.subscribe("#", 0);
	sleeper.sleep();
	return sleeper;
}

describe("a sleeper", () => {
	it("delays nobody, however long it is not cut", async () => {
		const events: string[] = [];
		const never = { stall_timeout_ms: 3_600_000, outgoing_max: 1 << 30, outgoing_busy: 1 << 30 };
		const broker = await started({ limits: never, log: (line) => events.push(line) });
		const sleeper = await asleep(broker.mqttPort, "sleeper");
		const lamp = await Wire.connect(broker.mqttPort, "lamp");
		await lamp.subscribe("light");
		const camera = await Wire.connect(broker.mqttPort, "camera");
		for (let i = 0; i < much; i++) camera.publish("camera", picture);
		// twice as many small ones as would once have stopped everything
		for (let i = 0; i < 200; i++) camera.publish("sensor", String(i));
		camera.publish("light", "the camera goes on");
		await lamp.says("light", "the camera goes on");
		const knob = await Wire.connect(broker.mqttPort, "knob");
		for (const level of ["1", "2", "3"]) {
			knob.publish("light", level);
			await lamp.says("light", level);
		}
		assert.deepEqual([sleeper.ended, events], [false, []]);
	});

	it("is cut when too much waits for it; small messages are let through longest", async () => {
		const clients: string[] = [];
		const broker = await started({
			limits: { stall_timeout_ms: 3_600_000 },
			onClient: (id, connected) => connected || clients.push(id),
		});
		await asleep(broker.mqttPort, "sleeper");
		const flood = await Wire.connect(broker.mqttPort, "flood");
		for (let i = 0; i < much; i++) flood.publish("camera", picture);
		await flood.subscribe("end");
		flood.publish("end", "x");
		await flood.says("end", "x");
		assert.deepEqual([broker.lines, clients], [[], []]);
		const small = Buffer.alloc(4_000, 66);
		for (let i = 0; i < much; i++) flood.publish("small", small);
		await until(() => clients.includes("sleeper"), "cut");
		assert.equal(broker.lines.length, 1, broker.lines.join("\n"));
		assert.match(broker.lines[0] ?? "", /^broker: sleeper reads too slowly, \d+ MiB wait for it: it was cut/);
		assert.deepEqual(clients, ["sleeper"]);
	});

	it("is cut when it has taken nothing for some time, with one line", async () => {
		const broker = await started({ limits: { stall_timeout_ms: 300 } });
		await asleep(broker.mqttPort, "sleeper");
		const camera = await Wire.connect(broker.mqttPort, "camera");
		for (let i = 0; i < much; i++) camera.publish("camera", picture);
		await until(() => broker.lines.some((line) => line.includes("it was cut")), "cut");
		assert.equal(broker.lines.filter((line) => line.includes("sleeper has taken nothing for 0.3 s")).length, 1, broker.lines.join("\n"));
		camera.publish("end", "x");
		const awake = await Wire.connect(broker.mqttPort, "awake");
		await awake.subscribe("end");
		camera.publish("end", "y");
		await awake.says("end", "y");
		assert.equal(broker.lines.filter((line) => line.includes("cut")).length, 1, broker.lines.join("\n"));
	});

	it("one that was slow and has caught up is told of once, and keeps its connection", async () => {
		const broker = await started({ limits: { stall_timeout_ms: 3_600_000 } });
		const slow = await asleep(broker.mqttPort, "slow");
		const camera = await Wire.connect(broker.mqttPort, "camera");
		for (let i = 0; i < much; i++) camera.publish("camera", picture);
		await camera.subscribe("light");
		camera.publish("light", "small ones are not left out");
		await camera.says("light", "small ones are not left out");
		slow.wake();
		await slow.says("light", "small ones are not left out");
		camera.publish("camera", "x".repeat(5_000));
		await until(() => broker.lines.length === 1, "a line");
		assert.match(broker.lines[0] ?? "", /^broker: slow reads slowly: \d+ messages of more than 4 KiB at QoS 0 were left out for it/);
		assert.equal(slow.ended, false);
	});

	it("one that reads a large retained tree is no sleeper", async () => {
		const broker = await started();
		const sender = await Wire.connect(broker.mqttPort, "sender");
		const payload = Buffer.alloc(4_000, 67);
		for (let i = 0; i < 1_000; i++) sender.publish(`tree/${i}`, payload, true);
		sender.publish("tree/end", "x", true);
		const reader = await Wire.connect(broker.mqttPort, "reader");
		await reader.subscribe("tree/end");
		await reader.says("tree/end", "x");
		await reader.subscribe("tree/#");
		await until(() => new Set(reader.seen.map(({ topic }) => topic)).size === 1_001, "all of it");
		assert.deepEqual([reader.ended, broker.lines], [false, []]);
	});
});

/** Resident memory of a process in MiB, where the system tells it. */
function memory(pid: number | undefined): number {
	try {
		return Math.round(Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024);
	} catch {
		return Number.NaN;
	}
}

/** The level that the knob says for good near `wanted`. */
async function restsNear(cli: Cli, wanted: number): Promise<number> {
	const rest = () =>
		Number(/^light "(\d+)" qos=1 /.exec(cli.events("message").findLast((line) => /^light "\d+" qos=1 /.test(line)) ?? "")?.[1]);
	await until(
		() => Math.abs(rest() - wanted) <= 5,
		() => `rests near ${wanted}, is at ${rest()}`,
	);
	return rest();
}

describe("a class room", () => {
	it("thirty clients, five of them asleep, a camera: the lamp follows the knob", async (t) => {
		const cli = new Cli(["desk", "--no-record", "--mqtt-port", "0", "--ws-port", "0"]);
		const port = Number((await cli.event("listen", /^mqtt 127\.0\.0\.1 \d+$/)).split(" ")[2]);
		await cli.event("link", /^desk-lamp up$/);
		await cli.event("link", /^desk-dimmer up$/);
		const before = memory(cli.child.pid);
		const pupils: Wire[] = [];
		for (let i = 0; i < 24; i++) {
			const pupil = await Wire.connect(port, `pupil-${i}`);
			await pupil.subscribe("light/#");
			pupils.push(pupil);
		}
		for (let i = 0; i < 5; i++) await asleep(port, `asleep-${i}`);
		const camera = await Wire.connect(port, "camera");
		let most = before;
		let shown = -1;
		for (const level of [20, 200, 60, 240, 100]) {
			for (let i = 0; i < much / 5; i++) camera.publish("camera", picture);
			cli.say(String(level));
			// where the knob has come to rest; its ends are snapped and its noise is real, so the level is not quite what was said
			const rest = await restsNear(cli, level);
			await cli.event("lamp", new RegExp(` level=${rest} duty=`));
			shown = rest;
			most = Math.max(most, memory(cli.child.pid));
		}
		for (const pupil of pupils) await pupil.says("light", String(shown));
		t.diagnostic(`the desk's memory: ${before} MiB before, ${most} MiB at most`);
		assert.equal(cli.events("link").length, 2, "knob and lamp never lost their broker");
		assert.ok(pupils.every((pupil) => !pupil.ended));
		for (const line of cli.events("log"))
			assert.match(line, /online at|broker: asleep-\d has taken nothing/, "only the sleepers are told of");
		assert.equal(await cli.end("SIGTERM"), 0);
	});
});
