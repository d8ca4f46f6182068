// A device of the command line at a broker, over each transport that its URL may name.
import assert from "node:assert/strict";
import { after, afterEach, describe, it } from "node:test";
import { Broker } from "../../hosts/node/broker/broker.js";
import { Cli } from "../hosts/spawn.js";
import { freePort } from "../hosts/taken.js";
import { Wire } from "../hosts/wire.js";

const brokers: Broker[] = [];
afterEach(async () => {
	Cli.killAll();
	for (const broker of brokers.splice(0)) await broker.stop();
});
after(() => Cli.killAll());

async function broker(ports: { mqttPort?: number; wsPort?: number } = {}): Promise<Broker> {
	const one = new Broker({ mqttPort: 0, wsPort: 0, ...ports, log: () => {} });
	brokers.push(one);
	await one.start();
	return one;
}

describe("lampwire --broker", () => {
	it("ws:// is MQTT over WebSocket, and the log says where", async () => {
		const { wsPort, mqttPort } = await broker();
		const cli = new Cli(["lamp", "--broker", `ws://localhost:${wsPort}`, "--id", "lamp-1", "--fade-ms", "0"]);
		await cli.event("log", new RegExp(`^lamp-1: online at ws://localhost:${wsPort}/mqtt, topic light$`));
		const wire = await Wire.connect(mqttPort, "watcher");
		await wire.subscribe("light/#");
		await wire.says("light/lamp-1/status", "online");
		wire.publish("light", "254");
		await cli.event("lamp", / level=254 /);
		assert.equal(await cli.end("SIGTERM"), 0);
		await wire.says("light/lamp-1/status", "offline");
	});

	it("ws:// at a port where no WebSocket is spoken is told as such", async () => {
		const { mqttPort } = await broker();
		const cli = new Cli(["lamp", "--broker", `ws://127.0.0.1:${mqttPort}`]);
		await cli.event("log", /offline: transport: .*the server ended the connection without an answer: does it speak WebSocket here\?/);
	});

	it("several are tried in turn: the next when one is not there, and the next when one goes", async () => {
		const [first, second] = [await broker(), await broker()];
		const nobody = await freePort();
		const list = `mqtt://127.0.0.1:${nobody},ws://127.0.0.1:${first.wsPort},mqtt://127.0.0.1:${second.mqttPort}`;
		const cli = new Cli(["lamp", "--broker", list, "--id", "lamp-1"]);
		await cli.event("log", new RegExp(`online at ws://127.0.0.1:${first.wsPort}/mqtt, `));
		await first.stop();
		await cli.event("log", new RegExp(`online at 127.0.0.1:${second.mqttPort}, `));
	});
});
