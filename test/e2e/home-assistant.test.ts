// The commands beside a stand-in for Home Assistant, at a real Mosquitto: what is told, when it is told again, how a card moves the light, and that
// nothing stays when it is taken back.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { keepPairing } from "../../hosts/node/hue/keys.js";
import { VirtualBridge } from "../../hosts/node/hue-bridge/model.js";
import { BridgeServer } from "../../hosts/node/hue-bridge/server.js";
import { until } from "../hosts/contract/probe.js";
import { Cli } from "../hosts/spawn.js";
import { Wire } from "../hosts/wire.js";
import { Mosquitto, noMosquitto } from "./mosquitto.js";

const topic = "home/desk/light";
const key = "e2e-key-that-nobody-may-read";

/** Knows nothing but what the retained configurations say, as Home Assistant does. */
class Home {
	readonly wire: Wire;
	private constructor(wire: Wire) {
		this.wire = wire;
	}

	static async start(port: number): Promise<Home> {
		const wire = await Wire.connect(port, `home-${Math.random().toString(16).slice(2)}`, {
			topic: "homeassistant/status",
			text: "offline",
		});
		await wire.subscribe("homeassistant/+/+/config", 1);
		await wire.subscribe("home/desk/light/+/status", 1);
		await wire.subscribe(topic, 1);
		wire.publish("homeassistant/status", "online");
		return new Home(wire);
	}

	/** Everything that is configured, by unique id. */
	get entities(): Map<string, Record<string, string>> {
		const byTopic = new Map<string, string>();
		for (const { topic: on, text } of this.wire.seen) if (on.endsWith("/config")) byTopic.set(on, text);
		const all = [...byTopic.values()].filter((text) => text !== "").map((text) => JSON.parse(text) as Record<string, string>);
		return new Map(all.map((entity) => [entity.uniq_id as string, entity]));
	}

	get lights(): string[] {
		return [...this.entities.values()].filter(({ cmd_t }) => cmd_t !== undefined).map(({ uniq_id }) => uniq_id as string);
	}

	async knows(...ids: string[]): Promise<void> {
		await until(
			() => ids.every((id) => this.entities.has(id)),
			() => `${ids} of ${[...this.entities.keys()]}`,
		);
	}

	/** As a light card does, but for the template: that is rendered by Jinja itself in test/light/discovery.test.ts. */
	command(id: string, text: string): void {
		const { cmd_t, ret } = this.entities.get(id) as unknown as { cmd_t: string; ret: boolean };
		this.wire.publish(cmd_t, text, ret);
	}

	async available(id: string, state: "online" | "offline"): Promise<void> {
		await this.wire.says(this.entities.get(id)?.avty_t as string, state);
	}
}

describe("Home Assistant, at Mosquitto", { skip: noMosquitto }, () => {
	const mosquitto = new Mosquitto();
	const bridge = new VirtualBridge({ now: () => performance.now(), keys: [key] });
	const server = new BridgeServer({ bridge, port: 0, httpsPort: 0 });
	const state = fs.mkdtempSync(path.join(os.tmpdir(), "lampwire-ha-"));
	const outputs: Cli[] = [];
	const start = (command: string, ...more: string[]) => {
		const address = ["--broker", `mqtt://127.0.0.1:${mosquitto.port}`, "--topic", topic, "--state", state];
		const cli = new Cli([command, ...address, "--discovery", "homeassistant", ...more]);
		outputs.push(cli);
		return cli;
	};
	const lamp = (...more: string[]) => start("lamp", "--id", "ceiling", ...more);
	const hue = (...more: string[]) => start("hue", "--id", "shelf", "--hue-lights", "Desk,Window", "--follow", "--hue-http", ...more);
	const lit = () => bridge.lights.map(({ on, level }) => (on ? level : 0)).join();

	before(async () => {
		await mosquitto.start();
		await server.start();
		keepPairing(state, { bridge: bridge.id, host: "127.0.0.1", port: server.port, key });
	});
	after(async () => {
		Cli.killAll();
		await server.stop();
		await mosquitto.end();
		fs.rmSync(state, { recursive: true });
	});

	it("lamp, dimmer and hue appear once each; a card moves them; restarts of everybody change nothing; --discovery-remove leaves nothing", async () => {
		const roles = [lamp(), hue(), start("dimmer", "--id", "knob", "--pickup")];
		let home = await Home.start(mosquitto.port);
		await home.knows("lampwire_ceiling", "lampwire_shelf", "lampwire_knob", "lampwire_ceiling_uptime");
		// the Hue role is one light, and its two lights are none of ours
		assert.deepEqual(home.lights.sort(), ["lampwire_ceiling", "lampwire_shelf"]);
		for (const id of ["lampwire_ceiling", "lampwire_shelf", "lampwire_knob"]) await home.available(id, "online");

		home.command("lampwire_ceiling", '{"state":"ON","brightness":100,"transition":0.5}');
		await roles[0]?.event("lamp", /level=100/);
		await until(() => lit() === "100,100", lit);
		// a wall switch comes back to the card's topic
		bridge.switch(bridge.lights[0] as never, { on: false });
		await home.wire.says(topic, "0");
		await until(() => lit() === "0,0", lit);
		await roles[0]?.event("lamp", /level=0/);
		home.command("lampwire_shelf", "154");
		await until(() => lit() === "154,154", lit);

		// Home Assistant starts again: its birth, and what it is told is the same
		const known = JSON.stringify([...home.entities].sort());
		const names = [...home.entities.keys()];
		home.wire.disconnect();
		home = await Home.start(mosquitto.port);
		await home.knows(...names);
		assert.equal(JSON.stringify([...home.entities].sort()), known);
		const again = () => home.wire.seen.filter(({ topic: on, retain }) => on.endsWith("/config") && !retain).length;
		await until(
			() => again() >= names.length,
			() => `${again()} said again of ${names.length}`,
		);

		// the broker starts again, and has forgotten all
		await mosquitto.stop();
		await mosquitto.start();
		home = await Home.start(mosquitto.port);
		await home.knows(...names);
		assert.equal(JSON.stringify([...home.entities].sort()), known);
		await home.available("lampwire_ceiling", "online");

		// who is killed is unavailable, who is told to end too
		roles[0]?.child.kill("SIGKILL");
		await home.available("lampwire_ceiling", "offline");
		await roles[1]?.end("SIGTERM");
		await home.available("lampwire_shelf", "offline");
		await roles[2]?.end("SIGTERM");

		for (const remove of [lamp("--discovery-remove"), hue("--discovery-remove"), start("dimmer", "--id", "knob", "--discovery-remove")]) {
			assert.equal(await remove.end(), 0, remove.out + remove.err);
			assert.match(remove.out, /bye Home Assistant is told no more of (ceiling|shelf|knob)\./);
		}
		await until(
			() => home.entities.size === 0,
			() => [...home.entities.keys()].join(),
		);
		const late = await Wire.connect(mosquitto.port, "late");
		await late.subscribe("homeassistant/#", 1);
		await late.subscribe(`${topic}/ceiling/status`, 1);
		await late.says(`${topic}/ceiling/status`, "offline");
		assert.deepEqual(
			late.seen.filter(({ topic: on }) => on.endsWith("/config")),
			[],
		);
		for (const { out, err } of outputs) assert.ok(!(out + err).includes(key));
	});

	it("--discovery-remove without a broker says so, and ends with 1 when it is told to", async () => {
		const cli = new Cli(["lamp", "--broker", "mqtt://127.0.0.1:1", "--discovery", "homeassistant", "--discovery-remove", "--state", state]);
		await cli.event("log", /^offline: .*tried again until it works$/);
		assert.equal(await cli.end("SIGTERM"), 1);
		assert.match(cli.out, /bye 127\.0\.0\.1:1 was not reached: nothing is removed\./);
	});
});
