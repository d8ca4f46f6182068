// A power cut in mcsim: the lamp's level and the knob's ends, kept by the true file module of the SDK.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { Broker } from "../../hosts/node/broker/broker.js";
import { makeCurve } from "../../src/light/lamp/curve.js";
import { Wire } from "../hosts/wire.js";
import { skip } from "./needs.js";
import { Display, Simulator, until } from "./simulator.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-restart-"));
const display = new Display();
const kept = (id: string) => path.join(folder, `lampwire-${id}.json`);

async function run(device: "dimmer" | "lamp", words: string[], brokerPort: number, body: (sim: Simulator) => Promise<void>): Promise<void> {
	const sim = new Simulator({ device, brokerPort, id: `${device}09`, words: [`state=${folder}/`, ...words] });
	try {
		await sim.start(display);
		await body(sim);
		assert.deepEqual(
			sim.lines.filter((line) => /XS abort|^stopped|^exception:/.test(line)),
			[],
			"not even one that was caught: with a debugger, npm run sim tells of those too",
		);
	} finally {
		await sim.stop();
	}
}

describe("a power cut in mcsim", { skip: skip("Xvfb") }, () => {
	before(() => display.open());
	after(async () => {
		await display.close();
		rmSync(folder, { recursive: true, force: true });
	});

	test("power_on=last: the level is kept, and shown again before there is a broker", async () => {
		const broker = new Broker({ mqttPort: 0, wsPort: 0, log: () => {} });
		await broker.start();
		const { mqttPort } = broker;
		const words = ["power_on=last"];
		try {
			const wire = await Wire.connect(mqttPort, "watcher");
			await run("lamp", words, mqttPort, async (lamp) => {
				await lamp.until(() => lamp.shown.up, "to come online");
				wire.publish("light", "180");
				await lamp.until(() => lamp.shown.level === 180, "the level");
				assert.equal(existsSync(kept("lamp09")), false, "not kept while it may still change");
				await until(
					() => existsSync(kept("lamp09")),
					() => "the level to be kept",
				);
			});
		} finally {
			await broker.stop();
		}
		assert.deepEqual(JSON.parse(readFileSync(kept("lamp09"), "utf8")), { level: 180 });
		await run("lamp", words, mqttPort, async (lamp) => {
			await lamp.until(() => lamp.shown.level === 180 && lamp.shown.duty === makeCurve(14)[180], "its last level");
			assert.equal(lamp.duties[0], 0, "dark first");
			assert.notEqual(lamp.shown.up, true);
		});
	});

	test("calibrate=once: guided, kept, and not asked for again", async () => {
		await run("dimmer", ["calibrate=once"], 1, async (dimmer) => {
			const says = (text: string) => dimmer.until(() => dimmer.lines.some((line) => line.includes(text)), text);
			await says("turn the knob fully to the left");
			dimmer.turn({ knob: 0.1 });
			await says("now turn it fully to the right");
			dimmer.turn({ knob: 0.8 });
			await says("calibrated: off at");
			await dimmer.until(() => dimmer.shown.level === 254, "full at the end that was shown");
		});
		const { knob_off, knob_full } = JSON.parse(readFileSync(kept("dimmer09"), "utf8"));
		assert.ok(Math.abs(knob_off - 4095 * 0.0876) < 30 && Math.abs(knob_full - 4095 * 0.809) < 30, `${knob_off} ${knob_full}`);
		await run("dimmer", ["calibrate=once", "position=0.8"], 1, async (dimmer) => {
			await dimmer.until(() => dimmer.shown.level === 254, "its full end");
			assert.ok(!dimmer.lines.some((line) => line.includes("fully to the left")));
		});
	});
});
