// A lamp on XS in mcsim whose broker is at a WebSocket: the desk's, then Mosquitto in its place; a wrong server; and one that goes.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { WebSocketServer } from "ws";
import { Broker } from "../../hosts/node/broker/broker.js";
import { Mosquitto, noMosquitto } from "../e2e/mosquitto.js";
import { Wire } from "../hosts/wire.js";
import { freePort } from "../ports.js";
import { skip } from "./needs.js";
import { Display, Simulator } from "./simulator.js";

const port = await freePort();
const nobody = await freePort();
const lamp = new Simulator({
	device: "lamp",
	brokerPort: port,
	// the first is never there: the second is reached all the same
	broker: `ws://127.0.0.1:${nobody},ws://localhost:${port}/mqtt`,
	id: "lamp01",
	words: ["fade_ms=0"],
});
const missing = skip("Xvfb", "make", "git");

describe("a lamp in mcsim over WebSocket", { skip: missing }, () => {
	const display = new Display();

	before(async () => {
		await display.open();
		await lamp.start(display);
	});

	after(async () => {
		await lamp.stop();
		await display.close();
	});

	/** Levels through the broker at `tcp`, until the lamp shows them. */
	async function shines(tcp: number): Promise<void> {
		await lamp.until(() => lamp.shown.up, "online");
		const wire = await Wire.connect(tcp, "hand");
		await wire.subscribe("light/#");
		await wire.says("light/lamp01/status", "online");
		for (const level of [254, 0, 100, 101, 7]) {
			wire.publish("light", String(level));
			await lamp.until(() => lamp.shown.level === level, `level ${level}`);
		}
	}

	test("at the desk's broker", async () => {
		const broker = new Broker({ mqttPort: 0, wsPort: port, strictPort: true, log: () => {} });
		await broker.start();
		try {
			await shines(broker.mqttPort);
			assert.ok(lamp.lines.some((line) => line.includes(`online at ws://localhost:${port}/mqtt, topic light`)));
		} finally {
			await broker.stop();
		}
		await lamp.until(() => !lamp.shown.up, "offline");
	});

	test("at Mosquitto's", { skip: noMosquitto }, async () => {
		const mosquitto = new Mosquitto();
		mosquitto.wsPort = port;
		await mosquitto.start();
		try {
			await shines(mosquitto.port);
		} finally {
			await mosquitto.end();
		}
		await lamp.until(() => !lamp.shown.up, "offline");
	});

	test("a server that is none, one that breaks the protocol, one that closes: each is told, and tried again", async () => {
		const told = async (what: string) => {
			await lamp.until(() => lamp.lines.some((line) => line.includes(what)), what);
		};
		const http = createServer((socket) => {
			socket.on("error", () => {});
			socket.once("data", () => socket.end("HTTP/1.1 404 Not Found\r\n\r\n"));
		}).listen(port, "127.0.0.1");
		await told("the server answered 404 to the request for a WebSocket at /mqtt");
		await new Promise((resolve) => http.close(resolve));
		for (const [does, what] of [
			[(socket: import("ws").WebSocket) => socket.send("text"), "a frame came that is not binary [MQTT-6.0.0-1]"],
			[(socket: import("ws").WebSocket) => socket.close(4001, "not you"), "the WebSocket was closed with 4001 not you"],
		] as const) {
			const server = new WebSocketServer({ host: "127.0.0.1", port });
			server.on("connection", (socket) => socket.once("message", () => does(socket)));
			await told(what);
			for (const client of server.clients) client.terminate();
			await new Promise((resolve) => server.close(resolve));
		}
		const broker = new Broker({ mqttPort: 0, wsPort: port, strictPort: true, log: () => {} });
		await broker.start();
		try {
			await shines(broker.mqttPort);
		} finally {
			await broker.stop();
		}
	});
});
