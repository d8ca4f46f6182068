// The whole firmware over TLS, in mcsim: a lamp at mqtts: and at wss:, and what its log says where it is refused.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { createServer, type Server } from "node:tls";
import { Broker } from "../../hosts/node/broker/broker.js";
import { freePort } from "../ports.js";
import { skip } from "./needs.js";
import { RawBroker } from "./raw-broker.js";
import { Display, Simulator } from "./simulator.js";
import { keyPem, type Made, make, pem } from "./tls/certificates.js";

const display = new Display();
const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-tls-"));
const ca = make({ name: "Test CA", authority: true });
const leaf = make({ name: "broker", issuer: ca, ip: [127, 0, 0, 1] });
const env = { LAMPWIRE_CA: path.join(folder, "ca.pem") };

/** TLS before a broker that has none. */
async function inFrontOf(one: Made, to: number): Promise<{ port: number; server: Server }> {
	const server = createServer({ cert: pem(one.der), key: keyPem(one) }, (socket) => {
		const plain = connect(to, "127.0.0.1");
		for (const end of [socket, plain]) end.on("error", () => {}).on("close", () => (end === plain ? socket : plain).destroy());
		socket.pipe(plain).pipe(socket);
	});
	server.on("tlsClientError", () => {}).listen(0, "127.0.0.1");
	await once(server, "listening");
	return { port: (server.address() as { port: number }).port, server };
}

function lamp(broker: string, ...words: string[]): Simulator {
	const manifest = "./hosts/board/tls/manifest.json";
	return new Simulator({ device: "lamp", brokerPort: 0, broker, id: "tls", words: [manifest, ...words], env, folder: "sim-tls" });
}

const says = (simulator: Simulator, words: RegExp) =>
	simulator.until(() => simulator.lines.some((line) => words.test(line)), `to say ${words}`);

describe("a lamp over TLS, in mcsim", { skip: skip("Xvfb"), timeout: 1_200_000 }, () => {
	before(async () => {
		writeFileSync(env.LAMPWIRE_CA, `The CA of this test\n${pem(ca.der)}`);
		await display.open();
	});
	after(async () => {
		await display.close();
		rmSync(folder, { recursive: true });
	});

	test("mqtts: online, levels both ways, a reconnect", async () => {
		const broker = new RawBroker("light");
		const inside = await freePort();
		await broker.listen(inside);
		const { port, server } = await inFrontOf(leaf, inside);
		const simulator = lamp(`mqtts://127.0.0.1:${port}`);
		try {
			await simulator.start(display);
			await simulator.until(() => simulator.shown.up, "to come online");
			await broker.publish("200");
			await simulator.until(() => simulator.shown.level === 200, "to show the level");
			const { subscriptions } = broker;
			broker.drop();
			await simulator.until(() => broker.subscriptions > subscriptions, "to come back");
			await broker.publish("5");
			await simulator.until(() => simulator.shown.level === 5, "to show the level");
			await says(simulator, /online at mqtts:\/\/127\.0\.0\.1:/);
			assert.ok(!simulator.lines.some((line) => line.includes("exception")), simulator.lines.join("\n"));
		} finally {
			await simulator.stop();
			server.close();
			await broker.close();
		}
	});

	test("wss: the same over a WebSocket, at the desk's broker", async () => {
		const broker = new Broker({ mqttPort: 0, wsPort: 0, log: () => {} });
		await broker.start();
		const { port, server } = await inFrontOf(leaf, broker.wsPort);
		const simulator = lamp(`wss://127.0.0.1:${port}/mqtt`);
		try {
			await simulator.start(display);
			await simulator.until(() => simulator.shown.up, "to come online");
		} finally {
			await simulator.stop();
			server.close();
			await broker.stop();
		}
	});

	test("refused: the log says why, the link tries again; insecure: it says so, and goes on", async () => {
		const stranger = make({ name: "Somebody else", ip: [127, 0, 0, 1] });
		const broker = new RawBroker("light");
		const inside = await freePort();
		await broker.listen(inside);
		const { port, server } = await inFrontOf(stranger, inside);
		try {
			const strict = lamp(`mqtts://127.0.0.1:${port}`);
			try {
				await strict.start(display);
				await says(strict, /TLS: the certificate of "Somebody else" is signed by itself, and is not the one that this device was given/);
				assert.equal(broker.connections, 0);
			} finally {
				await strict.stop();
			}
			const careless = lamp(`mqtts://127.0.0.1:${port}`, "tls_insecure=1");
			try {
				await careless.start(display);
				await careless.until(() => careless.shown.up, "to come online");
				await says(careless, /warning: tls_insecure=1: whoever answers is taken for the broker/);
			} finally {
				await careless.stop();
			}
		} finally {
			server.close();
			await broker.close();
		}
	});

	test("a CA that is none stops it at start", async () => {
		const key = path.join(folder, "key.pem");
		writeFileSync(key, keyPem(ca));
		const simulator = new Simulator({
			device: "lamp",
			brokerPort: 0,
			broker: "mqtts://127.0.0.1",
			id: "tls",
			words: ["./hosts/board/tls/manifest.json"],
			env: { LAMPWIRE_CA: key },
			folder: "sim-tls-none",
		});
		try {
			await simulator.start(display);
			await says(simulator, /stopped: config: LAMPWIRE_CA: it holds a private key, and no certificate/);
		} finally {
			await simulator.stop();
		}
	});
});
