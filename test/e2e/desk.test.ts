// The whole line in Node: knob → broker → lamp, as processes, seen by a client that is not ours.
import assert from "node:assert/strict";
import { after, afterEach, describe, it } from "node:test";
import { Broker } from "../../hosts/node/broker/broker.js";
import { until } from "../hosts/contract/probe.js";
import { Cli } from "../hosts/spawn.js";
import { Wire } from "../hosts/wire.js";
import { takenPort } from "../ports.js";

const brokers: Broker[] = [];
afterEach(async () => {
	Cli.killAll();
	for (const broker of brokers.splice(0)) await broker.stop();
});
after(() => Cli.killAll());

async function desk(...args: string[]): Promise<{ cli: Cli; port: number; wire: Wire }> {
	const cli = new Cli(["desk", "--mqtt-port", "0", "--ws-port", "0", ...args]);
	const port = Number((await cli.event("listen", /^mqtt 127\.0\.0\.1 \d+$/)).split(" ")[2]);
	const wire = await Wire.connect(port, "watcher");
	return { cli, port, wire };
}

async function alone(): Promise<Broker> {
	const broker = new Broker({ mqttPort: 0, wsPort: 0, log: () => {} });
	brokers.push(broker);
	await broker.start();
	return broker;
}

/** Turned to its stop and at rest: from here on the knob says nothing that a test did not ask for. */
async function silence(cli: Cli): Promise<void> {
	cli.say("0");
	await cli.event("message", /^\S+ "0" qos=1 /);
}

const lampShows = (cli: Cli, level: number, duty: number) => cli.event("lamp", new RegExp(` level=${level} duty=${duty}$`));

describe("the desk", () => {
	it("turns its knob into light, tells who is online, and says goodbye at SIGTERM", async () => {
		const { cli, wire } = await desk();
		await wire.subscribe("light/#");
		await wire.says("light/desk-dimmer/status", "online");
		await wire.says("light/desk-lamp/status", "online");
		cli.say("100%");
		await wire.says("light", "254");
		await lampShows(cli, 254, 16_383);
		cli.say("0");
		await wire.says("light", "0");
		await lampShows(cli, 0, 0);
		assert.equal(await cli.end("SIGTERM"), 0);
		assert.equal(wire.last("light/desk-dimmer/status"), "offline");
		assert.equal(wire.last("light/desk-lamp/status"), "offline");
		await until(() => wire.ended, "the broker's end");
		await cli.event("bye", /^desk-dimmer and desk-lamp are offline\. The broker has ended\.$/);
		assert.equal(cli.err, "");
	});

	it("takes levels from anybody; what is no level changes nothing and is logged once", async () => {
		const { cli, wire } = await desk();
		await silence(cli);
		const refusals = () => cli.events("log").filter((line) => line.includes("ignored")).length;
		wire.publish("light", "254");
		await lampShows(cli, 254, 16_383);
		const garbage = ["abc", "300", "-1", ""];
		for (const text of [...garbage, ...garbage]) wire.publish("light", text);
		wire.publish("light", "end of garbage");
		await cli.event("message", /end of garbage/);
		await until(() => refusals() >= garbage.length, "refusals");
		const before = cli.events("lamp").length;
		assert.match(cli.events("lamp").at(-1) ?? "", / level=254 duty=16383$/);
		wire.publish("light", "0");
		await lampShows(cli, 0, 0);
		for (const line of cli.events("lamp").slice(before)) assert.match(line, / level=0 /);
		assert.equal(refusals(), garbage.length);
		assert.equal(await cli.end("SIGINT"), 0);
	});

	it("says for good which port it has, where another program has the one that was asked for", async (t) => {
		const taken = await takenPort(t);
		const cli = new Cli(["desk", "--mqtt-port", `${taken}`, "--ws-port", "0"]);
		const [, port] = (await cli.event("listen", /^mqtt 127\.0\.0\.1 \d+$/)).match(/(\d+)$/) ?? [];
		const hint = await cli.event("hint", /is taken/);
		for (const wanted of [`Port ${taken} is taken by another program`, `-p ${port}`, `--broker mqtt://127.0.0.1:${port}`])
			assert.ok(hint.includes(wanted), `${wanted}: ${hint}`);
		assert.ok(hint.includes(`npm run sim -- broker=127.0.0.1:${port}`), hint);
		const letIn = await cli.event("hint", /let boards in/);
		assert.ok(letIn.includes("npm start -- --host 0.0.0.0"), letIn);
		assert.equal(await cli.end("SIGTERM"), 0);
		const { cli: free } = await desk();
		await free.event("hint", /let boards in/);
		assert.equal(free.events("hint").length, 1);
	});

	it("writes an IPv6 address in brackets where it says which port it has, and the address is one that works", async (t) => {
		const taken = await takenPort(t, "::1").catch(() => undefined);
		if (taken === undefined) return t.skip("there is no IPv6 here");
		const cli = new Cli(["desk", "--host", "::1", "--mqtt-port", `${taken}`, "--ws-port", "0"]);
		const hint = await cli.event("hint", /is taken/);
		const [, url = ""] = /--broker (\S+?),/.exec(hint) ?? [];
		assert.match(url, /^mqtt:\/\/\[::1\]:\d+$/);
		assert.ok(hint.includes(`broker=${url.slice(7)}`), hint);
		const lamp = new Cli(["lamp", "--broker", url, "--id", "hall"]);
		await lamp.event("link", /^hall up$/);
		for (const each of [lamp, cli]) assert.equal(await each.end("SIGTERM"), 0);
	});

	it("quits at q, and when nobody reads its events any more", async () => {
		const first = await desk();
		first.cli.say("q");
		assert.equal(await first.cli.end(), 0);
		const second = await desk();
		second.cli.child.stdout?.destroy();
		second.wire.publish("anything", "to tell");
		assert.equal(await second.cli.end(), 0);
	});

	it("may have another topic, and lives on without stdin", async () => {
		const { cli, wire } = await desk("--topic", "home/desk/light", "--keep-alive", "5");
		await silence(cli);
		cli.child.stdin?.end();
		await wire.subscribe("home/#");
		await wire.says("home/desk/light/desk-lamp/status", "online");
		wire.publish("home/desk/light", "254");
		await lampShows(cli, 254, 16_383);
		assert.equal(await cli.end("SIGTERM"), 0);
	});
});

describe("the parts alone", () => {
	it("a dimmer killed is offline by its will, a dimmer asked to go says so itself", async () => {
		const broker = await alone();
		const wire = await Wire.connect(broker.mqttPort, "watcher");
		await wire.subscribe("light/#");
		const url = `mqtt://127.0.0.1:${broker.mqttPort}`;
		const killed = new Cli(["dimmer", "--broker", url, "--id", "killed"]);
		const asked = new Cli(["dimmer", "--broker", url, "--id", "asked"]);
		await wire.says("light/killed/status", "online");
		await wire.says("light/asked/status", "online");
		killed.say("50%");
		await wire.says("light", "127");
		assert.equal(await killed.end("SIGKILL"), "SIGKILL");
		await wire.says("light/killed/status", "offline");
		assert.equal(await asked.end("SIGTERM"), 0);
		await wire.says("light/asked/status", "offline");
	});

	it("come back by themselves when the broker does, the lamp at its level throughout", async () => {
		const broker = await alone();
		const url = `mqtt://127.0.0.1:${broker.mqttPort}`;
		const lamp = new Cli(["lamp", "--broker", url, "--id", "lamp"]);
		const dimmer = new Cli(["dimmer", "--broker", url, "--id", "dimmer"]);
		await dimmer.event("link", /^dimmer up$/);
		dimmer.say("100%");
		await lampShows(lamp, 254, 16_383);
		const before = lamp.events("lamp").length;
		await broker.stop();
		await lamp.event("link", /^lamp down$/);
		await dimmer.event("link", /^dimmer down$/);
		await broker.start();
		const wire = await Wire.connect(broker.mqttPort, "watcher");
		await wire.subscribe("light/+/status");
		await wire.says("light/lamp/status", "online");
		await wire.says("light/dimmer/status", "online");
		assert.deepEqual(lamp.events("lamp").slice(before), []);
		dimmer.say("0");
		await lampShows(lamp, 0, 0);
		assert.deepEqual([await lamp.end("SIGTERM"), await dimmer.end("SIGTERM")], [0, 0]);
	});

	it("wait for a broker that is not there, and go at once when asked to", async () => {
		const broker = await alone();
		const port = broker.mqttPort;
		await broker.stop();
		const lamp = new Cli(["lamp", "--broker", `mqtt://127.0.0.1:${port}`]);
		await lamp.event("log", /offline/);
		assert.equal(await lamp.end("SIGTERM"), 0);
	});
});
