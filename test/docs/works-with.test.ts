// The recipes of docs/works-with.md, run as they are printed: its commands by a shell against a real Mosquitto, its functions by JavaScript,
// its settings by a client that does what the other program does with them. A section that no test runs says so itself.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, it, test } from "node:test";
import { pause, until } from "../hosts/contract/probe.js";
import { Cli } from "../hosts/spawn.js";
import { Wire } from "../hosts/wire.js";
import { brokers, type Running } from "../interop/brokers.js";

const page = readFileSync(join(import.meta.dirname, "../../docs/works-with.md"), "utf8");

/** The text below a heading of the second rank. */
function section(heading: string): string {
	const [, text] = page.split(`\n## ${heading}\n`);
	assert.ok(text, `no section ${heading}`);
	return text.split("\n## ")[0] as string;
}

function block(heading: string, language: string, at = 0): string {
	const found = [...section(heading).matchAll(/^ *```(\w*)\n([\s\S]*?)^ *```$/gm)].filter(([, name]) => name === language)[at]?.[2];
	assert.ok(found, `${heading}: no block of ${language}`);
	return found;
}

/** A function node of Node-RED, as it stands there in one line. */
function functionNode(heading: string): (payload: unknown) => unknown {
	const [, code = ""] = /`([^`]*return msg;)`/.exec(section(heading)) ?? [];
	const run = new Function("msg", code);
	return (payload) => run({ payload })?.payload;
}

/** A shell and all that it has started. */
function end({ pid, exitCode, signalCode }: ChildProcess): void {
	if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, "SIGKILL");
}

const has = (command: string) => spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;
const [mosquitto] = brokers;
assert.equal(mosquitto?.name, "Mosquitto");
const skip = mosquitto?.missing ?? (!has("mosquitto_pub") && "mosquitto_pub and mosquitto_sub (mosquitto-clients) are not installed");

describe("the recipes, at a Mosquitto", { skip }, () => {
	let broker: Running;
	let folder: string;
	let env: NodeJS.ProcessEnv;
	let wire: Wire;
	const running: ChildProcess[] = [];

	before(async () => {
		broker = await (mosquitto as (typeof brokers)[number]).start();
		folder = mkdtempSync(join(tmpdir(), "lampwire recipes "));
		// The printed commands name no port: these do, and are found first.
		for (const command of ["mosquitto_pub", "mosquitto_sub"]) {
			const real = spawnSync("sh", ["-c", `command -v ${command}`], { encoding: "utf8" }).stdout.trim();
			writeFileSync(join(folder, command), `#!/bin/sh\nexec ${real} -h 127.0.0.1 -p ${broker.port} "$@"\n`);
			chmodSync(join(folder, command), 0o755);
		}
		env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
		wire = await Wire.connect(broker.port, "watcher");
		await wire.subscribe("#");
	});
	after(async () => {
		for (const child of running) end(child);
		Cli.killAll();
		wire?.cut();
		await broker?.stop();
		rmSync(folder, { recursive: true });
	});

	/** Runs a line to its end. */
	function run(line: string): string {
		const { status, stdout, stderr } = spawnSync("sh", ["-c", line], { cwd: folder, env, encoding: "utf8" });
		assert.equal(status, 0, `${line}\n${stderr}`);
		return stdout;
	}

	/** Starts a line that has no end; `out` is what it has said. */
	function start(line: string, shell = "sh"): { out: string; stop(): void } {
		const child = spawn(shell, ["-c", line], { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
		running.push(child);
		const stop = () => {
			running.splice(running.indexOf(child), 1);
			end(child);
		};
		const started = { out: "", stop };
		for (const stream of [child.stdout, child.stderr])
			stream.setEncoding("utf8").on("data", (text: string) => {
				started.out += text;
			});
		return started;
	}

	async function lamp(): Promise<{ level(wanted: number): Promise<unknown>; stop(): Promise<unknown> }> {
		const args = ["--broker", `127.0.0.1:${broker.port}`, "--id", "desk-lamp", "--state", join(folder, "state"), "--fade-ms", "0"];
		const cli = new Cli(["lamp", ...args]);
		await cli.event("link", /^desk-lamp up$/);
		const level = (wanted: number) =>
			until(
				() => cli.events("lamp").at(-1)?.includes(` level=${wanted} `) === true,
				() => `level ${wanted}\n${cli.out}`,
			);
		return { level, stop: () => cli.end("SIGTERM") };
	}

	/** What has come to a topic. */
	const heard = (topic: string) => wire.seen.filter((one) => one.topic === topic).map(({ text }) => text);

	it("Mosquitto: every line does what stands behind it", async () => {
		const [watch = "", ...lines] = block("Mosquitto", "sh").trim().split("\n");
		const watcher = start(watch);
		const it = await lamp();
		const wanted = [127, 0, 127, 200, 200];
		assert.equal(lines.length, wanted.length, lines.join("\n"));
		for (const [at, line] of lines.entries()) {
			run(line);
			await it.level(wanted[at] as number);
			// What ON goes back to has to stand for a while.
			if (at === 0) await pause(1_500);
		}
		const levels = () => watcher.out.split("\n").filter((line) => line.startsWith("light "));
		await until(
			() => levels().at(-1) === "light (null)",
			() => `the watcher sees it all\n${watcher.out}`,
		);
		const json = 'light {"brightness":200,"transition":5}';
		assert.deepEqual(levels(), ["light 127", "light 0", "light ON", json, "light (null)"]);
		assert.match(watcher.out, /^light\/desk-lamp\/status online$/m);
		const late = await Wire.connect(broker.port, "late");
		await late.subscribe("light/#");
		await late.says("light/desk-lamp/status", "online");
		assert.equal(late.last("light"), undefined, "nothing is kept");
		late.cut();
		await it.stop();
		watcher.stop();
	});

	const shells = ["sh", "bash", "zsh", "busybox sh"].filter((shell) => has(shell.split(" ")[0] as string));
	for (const [name, topic, wanted] of [
		["Tasmota", "cmnd/NAME/Dimmer", { 127: "50", "008": "3", "010": "4", "000": "0", "00": "0", 254: "100", 255: "100", 1: "0" }],
		["Zigbee2MQTT", "zigbee2mqtt/desk/set", { 127: 127, "008": 8, "010": 10, "000": 0, "00": 0, 254: 254, 255: 254, 1: 1 }],
	] as const)
		for (const shell of shells)
			it(`${name}: the pipe passes on numbers, however they are written, and nothing else (${shell})`, async () => {
				const before = heard(topic).length;
				const since = () => heard(topic).slice(before);
				wire.publish("light", "127", true);
				const pipe = start(shell === "sh" ? block(name, "sh") : `exec ${shell} -c '${block(name, "sh").replaceAll("'", "'\\''")}'`);
				await until(
					() => since().length > 0,
					() => `the pipe runs\n${pipe.out}`,
				);
				const said = [String(wanted[127]) === "50" ? "50" : { brightness: 127 }];
				for (const [number, meant] of Object.entries(wanted)) {
					for (const text of ["ON", "", "-1", "999", "256", '{"brightness":5}', "1 2"]) wire.publish("light", text);
					wire.publish("light", number);
					said.push(typeof meant === "string" ? meant : { brightness: meant });
					await until(
						() => since().length >= said.length,
						() => `${number} gives ${meant}: ${since()}\n${pipe.out}`,
					);
				}
				assert.deepEqual(
					since().map((text) => (name === "Tasmota" ? text : JSON.parse(text))),
					said,
				);
				pipe.stop();
			});

	it("Home Assistant: the printed command puts the printed JSON where it belongs; a lamp follows what Home Assistant then sends", async () => {
		writeFileSync(join(folder, "light.json"), block("Home Assistant", "json"));
		run(block("Home Assistant", "sh"));
		await until(() => heard("homeassistant/light/lampwire_desk/config").length > 0, "the configuration");
		const config = JSON.parse(heard("homeassistant/light/lampwire_desk/config").at(-1) as string);
		const it = await lamp();
		await wire.says(config.avty_t, "online");
		assert.deepEqual([config.cmd_t, config.bri_cmd_t, config.bri_stat_t, config.stat_t], Array(4).fill("light"));
		assert.deepEqual([config.bri_scl, config.on_cmd_type, config.ret], [254, "brightness", true]);
		for (const level of [254, 1]) {
			wire.publish(config.bri_cmd_t, `${level}`, config.ret);
			await it.level(level);
		}
		wire.publish(config.cmd_t, config.pl_off, config.ret);
		await it.level(0);
		await it.stop();
	});

	it("openHAB: what its dimmer sends with these settings is what a lamp takes", async () => {
		const things = block("openHAB", "java");
		const [, channel = ""] = /Type dimmer : \w+ "[^"]*" \[([^\]]*)\]/.exec(things) ?? [];
		const setting = (name: string, from: string) => new RegExp(`\\b${name}="?([^",\\s]*)`).exec(from)?.[1];
		const [low, high] = [Number(setting("min", channel)), Number(setting("max", channel))];
		assert.equal(setting("formatBeforePublish", channel), "%.0f");
		assert.equal(setting("stateTopic", channel), setting("commandTopic", channel));
		const it = await lamp();
		await wire.says(setting("availabilityTopic", things) as string, setting("payloadAvailable", things) as string);
		for (const [percent, level] of [
			[100, 254],
			[50, 127],
			[1, 3],
			[0, 0],
		] as const) {
			const text = (low + ((high - low) * percent) / 100).toFixed(0);
			wire.publish(setting("commandTopic", channel) as string, text, setting("retained", channel) === "true");
			await it.level(level);
		}
		await it.stop();
		await wire.says(setting("availabilityTopic", things) as string, setting("payloadNotAvailable", things) as string);
	});
});

test("Home Assistant: the YAML says the same as the JSON", () => {
	const long: Record<string, string> = {
		uniq_id: "unique_id",
		cmd_t: "command_topic",
		stat_t: "state_topic",
		stat_val_tpl: "state_value_template",
		pl_off: "payload_off",
		on_cmd_type: "on_command_type",
		bri_cmd_t: "brightness_command_topic",
		bri_stat_t: "brightness_state_topic",
		bri_scl: "brightness_scale",
		ret: "retain",
		avty_t: "availability_topic",
	};
	const { dev: _, ...short } = JSON.parse(block("Home Assistant", "json"));
	const pairs = [...block("Home Assistant", "yaml").matchAll(/^ {4,6}(?:- )?(\w+): ([^\n]+)$/gm)];
	const yaml = Object.fromEntries(pairs.map(([, name, value = ""]) => [name, value.replace(/^"(.*)"$/, "$1")]));
	assert.deepEqual(yaml, Object.fromEntries(Object.entries(short).map(([name, value]) => [long[name] ?? name, String(value)])));
});

test("the function nodes pass on numbers, and nothing else", () => {
	const percent = functionNode("Node-RED");
	const zigbee = functionNode("Zigbee2MQTT");
	for (const [payload, share] of [
		[127, 50],
		["127", 50],
		["008", 3],
		["255", 100],
		[0, 0],
	] as const) {
		assert.equal(percent(payload), share, `${payload}`);
		assert.deepEqual(zigbee(payload), { brightness: Math.min(Number(payload), 254) }, `${payload}`);
	}
	for (const payload of ["ON", "", "-1", "999", 256, { brightness: 5 }, null, true])
		for (const node of [percent, zigbee]) assert.equal(node(payload), undefined, JSON.stringify(payload));
});

test("every section that tells what to do says whether it is tested", () => {
	const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading = ""]) => heading);
	assert.ok(headings.length > 7, `${headings}`);
	for (const heading of headings) assert.match(section(heading), /test/i, heading);
});
