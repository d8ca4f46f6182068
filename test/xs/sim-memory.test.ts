// What the roles take of the SDK's own XS, by its own instruments: bytes in use and how often it collected garbage. The panel is quiet
// while it is measured: what a simulator shows is no part of the firmware.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { freePort } from "../ports.js";
import { skip } from "./needs.js";
import { publishPacket, RawBroker } from "./raw-broker.js";
import { Display, type Memory, pause, Simulator, until } from "./simulator.js";

/**
 * Chunk bytes that one message may leave as garbage: none. XS copies a string literal each time that a function of a preloaded module executes
 * it: 24 bytes each. Slots: none, ever.
 */
const received_bytes = 0;
const acknowledged_bytes = 0;
const published_bytes = 0;
/**
 * Bytes of slots that the simulator's own part takes now and then, whatever the role does: 128 or 384 at once were seen in a minute without one
 * message, and in the next minutes nothing. A slot has 32 bytes here, so that one a message would be 6,400 and more.
 */
const simulator_bytes = 512;

const topic = "light";
const display = new Display();

function difference(before: Memory, after: Memory): Memory {
	const entries = Object.entries(before).map(([name, value]) => [name, after[name as keyof Memory] - value]);
	return Object.fromEntries(entries) as unknown as Memory;
}

/** A role whose panel is quiet, at a broker of its own. */
class Bench {
	readonly broker = new RawBroker(topic);
	readonly #device: "dimmer" | "lamp";
	simulator!: Simulator;

	constructor(device: "dimmer" | "lamp") {
		this.#device = device;
	}

	async start(): Promise<void> {
		const port = await freePort();
		await this.broker.listen(port);
		this.simulator = new Simulator({ device: this.#device, brokerPort: port, id: "memory" });
		await this.simulator.start(display);
		await this.simulator.until(() => this.simulator.shown.up, "to come online");
		this.simulator.turn({ quiet: true });
		await this.broker.publish("5");
		await pause(1_000);
	}

	async stop(): Promise<void> {
		await this.simulator?.stop();
		await this.broker.close();
	}

	/** What `body` leaves behind, garbage included, and what is in use after all garbage is collected, before and after. */
	async cost(body: () => Promise<void>): Promise<{ garbage: Memory; before: Memory; after: Memory }> {
		const before = await this.simulator.collect();
		const start = await this.simulator.measure();
		await body();
		const garbage = difference(start, await this.simulator.measure());
		return { garbage, before, after: await this.simulator.collect() };
	}

	/** Ends the connection, and waits for the next. */
	async reconnect(): Promise<void> {
		const { subscriptions } = this.broker;
		this.broker.drop();
		await until(
			() => this.broker.subscriptions > subscriptions,
			() => `the ${this.#device} to come back`,
		);
		// The birth, and the retained level.
		await this.broker.publish("5");
		await pause(1_000);
	}
}

const used = ({ slots, chunks, keys }: Memory) => ({ slots, chunks, keys });

/** Less may be: a start leaves things behind that only a later event lets go. */
function noMore(before: Memory, after: Memory): void {
	for (const name of ["slots", "chunks", "keys"] as const)
		assert.ok(after[name] <= before[name], `${name}: ${before[name]} before, ${after[name]} after`);
}

const lamp = new Bench("lamp");
const dimmer = new Bench("dimmer");

describe("memory of the roles on the SDK's XS, in mcsim", { skip: skip("Xvfb"), timeout: 600_000 }, () => {
	before(async () => {
		await display.open();
		await lamp.start();
		await dimmer.start();
	});
	after(async () => {
		await lamp.stop();
		await dimmer.stop();
		await display.close();
	});

	test("at rest nothing is taken", async (t) => {
		for (const { simulator } of [lamp, dimmer]) {
			await simulator.collect();
			const start = await simulator.measure();
			await pause(4_000);
			const end = await simulator.measure();
			t.diagnostic(`${simulator.device}: ${start.slots} bytes of slots, ${start.chunks} of chunks`);
			const { slots, collections, chunks } = difference(start, end);
			assert.equal(collections, 0, simulator.device);
			assert.ok(slots <= simulator_bytes, `${simulator.device}: ${slots} bytes of slots`);
			// A PINGREQ may fall into it.
			assert.ok(chunks <= acknowledged_bytes, `${simulator.device}: ${chunks} bytes of chunks`);
		}
	});

	test("lamp: 1,000 levels, with their fades: no slot", async (t) => {
		const { garbage } = await lamp.cost(async () => {
			for (let i = 0; i < 999; i++) lamp.broker.send(publishPacket(topic, String(i % 255)));
			await lamp.broker.publish("5");
			await pause(1_000);
		});
		t.diagnostic(`QoS 0: ${garbage.slots} bytes of slots, ${garbage.chunks} of chunks`);
		assert.equal(garbage.collections, 0, "what was taken can be counted");
		assert.ok(garbage.slots <= simulator_bytes, `${garbage.slots} bytes of slots`);
		assert.ok(garbage.chunks <= 1_000 * received_bytes + 4 * acknowledged_bytes);
	});

	test("lamp: 200 levels at QoS 1: no slot", async (t) => {
		const { garbage } = await lamp.cost(async () => {
			for (let i = 0; i < 199; i++) await lamp.broker.publish(String(i));
			await lamp.broker.publish("5");
			await pause(1_000);
		});
		t.diagnostic(`QoS 1: ${garbage.slots} bytes of slots, ${garbage.chunks} of chunks`);
		assert.equal(garbage.collections, 0, "what was taken can be counted");
		assert.ok(garbage.slots <= simulator_bytes, `${garbage.slots} bytes of slots`);
		assert.ok(garbage.chunks <= 204 * acknowledged_bytes);
	});

	test("lamp: 20,000 messages of all kinds leave nothing in use that was not before", async (t) => {
		const kinds = [
			(i: number) => String(i % 255),
			(i: number) => `{"brightness":${i % 255},"transition":0.1}`,
			(i: number) => (i % 2 ? "ON" : "OFF"),
			() => "garbage",
		];
		const { before, after } = await lamp.cost(async () => {
			for (let i = 0; i < 20_000; i++) lamp.broker.send(publishPacket(topic, kinds[i % kinds.length](i)));
			await lamp.broker.publish("5");
			await pause(1_000);
		});
		t.diagnostic(`in use, bytes: ${JSON.stringify(used(before))} → ${JSON.stringify(used(after))}`);
		noMore(before, after);
	});

	test("dimmer: a knob that is turned to and fro for 10 s", async (t) => {
		let published = dimmer.broker.published;
		const { garbage, before, after } = await dimmer.cost(async () => {
			dimmer.simulator.turn({ sweep: true });
			await pause(10_000);
			dimmer.simulator.turn({ sweep: false });
			await pause(1_500);
			published = dimmer.broker.published - published;
		});
		t.diagnostic(`${published} published and heard again: ${garbage.slots} bytes of slots, ${garbage.chunks} of chunks`);
		t.diagnostic(`in use, bytes: ${JSON.stringify(used(before))} → ${JSON.stringify(used(after))}`);
		// How many it is depends on how busy this machine is.
		assert.ok(published >= 20, `${published} published`);
		assert.ok(garbage.chunks <= published * published_bytes + 4_096, "and what the two words on the wire cost");
		noMore(before, after);
	});

	for (const bench of [lamp, dimmer])
		test(`${bench === lamp ? "lamp" : "dimmer"}: a reconnect leaves nothing in use that was not before`, async (t) => {
			// The first makes what is kept for the next.
			await bench.reconnect();
			for (let i = 0; i < 2; i++) {
				const { garbage, before, after } = await bench.cost(() => bench.reconnect());
				t.diagnostic(`garbage: ${garbage.slots} bytes of slots, ${garbage.chunks} of chunks`);
				t.diagnostic(`in use, bytes: ${JSON.stringify(used(before))} → ${JSON.stringify(used(after))}`);
				noMore(before, after);
			}
		});
});
