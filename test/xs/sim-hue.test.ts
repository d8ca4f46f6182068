// The Hue role on XS in mcsim, by API v1 over plain http, against the virtual bridge: the SDK's HTTP client on real sockets.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Broker } from "../../hosts/node/broker/broker.js";
import { VirtualBridge } from "../../hosts/node/hue-bridge/model.js";
import { BridgeServer } from "../../hosts/node/hue-bridge/server.js";
import { createDevice, Pot } from "../../hosts/node/index.js";
import { Dimmer } from "../../src/light/dimmer/dimmer.js";
import { freePort } from "../ports.js";
import { skip } from "./needs.js";
import { Display, Simulator, until } from "./simulator.js";

const key = "the-key-of-a-test";
const bridge = new VirtualBridge({ now: () => performance.now(), keys: [key] });
bridge.mode = "http";
const server = new BridgeServer({ bridge, port: 0, httpsPort: 0 });
const display = new Display();

describe("sim/hue", { skip: skip("Xvfb") }, () => {
	let broker: Broker;
	let simulator: Simulator;

	before(async () => {
		await server.start();
		broker = new Broker({ mqttPort: await freePort(), wsPort: 0, strictPort: true, log: () => {} });
		await broker.start();
		await display.open();
		simulator = new Simulator({
			device: "hue",
			brokerPort: broker.mqttPort,
			id: "hue01",
			words: [`hue_bridge=127.0.0.1:${server.port}`, `hue_key=${key}`, "hue_lights=1,lights/2", "hue_http=1", "hue_follow=1"],
		});
		await simulator.start(display);
	});

	after(async () => {
		await simulator?.stop();
		await display.close();
		await broker?.stop();
		await server.stop();
	});

	test("a knob in Node moves both lights, a wall switch moves the topic, and a bridge that was away gets the present level", async () => {
		const pot = new Pot({ position: 1 });
		const dimmer = new Dimmer({
			device: createDevice({ id: "knob", log: () => {}, pot }),
			host: "127.0.0.1",
			port: broker.mqttPort,
			topic: "light",
		});
		try {
			const shown = () => bridge.lights.map(({ on, level }) => (on ? level : 0)).join();
			const shows = (wanted: string) => simulator.until(() => shown() === wanted, `lights at ${wanted}, they are at ${shown()}`);
			await shows("254,254");
			pot.position = 0;
			await shows("0,0");
			pot.position = 0.5;
			await simulator.until(() => /^(\d+),\1$/.test(shown()) && shown() !== "0,0", `both lights lit, they are at ${shown()}`);
			server.dropping = 3;
			server.cut();
			pot.position = 1;
			await shows("254,254");
			await simulator.until(() => simulator.shown.level === 254, "its panel to say 254");
			// the mute ends, then each is polled once a second
			let switched = false;
			await until(
				() => {
					if (!switched || bridge.lights[0]?.on) bridge.switch(bridge.lights[0] as never, { on: false });
					switched = true;
					return simulator.shown.level === 0;
				},
				() => "the switch to come to the topic",
			);
			await shows("0,0");
		} finally {
			await new Promise<void>((resolve) => dimmer.close(resolve));
		}
		assert.ok(!simulator.lines.some((line) => line.includes(key)), "the key stands in no line");
		assert.ok(bridge.openMost <= 2, "one request at a time: beside it, at the most one whose connection was cut");
	});
});
