// What Home Assistant is told: keys and ranges against its documentation, the templates rendered by Jinja itself, and a stand-in for it.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { createDevice, Led } from "../../hosts/node/index.js";
import { discoveryMessages } from "../../src/light/discovery.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import { IntensityParser } from "../../src/light/level/intensity.js";
import { until } from "../hosts/contract/probe.js";
import { Wire } from "../hosts/wire.js";
import { freePort } from "../ports.js";
import { FakeLink, makeOptions, makeWorld } from "./world.js";

const device = { ...createDevice({ id: "a1b2c3", log: () => {} }), health: () => ({ board: "esp32", rssi: -60 }) };
const said = (shape: "light" | "sensor", role: string) =>
	discoveryMessages({ device, prefix: "homeassistant", role, shape, topic: "home/desk/light", id: "a1b2c3" }).map(
		([topic, text]) => [topic, JSON.parse(text) as Record<string, unknown>] as const,
	);

/**
 * Documented abbreviations, and what each may be. Sources, read in November 2026 in copies of mixed age: home-assistant/core, `components/mqtt/abbreviations.py` (the keys),
 * `schemas.py` (device: one identifier at least; origin: a name), `light/schema_template.py` (both command templates are required, no state or an
 * empty one is passed over, brightness is an integer, 0 is passed over), `sensor/const.py` (units and state classes of a device class),
 * `light/__init__.py` (a transition is a float, 0 to 6,553); home-assistant.io, "MQTT Light", schema template.
 */
const text = (value: unknown) => typeof value === "string" && value.length > 0;
const topicLike = (value: unknown) => text(value) && !/[+#]/.test(String(value));
const documented: Record<string, (value: unknown) => boolean> = {
	name: (value) => value === null || text(value),
	uniq_id: text,
	schema: (value) => value === "template",
	cmd_t: topicLike,
	stat_t: topicLike,
	avty_t: topicLike,
	cmd_on_tpl: text,
	cmd_off_tpl: text,
	stat_tpl: text,
	bri_tpl: text,
	val_tpl: text,
	ret: (value) => typeof value === "boolean",
	qos: (value) => value === 0 || value === 1 || value === 2,
	unit_of_meas: text,
	ic: (value) => /^mdi:/.test(String(value)),
	stat_cla: (value) => value === "measurement",
	dev_cla: (value) => value === "signal_strength" || value === "duration",
	ent_cat: (value) => value === "diagnostic",
	dev: (value) =>
		"ids" in (value as object) &&
		Object.entries(value as object).every(([key, each]) =>
			key === "ids"
				? Array.isArray(each) && each.length > 0 && each.every(text)
				: ["name", "mf", "mdl", "sw", "sa"].includes(key) && text(each),
		),
	o: (value) =>
		"name" in (value as object) &&
		Object.entries(value as object).every(([key, each]) => ["name", "sw", "url"].includes(key) && text(each)),
};
/** What only a light has, and only a sensor; and what each must have. */
const lightOnly = ["schema", "cmd_t", "cmd_on_tpl", "cmd_off_tpl", "stat_tpl", "bri_tpl", "ret"];
const sensorOnly = ["val_tpl", "unit_of_meas", "stat_cla", "dev_cla"];
const required = { light: ["schema", "cmd_t", "cmd_on_tpl", "cmd_off_tpl"], sensor: ["stat_t"] };
const units: Readonly<Record<string, readonly string[]>> = { duration: ["d", "h", "min", "s", "ms"], signal_strength: ["dB", "dBm"] };

/** Payloads as they come: every form that the lamp accepts, and what it refuses. */
const forms = [
	...[
		"0",
		"1",
		"127",
		"253",
		"254",
		"255",
		"256",
		"4095",
		"007",
		" 9 ",
		"12.5",
		"0.4",
		"1.5",
		"253.5",
		"254.9",
		"255.5",
		"1.",
		".5",
		"1.2.3",
	],
	...["", "abc", "12abc", "-1", "-0", "+5", "1e1", "0x10", "nan", "inf", "1_0", "ON", "on", "OFF", "Off", "true", "TRUE", "false", " ON "],
	...[
		"[1]",
		'{"brightness":127}',
		'{"brightness":"200"}',
		'{"brightness":12.5}',
		'{"brightness":255}',
		'{"brightness":300}',
		'{"brightness":-1}',
	],
	...[
		'{"state":"ON"}',
		'{"state":"OFF"}',
		'{"state":"off","brightness":99}',
		'{"state":"ON","brightness":99,"transition":2}',
		'{"state":"ON","brightness":0}',
	],
	...[
		'{"state":"on","brightness":1}',
		'{"color":"red"}',
		"{}",
		'{"brightness":null,"state":"OFF"}',
		'{"brightness":9,"other":[1]}',
		"{bad",
	],
];
const commands: { brightness?: number; transition?: number }[] = [{}, ...[3, 0.5, 0, 0.00001, 3600].map((transition) => ({ transition }))];
for (let brightness = 1; brightness <= 255; brightness++) commands.push({ brightness }, { brightness, transition: 2 });

const jinja = spawnSync("python3", ["-c", "import jinja2"]).status === 0;
/** As Home Assistant does: `value`, and `value_json` where the payload is JSON; a transition is a float, 3.0 or 1e-05. */
const program = `
import json, sys, jinja2
given = json.load(sys.stdin)
env = jinja2.Environment()
out = []
for text, variables in given:
    if "value" in variables:
        try: variables["value_json"] = json.loads(variables["value"])
        except ValueError: pass
    if "transition" in variables: variables["transition"] = float(variables["transition"])
    out.append(env.from_string(text).render(**variables))
json.dump(out, sys.stdout)
`;
function render(all: [template: string, variables: object][]): string[] {
	const { stdout, stderr, status } = spawnSync("python3", ["-c", program], {
		input: JSON.stringify(all),
		encoding: "utf8",
		maxBuffer: 2 ** 26,
	});
	assert.equal(status, 0, stderr);
	return JSON.parse(stdout);
}

/** 0 to 254, or below 0. `on` is what ON means. */
function lampReads(payload: string, on = 77): number {
	const bytes = Buffer.from(payload);
	return new IntensityParser().parse(bytes, bytes.length, on);
}

describe("discovery", () => {
	test("every key is documented, and its value in range; each device has one light or one sensor, and its diagnostics", () => {
		for (const [shape, role] of [
			["light", "lamp"],
			["sensor", "dimmer"],
			["light", "hue"],
		] as const) {
			const all = said(shape, role);
			assert.deepEqual(
				all.map(([topic]) => topic),
				[shape, "sensor", "sensor"].map((kind, i) => `homeassistant/${kind}/lampwire_a1b2c3${["", "_uptime", "_signal"][i]}/config`),
			);
			for (const [topic, payload] of all)
				for (const [key, value] of Object.entries(payload))
					assert.ok(documented[key]?.(value), `${topic} ${key}: ${JSON.stringify(value)}`);
			for (const [topic, payload] of all) {
				const kind = topic.split("/")[1] as keyof typeof required;
				for (const key of required[kind]) assert.ok(key in payload, `${topic}: ${key} is required`);
				for (const key of kind === "light" ? sensorOnly : lightOnly) assert.ok(!(key in payload), `${topic}: ${key} is not of a ${kind}`);
				if (payload.dev_cla) assert.ok(units[String(payload.dev_cla)]?.includes(String(payload.unit_of_meas)), `${topic}: the unit`);
			}
			assert.equal(new Set(all.map(([, { uniq_id }]) => uniq_id)).size, all.length);
			for (const [, { dev, avty_t }] of all) {
				assert.deepEqual((dev as { ids: string[]; sa: string }).ids, ["lampwire_a1b2c3"]);
				assert.equal((dev as { sa: string }).sa, "desk");
				assert.equal(avty_t, "home/desk/light/a1b2c3/status");
			}
		}
	});

	test("an id with other letters is one that Home Assistant takes, and no two become one", () => {
		const topics = ["a b", "a_b", "a.b", "ä"].map(
			(id) => discoveryMessages({ device, prefix: "h", role: "lamp", shape: "light", topic: "t", id })[0]?.[0],
		);
		assert.equal(new Set(topics).size, 4);
		for (const topic of topics) assert.match(String(topic), /^h\/light\/[A-Za-z0-9_-]+\/config$/);
	});

	test("the templates read every form as the lamp does", { skip: jinja ? false : "python3-jinja2 is not installed" }, () => {
		const [[, { stat_tpl, bri_tpl }]] = said("light", "lamp") as unknown as [[string, { stat_tpl: string; bri_tpl: string }]];
		const states = render(forms.map((value) => [stat_tpl, { value }]));
		const levels = render(forms.map((value) => [bri_tpl, { value }]));
		const wrong: string[] = [];
		forms.forEach((form, i) => {
			const level = lampReads(form);
			const state = level < 0 ? "" : level === 0 ? "off" : "on";
			// ON alone says no level
			const silent = level <= 0 || lampReads(form, 78) !== level;
			const brightness = silent ? 0 : Math.round((level * 255) / 254);
			if (states[i] !== state || Number(levels[i]) !== brightness)
				wrong.push(`${JSON.stringify(form)}: lamp ${level}, state "${states[i]}", brightness ${levels[i]}`);
		});
		assert.deepEqual(wrong, []);
	});

	test("the lamp takes every command, and what it shows comes back as what was commanded", {
		skip: jinja ? false : "python3-jinja2 is not installed",
	}, () => {
		const [[, { cmd_on_tpl, cmd_off_tpl, bri_tpl }]] = said("light", "lamp") as unknown as [[string, Record<string, string>]];
		const payloads = render(commands.map((variables) => [cmd_on_tpl as string, variables]));
		const back = render(payloads.map((value) => [bri_tpl as string, { value }]));
		commands.forEach(({ brightness, transition }, i) => {
			const parser = new IntensityParser();
			const bytes = Buffer.from(payloads[i] as string);
			const level = parser.parse(bytes, bytes.length, 77);
			assert.equal(level, brightness === undefined ? 77 : Math.max(1, Math.round((brightness * 254) / 255)), payloads[i]);
			assert.equal(parser.transition, transition === undefined ? -1 : Math.round(transition * 1_000), payloads[i]);
			if (brightness !== undefined) assert.ok(Math.abs(Number(back[i]) - brightness) <= 1, `${brightness} came back as ${back[i]}`);
		});
		for (const [i, payload] of render([
			[cmd_off_tpl as string, {}],
			[cmd_off_tpl as string, { transition: 4 }],
		]).entries())
			assert.equal(lampReads(payload), 0, `${i}: ${payload}`);
	});

	test("goes out retained at QoS 1, one at a time, after the level, within what the link can keep; what the broker closes upon is given up", () => {
		const world = makeWorld();
		const lamp = new Lamp({ ...makeOptions(world), discovery: "homeassistant" });
		const link = FakeLink.last;
		const { outboxBytes = 0 } = link.options.limits ?? {};
		link.kept = 1;
		link.rise();
		world.clock.run(5_000);
		assert.equal(link.published.length, 0, "a level waits for its acknowledgement");
		link.kept = 0;
		const publish = link.publish.bind(link);
		link.publish = (...given) => {
			assert.equal(link.kept, 0);
			link.kept++;
			const later = world.clock.alarm(() => {
				later.close();
				link.kept--;
			});
			later.set(700);
			return publish(...given);
		};
		world.clock.run(10_000);
		assert.deepEqual(
			link.published.map(({ topic, qos, retain }) => [topic, qos, retain]),
			["light/lampwire_a1b2c3", "sensor/lampwire_a1b2c3_uptime"].map((each) => [`homeassistant/${each}/config`, 1, true]),
		);
		for (const { text } of link.published) assert.ok(text.length + 256 <= outboxBytes, `${text.length} of ${outboxBytes}`);
		link.options.onGivenUp?.("homeassistant/light/lampwire_a1b2c3/config", new Uint8Array(1), 1);
		assert.match(world.log.join("\n"), /closes upon homeassistant\/light\/lampwire_a1b2c3\/config: given up until a restart/);
		link.fall();
		link.rise();
		world.clock.run(10_000);
		assert.equal(link.published.length, 2);
		lamp.close();
	});

	const mosquitto = spawnSync("mosquitto", ["-h"], { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } }).error === undefined;
	test("a stand-in for Home Assistant drives the real lamp through Mosquitto", {
		skip: mosquitto ? false : "mosquitto is not installed",
	}, async () => {
		const port = await freePort();
		const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-ha-"));
		writeFileSync(path.join(folder, "conf"), `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
		const child = spawn("mosquitto", ["-c", path.join(folder, "conf")], {
			env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
			stdio: "ignore",
		});
		const led = new Led();
		const lamp = new Lamp({
			device: createDevice({ id: "ceiling", log: () => {}, led }),
			host: "127.0.0.1",
			port,
			topic: "home/desk/light",
			discovery: "homeassistant",
		});
		try {
			await until(() => lamp.up, "the lamp");
			const home = await Wire.connect(port, "home-assistant", { topic: "homeassistant/status", text: "offline" });
			await home.subscribe("homeassistant/+/+/config");
			await home.subscribe("home/desk/light/+/status");
			const configs = () => home.seen.filter(({ topic }) => topic === "homeassistant/light/lampwire_ceiling/config");
			await until(() => configs().length > 0, "the lamp's config");
			const config = JSON.parse(configs()[0]?.text as string);
			await home.says(config.avty_t, "online");
			home.publish(config.cmd_t, "200");
			await until(() => lamp.level === 200, "200");
			home.publish(config.cmd_t, '{"state":"ON","brightness":100,"transition":0.2}');
			await until(() => lamp.level === 100, "100");
			// the same again changes nothing
			home.publish(config.cmd_t, "100");
			home.publish(config.cmd_t, "0");
			await until(() => lamp.level === 0 && led.duty === 0, "off");
			home.publish(config.cmd_t, "ON");
			await until(() => lamp.level > 0, "on");
			// a restart of Home Assistant: its birth, and everything is said again, the same
			const before = configs().length;
			home.publish("homeassistant/status", "online");
			await until(() => configs().length > before, "the config again");
			assert.equal(configs().at(-1)?.text, configs()[0]?.text);
			// and whoever subscribes later finds it retained
			const late = await Wire.connect(port, "late");
			await late.subscribe("homeassistant/#");
			await until(() => late.seen.some(({ topic, retain }) => retain && topic.endsWith("lampwire_ceiling/config")), "the retained config");
			await new Promise<void>((resolve) => lamp.close(resolve));
			await home.says(config.avty_t, "offline");
		} finally {
			lamp.close();
			child.kill();
			await once(child, "exit");
			rmSync(folder, { recursive: true });
		}
	});
});
