// `lampwire hue`, as a user meets it: processes against a virtual bridge and our broker, and the key, which nobody may see.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { Broker } from "../../hosts/node/broker/broker.js";
import { VirtualBridge } from "../../hosts/node/hue-bridge/model.js";
import { BridgeServer } from "../../hosts/node/hue-bridge/server.js";
import { until } from "../hosts/contract/probe.js";
import { Cli } from "../hosts/spawn.js";
import { Wire } from "../hosts/wire.js";

const bridge = new VirtualBridge({ now: () => performance.now() });
const server = new BridgeServer({ bridge, port: 0, httpsPort: 0 });
const state = fs.mkdtempSync(path.join(os.tmpdir(), "lampwire-hue-cli-"));
const published: string[] = [];
const broker = new Broker({
	mqttPort: 0,
	wsPort: 0,
	log: () => {},
	onPublish: ({ topic, payload }) => published.push(`${topic} ${Buffer.from(payload)}`),
});
/** Everything that any of the processes has printed. */
const outputs: Cli[] = [];
const ports = () => ({ https: `127.0.0.1:${server.httpsPort}`, http: `127.0.0.1:${server.port}` });
const start = (...args: string[]) => {
	const cli = new Cli([...args, "--state", state]);
	outputs.push(cli);
	return cli;
};
const hue = (...more: string[]) => start("hue", "--broker", `mqtt://127.0.0.1:${broker.mqttPort}`, ...more);
const lit = () => bridge.lights.map(({ on, level }) => (on ? level : 0)).join();

describe("lampwire hue", () => {
	before(async () => {
		await server.start();
		await broker.start();
	});
	after(async () => {
		Cli.killAll();
		await broker.stop();
		await server.stop();
		fs.rmSync(state, { recursive: true });
	});

	it("says what is needed: lights, and a pairing", async () => {
		const none = hue();
		assert.equal(await none.end(), 2);
		assert.match(none.err, /^lampwire: --hue-lights is needed: names or ids/);
		const unpaired = hue("--hue-lights", "Desk");
		assert.equal(await unpaired.end(), 1);
		assert.match(unpaired.err, /no Hue bridge is paired with this machine; press the bridge's button, then: lampwire hue pair\n$/);
	});

	for (const [args, wanted] of [
		[["hue", "--hue-lights", "a,,b"], /--hue-lights: .* a name is missing between commas/],
		[["hue", "--hue-bridge", "http://x"], /--hue-bridge: "http:\/\/x" is no bridge; give its name or address/],
		[["hue", "--hue-lights", "a", "--hue-ca", "/nowhere.pem"], /--hue-ca \/nowhere\.pem: there is no such file/],
		[["hue", "--hue-lights", "a", "--hue-ca", "package.json"], /--hue-ca package\.json: /],
		[["hue", "pair", "--follow"], /hue pair has no option --follow; it belongs to hue/],
		[["hue", "pair", "--hue-http", "--hue-ca", "x"], /--hue-ca x: there is no such file/],
		[["hue", "find", "--hue-bridge", "x"], /hue find has no option --hue-bridge; it belongs to hue and hue pair/],
		[["hue", "pear"], /hue takes options only, not "pear"/],
		[["lamp", "--discovery-remove"], /--discovery-remove needs --discovery/],
		[["lamp", "--discovery", "home/+"], /--discovery: .*\+/],
		[["desk", "--virtual-hue=1"], /--virtual-hue takes no value/],
	] as const)
		it(`${args.join(" ")} is refused by name`, async () => {
			const cli = new Cli([...args]);
			assert.equal(await cli.end(), 2);
			assert.match(cli.err, wanted);
			assert.match(cli.err, /^lampwire: .*\n$/, "one line, no stack");
		});

	for (const [args, wanted] of [
		[["hue", "--help"], /--hue-lights NAMES[\s\S]*--hue-http[\s\S]*--hue-ca FILE[\s\S]*--follow/],
		[["hue", "pair", "--help"], /40 seconds/],
		[["hue", "find", "-h"], /--ask-vendor/],
	] as const)
		it(`${args.join(" ")} answers and exits 0`, async () => {
			const cli = new Cli([...args]);
			assert.equal(await cli.end(), 0);
			assert.match(cli.out, wanted);
		});

	it("pairs when the button is pressed, keeps the key to its owner, moves lights, and says goodbye", async () => {
		const pairing = start("hue", "pair", "--hue-bridge", ports().https);
		await until(
			() => /Press the round button on the bridge 127\.0\.0\.1: \d+ s left/.test(pairing.out),
			() => pairing.out + pairing.err,
		);
		bridge.pressButton();
		assert.equal(await pairing.end(), 0);
		assert.match(pairing.out, /Paired with the bridge 001788fffe123456 at 127\.0\.0\.1\. Its key is in \S+hue-001788fffe123456\.json/);
		assert.equal(fs.statSync(path.join(state, "hue-001788fffe123456.json")).mode & 0o777, 0o600);

		const wire = await Wire.connect(broker.mqttPort, "hand");
		const role = hue("--hue-lights", "desk,Window", "--follow");
		await role.event("link", /^hue-001788fffe123456 up$/);
		wire.publish("light", "154");
		await role.event("hue", /^"Desk" level=154$/);
		await role.event("hue", /^"Window" level=154$/);
		assert.equal(lit(), "154,154");
		await until(
			() => published.some((line) => line === "light/hue-001788fffe123456/status online"),
			() => published.join("\n"),
		);
		assert.equal(await role.end("SIGTERM"), 0);
		assert.match(role.out, /bye hue-001788fffe123456 is offline\./);
		assert.ok(published.includes("light/hue-001788fffe123456/status offline"));
	});

	it("over plain http, only when asked", async () => {
		const wire = await Wire.connect(broker.mqttPort, "hand2");
		const role = hue("--hue-lights", "1", "--hue-http", "--hue-bridge", ports().http);
		await role.event("log", /Desk at the bridge 127\.0\.0\.1, API v1$/);
		await role.event("link", / up$/);
		wire.publish("light", "33");
		await role.event("hue", /^"Desk" level=33$/);
		assert.equal(await role.end("SIGINT"), 0);
	});

	it("a bridge with another certificate is not spoken to, and what to do is said", async () => {
		const file = path.join(state, "hue-001788fffe123456.json");
		const kept = fs.readFileSync(file, "utf8");
		fs.writeFileSync(file, kept.replace(/"fingerprint": "[0-9a-f]{8}/, '"fingerprint": "00000000'));
		const role = hue("--hue-lights", "1");
		await role.event("log", /not the one of the pairing .*pair again/);
		assert.equal(await role.end("SIGTERM"), 0);
		fs.writeFileSync(file, kept);
	});

	it("a key that the bridge has forgotten ends the process with 1", async () => {
		bridge.keys.delete(JSON.parse(fs.readFileSync(path.join(state, "hue-001788fffe123456.json"), "utf8")).key);
		const role = hue("--hue-lights", "1");
		assert.equal(await role.end(), 1);
		assert.match(role.out, /does not know this key any more; pair again: lampwire hue pair/);
	});

	it("the desk shows two virtual lights, moved through the real role, and tells its page of them; of the key, nothing", async () => {
		const desk = new Cli(["desk", "--virtual-hue", "--mqtt-port", "0", "--ws-port", "0"]);
		outputs.push(desk);
		const [, port] = /127\.0\.0\.1:(\d+)/.exec(await desk.event("page", /^http:/)) ?? [];
		await desk.event("link", /^hue-001788fffe[0-9a-f]{6} up$/);
		const response = await fetch(`http://127.0.0.1:${port}/api/events`);
		let told = "";
		void (async () => {
			for await (const chunk of response.body ?? []) told += Buffer.from(chunk).toString();
		})().catch(() => {});
		desk.say("154");
		// The knob of the desk has noise: a level beside it.
		await desk.event("hue", /^"Window" level=15[345]$/);
		await desk.event("hue", /^"Shelf" level=15[345]$/);
		await until(
			() => /event: hue\ndata: \[\{"name":"Shelf","level":(15[345])\},\{"name":"Window","level":\1\}\]\n\n/.test(told),
			() => told,
		);
		assert.equal(await desk.end("SIGTERM"), 0);
		assert.doesNotMatch(told, /[0-9a-f]{40}/i);
		assert.doesNotMatch(desk.out + desk.err, /[0-9a-f]{40}/i);
	});

	it("the key stands in nothing that was printed, logged or published", () => {
		const { key } = JSON.parse(fs.readFileSync(path.join(state, "hue-001788fffe123456.json"), "utf8"));
		assert.match(key, /^[0-9a-f]{40}$/);
		const all = [...outputs.map(({ out, err }) => out + err), ...published].join("\n");
		assert.ok(all.length > 2_000);
		assert.ok(!all.includes(key));
	});
});
