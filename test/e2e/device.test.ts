// `device` of the Node host, used as the SDK's MQTT examples use theirs.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { afterEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Broker } from "../../hosts/node/broker/broker.js";
import { createDevice, device } from "../../hosts/node/index.js";
import type { Client } from "../../src/mqtt/client/client.js";
import type { ControlMessage, ReadableInfo } from "../../src/mqtt/client/types.js";
import { until } from "../hosts/contract/probe.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe("device", () => {
	it("makes a client that publishes and receives through a real broker", async () => {
		const broker = new Broker({ mqttPort: 0, wsPort: 0, log: () => {} });
		cleanups.push(() => broker.stop());
		await broker.start();
		const received: string[] = [];
		const { PUBLISH, SUBSCRIBE, CONNACK, SUBACK } = device.network.mqtt.io;
		const mqtt = new device.network.mqtt.io({
			...device.network.mqtt,
			host: "localhost",
			port: broker.mqttPort,
			id: "example",
			onControl(this: Client, opcode: number, _message: ControlMessage) {
				if (opcode === CONNACK) this.write(null, { operation: SUBSCRIBE, items: [{ topic: "greeting" }] });
				if (opcode === SUBACK) this.write(Buffer.from("hello"), { operation: PUBLISH, topic: "greeting" });
			},
			onReadable(this: Client, count: number, { topic }: ReadableInfo) {
				received.push(`${topic}: ${Buffer.from(this.read(count) as ArrayBuffer)}`);
			},
		});
		cleanups.push(() => mqtt.close());
		await until(() => received.length > 0, "received");
		assert.deepEqual(received, ["greeting: hello"]);
	});

	it("has an id like a board's, the same in every process of this machine", () => {
		assert.match(device.id, /^[0-9a-f]{6}$/);
		const root = fileURLToPath(new URL("../..", import.meta.url));
		const script = 'import("./hosts/node/index.ts").then(({ device }) => process.stdout.write(device.id))';
		const other = execFileSync(process.execPath, ["--import", "./hosts/node/ts-node.mjs", "-e", script], { cwd: root, encoding: "utf8" });
		assert.equal(other, device.id);
	});

	it("can be made with parts of one's own, each with its knob and its lamp", () => {
		const lines: string[] = [];
		const [one, two] = [createDevice({ id: "one", log: (line) => void lines.push(line) }), createDevice()];
		one.log("a line");
		one.knob.pot.position = 1;
		new one.led.io(one.led).write(16_383);
		assert.deepEqual([one.id, two.id, lines], ["one", device.id, ["a line"]]);
		assert.deepEqual([one.knob.pot.position, two.knob.pot.position, one.led.led.duty, two.led.led.duty], [1, 0, 16_383, 0]);
	});
});
