// What outlives the process: the lamp's level, and the knob's ends; seen from outside.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { Broker } from "../../hosts/node/broker/broker.js";
import { Cli } from "./spawn.js";
import { Wire } from "./wire.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lampwire-restart-"));
after(() => {
	Cli.killAll();
	fs.rmSync(folder, { recursive: true, force: true });
});

async function withBroker(body: (url: string, wire: Wire) => Promise<void>): Promise<string> {
	const broker = new Broker({ mqttPort: 0, wsPort: 0, log: () => {} });
	await broker.start();
	const url = `mqtt://127.0.0.1:${broker.mqttPort}`;
	try {
		await body(url, await Wire.connect(broker.mqttPort, "watcher"));
	} finally {
		await broker.stop();
	}
	return url;
}

const lampAt = (url: string, state: string) => new Cli(["lamp", "--broker", url, "--id", "shelf", "--power-on", "last", "--state", state]);

describe("a restart", () => {
	it("shows the lamp's last level before there is a broker, and keeps it in the folder that was named", async () => {
		const state = path.join(folder, "lamp");
		const url = await withBroker(async (broker, wire) => {
			const lamp = lampAt(broker, state);
			await lamp.event("link", /^shelf up$/);
			wire.publish("light", "254");
			await lamp.event("lamp", / level=254 duty=16383$/);
			assert.deepEqual(fs.existsSync(state), false, "not kept while it may still change");
			assert.equal(await lamp.end("SIGTERM"), 0);
		});
		assert.deepEqual(JSON.parse(fs.readFileSync(path.join(state, "shelf.json"), "utf8")), { level: 254 });
		const again = lampAt(url, state);
		await again.event("lamp", /^shelf level=254 duty=16383$/);
		assert.match(again.events("lamp")[0] ?? "", /^shelf level=254 /, "the first that is told of it");
		assert.equal(await again.end("SIGTERM"), 0);
		const other = new Cli(["lamp", "--broker", url, "--id", "shelf", "--state", state]);
		await other.event("log", /offline/);
		assert.deepEqual(other.events("lamp"), ["shelf level=0 duty=0"]);
		assert.equal(await other.end("SIGTERM"), 0);
	});

	it("goes on where the folder cannot be written, and says so", async () => {
		const file = path.join(folder, "a file");
		fs.writeFileSync(file, "");
		await withBroker(async (url, wire) => {
			const lamp = lampAt(url, path.join(file, "state"));
			await lamp.event("link", /^shelf up$/);
			wire.publish("light", "7");
			await lamp.event("lamp", / level=7 duty=\d+$/);
			assert.equal(await lamp.end("SIGTERM"), 0);
			await lamp.event("log", /^lamp: level not kept for the next start: store: /);
		});
	});

	it("uses the knob's ends that were learned, and asks for them when told to", async () => {
		const state = path.join(folder, "knob");
		fs.mkdirSync(state);
		// The simulated pot reads up to 4,095: full is at half of its travel now.
		fs.writeFileSync(path.join(state, "wall.json"), '{"knob_off": 0, "knob_full": 2048}');
		await withBroker(async (url, wire) => {
			await wire.subscribe("light");
			const knob = new Cli(["dimmer", "--broker", url, "--id", "wall", "--state", state]);
			await wire.says("light", "254");
			assert.equal(await knob.end("SIGTERM"), 0);
			const asked = new Cli(["dimmer", "--broker", url, "--id", "wall", "--state", state, "--calibrate", "now"]);
			await asked.event("log", /^dimmer: turn the knob fully to the left/);
			assert.equal(await asked.end("SIGTERM"), 0);
		});
	});
});
