// The embedded broker: ports, restart, WebSocket.
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { WebSocket } from "ws";
import { Broker, type BrokerOptions, type Publication } from "../../../hosts/node/broker/broker.js";
import { Refusal } from "../../../hosts/node/refusal.js";
import { takenPort } from "../../ports.js";
import { until } from "../contract/probe.js";
import { Wire } from "../wire.js";

const lines: string[] = [];
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
	for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
	lines.length = 0;
});

function make(options: Partial<BrokerOptions> = {}): Broker {
	const broker = new Broker({ mqttPort: 0, wsPort: 0, log: (line) => void lines.push(line), ...options });
	cleanups.push(() => broker.stop());
	return broker;
}

describe("broker", () => {
	it("passes messages on, keeps retained ones, publishes wills, and tells who does what", async () => {
		const publications: Publication[] = [];
		const clients: string[] = [];
		const broker = make({
			onPublish: (publication) => publications.push(publication),
			onClient: (id, connected) => clients.push(`${connected ? "+" : "-"}${id}`),
		});
		await broker.start();
		const sender = await Wire.connect(broker.mqttPort, "sender", { topic: "light/sender/status", text: "offline" });
		sender.publish("light", "127", true);
		await until(() => publications.length === 1, "published");
		const receiver = await Wire.connect(broker.mqttPort, "receiver");
		await receiver.subscribe("light/#");
		await receiver.says("light", "127");
		sender.cut();
		await receiver.says("light/sender/status", "offline");
		await until(() => clients.includes("-sender"), "sender gone");
		assert.deepEqual(clients, ["+sender", "+receiver", "-sender"]);
		const { payload, ...rest } = publications[0] as Publication;
		assert.deepEqual(
			[Buffer.from(payload).toString(), rest],
			["127", { topic: "light", QoS: 0, retain: true, client: "sender", will: false }],
		);
	});

	it("takes the next free port and says so", async (t) => {
		const port = await takenPort(t);
		const broker = make({ mqttPort: port });
		await broker.start();
		assert.ok(broker.mqttPort > port);
		assert.deepEqual(lines, [`port ${port} is taken: MQTT listens on ${broker.mqttPort} instead`]);
		await Wire.connect(broker.mqttPort, "anybody");
	});

	for (const option of ["mqttPort", "wsPort"] as const) {
		it(`refuses a taken ${option} when told to, and leaves nothing behind`, async (t) => {
			const port = await takenPort(t);
			const broker = make({ [option]: port, strictPort: true });
			await assert.rejects(
				broker.start(),
				(error) => error instanceof Refusal && error.exitCode === 1 && error.message.includes(`port ${port}`),
			);
			const other = make({ mqttPort: broker.mqttPort === port ? 0 : broker.mqttPort, strictPort: true });
			await other.start();
		});
	}

	it("explains a host that is none of this machine's", async () => {
		// TEST-NET-1 of RFC 5737: nobody has it.
		await assert.rejects(make({ host: "192.0.2.1" }).start(), /--host must be an address of this machine/);
	});

	it("stops with every client cut and starts again where it was, empty", async () => {
		const broker = make();
		await broker.start();
		const { mqttPort, wsPort } = broker;
		const before = await Wire.connect(mqttPort, "before");
		before.publish("light", "99", true);
		await before.subscribe("#");
		await broker.stop();
		await broker.stop();
		await until(() => before.ended, "cut");
		await broker.start();
		assert.deepEqual([broker.mqttPort, broker.wsPort], [mqttPort, wsPort]);
		const after = await Wire.connect(mqttPort, "after");
		await after.subscribe("#");
		after.publish("end", "x");
		await after.says("end", "x");
		assert.deepEqual(
			after.seen.map(({ topic }) => topic),
			["end"],
		);
	});

	it("speaks MQTT over WebSocket, in binary frames", async () => {
		const broker = make();
		await broker.start();
		const open = async () => {
			const socket = new WebSocket(`ws://127.0.0.1:${broker.wsPort}`, "mqtt");
			const state = { received: [] as number[], code: 0 };
			socket.on("message", (data: Buffer) => state.received.push(...data));
			socket.on("close", (code) => {
				state.code = code;
			});
			await new Promise((resolve) => socket.once("open", resolve));
			return { socket, state };
		};
		const { socket, state } = await open();
		assert.equal(socket.protocol, "mqtt");
		const hello = [0x10, 13, 0, 4, ...Buffer.from("MQTT"), 4, 2, 0, 0, 0, 1, 0x77];
		// [MQTT-6.0.0-2] packets need not be aligned with frames.
		socket.send(Buffer.from(hello.slice(0, 5)));
		socket.send(Buffer.from(hello.slice(5)));
		await until(() => state.received.length === 4, "CONNACK");
		assert.deepEqual(state.received, [0x20, 2, 0, 0]);
		socket.close();
		const wrong = await open();
		wrong.socket.send("text");
		await until(() => wrong.state.code !== 0, "closed");
		assert.equal(wrong.state.code, 1003);
	});
});
