// The board's start, in Node, over fakes of all that the SDK gives: what comes first, and what a fault does.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { root } from "../../hosts/sim/sdk.mjs";
import { events, given, load, PWM, pass, Radio, reset } from "./esp32-fakes.js";
import { sdk, skip } from "./needs.js";

const { default: main } = await load("main");

const good = {
	role: "lamp",
	broker: "192.168.1.10",
	port: 1883,
	topic: "light",
	ssid: "home",
	password: "secret!!",
	chip: "esp32",
	knob: 34,
	led: 13,
	pwm_hz: 4882,
	status_led: 2,
	status_active: "high",
};

/** Starts the board, and gives what it did: pins, radio, log. */
function start(changes: object): string[] {
	for (const name of Object.keys(given)) delete given[name];
	Object.assign(given, good, changes);
	reset();
	PWM.taken = -1;
	main();
	return [...events];
}
const lit = () => events.filter((event) => event.startsWith("diode")).at(-1);
/** When the status LED was lit, in the next `ms`, as pieces of lit and dark. */
function rhythm(ms: number): number[] {
	const pieces: number[] = [];
	let last = lit();
	let length = 0;
	for (let at = 0; at < ms; at += 10) {
		pass(10);
		length += 10;
		if (lit() === last) continue;
		last = lit();
		pieces.push(length);
		length = 0;
	}
	return pieces;
}

describe("a board starts", () => {
	test("the lamp's first act is duty 0, before Wi-Fi, and the radio stays awake", () => {
		const done = start({ leds: "12,13,14" });
		const at = (event: string) => {
			assert.ok(done.includes(event), `${event}: ${done.join("; ")}`);
			return done.indexOf(event);
		};
		for (const pin of [12, 13, 14]) assert.ok(at(`pwm ${pin}=0`) < at("radio"), `pin ${pin}`);
		assert.ok(at("pwm open 12") < at("pwm 12=0") && at("pwm 12=0") < at("pwm open 13"));
		assert.ok(at("radio") < at("native xs_lampwire_awake"));
		assert.ok(done.includes("log lamp a1b2c3: light at 192.168.1.10:1883"), done.join("; "));
	});

	test("a dimmer opens its knob raw, and no lamp", () => {
		const done = start({ role: "dimmer" });
		assert.ok(done.includes("analog 34 calibrated=false"), done.join("; "));
		assert.ok(!done.some((event) => event.startsWith("pwm")));
	});

	test("the status LED: connecting, no broker, and connecting again", () => {
		start({});
		assert.deepEqual(rhythm(1000).slice(0, 4), [200, 200, 200, 200]);
		Radio.last.becomes(500);
		assert.deepEqual(rhythm(1600).slice(0, 4), [120, 180, 120, 1080]);
		Radio.last.becomes(200);
		assert.deepEqual(rhythm(700).slice(0, 3), [200, 200, 200]);
	});

	test("the status LED of a board that lights it low, and of one that has none", () => {
		start({ status_active: "low" });
		assert.equal(lit(), "diode 2=0");
		assert.equal(
			events.find((event) => event.startsWith("diode 2=")),
			"diode 2=1",
			"dark first",
		);
		start({ status_led: "" });
		assert.ok(!events.some((event) => event.startsWith("diode")));
	});
});

describe("a board that cannot start says why, once, and does not restart", () => {
	for (const [changes, sentence] of [
		[{ role: "" }, "config: role is missing; it must be dimmer or lamp"],
		[{ led: 34 }, "config: led: pin 34 is an input only"],
		[{ broker: "" }, /^config: broker is missing/],
		[{ password: "x" }, /^config: password has 1 bytes/],
		[{ topic: "a/#" }, /^config: topic: "a\/#" may not hold "#"/],
		[{ chip: "" }, /^config: chip is missing/],
	] as const)
		test(JSON.stringify(changes), () => {
			const done = start(changes);
			const said = done.filter((event) => event.startsWith("log stopped: "));
			assert.equal(said.length, 1, done.join("; "));
			const why = (said[0] as string).slice("log stopped: ".length);
			if (typeof sentence === "string") assert.equal(why, sentence);
			else assert.match(why, sentence);
			assert.ok(!done.includes("radio"), "nothing goes on the air");
			if (!("chip" in changes)) assert.deepEqual(rhythm(2100).slice(0, 4), [900, 100, 900, 100]);
		});

	test("a pin that is taken: said by the hardware's own words, and the LED shows it", () => {
		start({ leds: "12,13" });
		reset();
		PWM.taken = 13;
		main();
		assert.ok(events.includes("log stopped: leds: pin 13: in use"), events.join("; "));
		assert.deepEqual(rhythm(1000).slice(0, 2), [900, 100]);
		PWM.taken = -1;
	});

	test("a fault after Wi-Fi has started stays on the LED, whatever Wi-Fi does", () => {
		start({ id: "x", role: "dimmer", broken: true });
		assert.ok(
			events.some((event) => event.startsWith("log stopped: analog is broken")),
			events.join("; "),
		);
		Radio.last.becomes(500);
		Radio.last.becomes(200);
		assert.deepEqual(rhythm(2100).slice(0, 4), [900, 100, 900, 100]);
	});

	test("a status LED that is itself wrong is what is said", () => {
		const done = start({ status_led: 7 });
		assert.ok(done.includes("log stopped: config: status_led: pin 7 belongs to the flash chip"), done.join("; "));
	});
});

test("awake.c is C that the SDK's headers take, for an ESP32 and for others", {
	skip: skip() || (spawnSync("cc", ["--version"]).status === 0 ? false : "cc not found"),
}, () => {
	const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-c-"));
	try {
		// ESP-IDF's own words for what is used here
		writeFileSync(
			path.join(folder, "esp_wifi.h"),
			"typedef enum { WIFI_PS_NONE } wifi_ps_type_t;\nint esp_wifi_set_ps(wifi_ps_type_t type);\n",
		);
		for (const chip of [["-DESP32=4"], []]) {
			const words = ["-fsyntax-only", "-Wall", "-Werror", ...chip, `-I${folder}`, `-I${path.join(sdk.path, "xs/includes")}`];
			const done = spawnSync("cc", [...words, path.join(root, "hosts/esp32/awake.c")], { encoding: "utf8" });
			assert.equal(done.status, 0, done.stderr);
		}
	} finally {
		rmSync(folder, { recursive: true });
	}
});
