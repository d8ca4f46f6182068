// A device of the command line at a broker, over each transport that its URL may name.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { Broker } from "../../hosts/node/broker/broker.js";
import { Cli } from "../hosts/spawn.js";
import { Wire } from "../hosts/wire.js";
import { freePort } from "../ports.js";
import { keyPem, make, pem } from "../xs/tls/certificates.js";
import { Mosquitto, noMosquitto } from "./mosquitto.js";

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

describe("lampwire --broker, with TLS at Mosquitto", { skip: noMosquitto }, () => {
	const ca = make({ name: "CA", authority: true });
	const broker = make({ name: "broker", issuer: ca, dns: ["localhost"] });
	const lamp = make({ name: "lamp-of-the-certificate", issuer: ca });
	const mosquitto = new Mosquitto();
	const file = (name: string, text: string) => {
		const full = path.join(mosquitto.folder, name);
		writeFileSync(full, text, { mode: 0o600 });
		return full;
	};
	const ports = { mqtts: 0, wss: 0, known: 0 };
	let trust: string[] = [];

	before(async () => {
		const authority = file("ca.pem", pem(ca.der));
		// Mosquitto may give up root, and must read them all the same
		const shown = `cafile ${authority}\ncertfile ${file("broker.pem", pem(broker.der))}\nkeyfile ${file("broker.key", keyPem(broker))}\n`;
		for (const name of ["mqtts", "wss", "known"] as const) ports[name] = await freePort();
		mosquitto.more =
			`user ${os.userInfo().username}\nlistener ${ports.mqtts} 127.0.0.1\n${shown}listener ${ports.wss} 127.0.0.1\nprotocol websockets\n${shown}` +
			`listener ${ports.known} 127.0.0.1\n${shown}require_certificate true\nuse_identity_as_username true\n`;
		trust = ["--ca", authority];
		await mosquitto.start();
	});
	after(() => mosquitto.end());

	for (const [scheme, port, more] of [
		["mqtts", "mqtts", () => []],
		["wss", "wss", () => []],
		["mqtts", "known", () => ["--cert", file("lamp.pem", pem(lamp.der)), "--key", file("lamp.key", keyPem(lamp))]],
	] as const)
		it(`${scheme}:// ${port === "known" ? "with a certificate of its own " : ""}takes levels, and says goodbye`, async () => {
			const cli = new Cli([
				"lamp",
				"--broker",
				`${scheme}://localhost:${ports[port]}`,
				...trust,
				...more(),
				"--id",
				"lamp-1",
				"--fade-ms",
				"0",
			]);
			await cli.event("log", new RegExp(`^lamp-1: online at ${scheme}://localhost:${ports[port]}`));
			const wire = await Wire.connect(mosquitto.port, "watcher");
			await wire.subscribe("light/#");
			for (const level of [254, 1, 100]) {
				wire.publish("light", String(level));
				await cli.event("lamp", new RegExp(` level=${level} `));
			}
			assert.equal(await cli.end("SIGTERM"), 0);
			await wire.says("light/lamp-1/status", "offline");
		});

	it("whom it does not trust is not told a password, and the log says what to do; --tls-insecure warns", async () => {
		const cli = new Cli(["lamp", "--broker", `mqtts://localhost:${ports.mqtts}`]);
		await cli.event("log", /offline: transport: .*not trusted here: give that authority's own certificate with --ca/);
		const insecure = new Cli(["lamp", "--broker", `wss://localhost:${ports.wss}`, "--tls-insecure", "--id", "lamp-2"]);
		await insecure.event("log", /^warning: --tls-insecure: whoever answers is taken for the broker, and can read the password/);
		await insecure.event("log", /^lamp-2: online at wss:/);
		const unknown = new Cli(["lamp", "--broker", `mqtts://localhost:${ports.known}`, ...trust, "--id", "lamp-3"]);
		await unknown.event("log", /offline: transport: .*(asks for a certificate|refuses the handshake|lost or refused)/);
	});
});

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
