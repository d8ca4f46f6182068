// The board's start, in Node, over fakes of all that the SDK gives: what comes first, and what a fault does.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makeCurve } from "../../src/light/lamp/curve.js";
import { fakeModules } from "../fake-modules.js";
import { asked, events, flash, given, load, PWM, pass, Radio, reset } from "./fakes.js";

/** TLS, in an image with it: what it was made with. */
const secured: { entered?: string }[] = [];
class Mute {}
const readEntered = () => assert.fail("nothing was entered");
Object.assign(globalThis, { readEntered, overTLS: (needs: { entered?: string }) => secured.push(needs) && { io: Mute } });
fakeModules({
	"../xs/tls/index.js": "export const overTLS = globalThis.overTLS",
	"../../xs/tls/entered.js": "export const readEntered = globalThis.readEntered",
});

const { default: main } = await load("main");
const { default: setup } = await load("setup/main");

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

/** Starts the board, and gives what it did: pins, radio, flash, log. */
function start(changes: object, begin: () => void = main): string[] {
	for (const name of Object.keys(given)) delete given[name];
	Object.assign(given, good, changes);
	reset();
	PWM.taken = -1;
	begin();
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
		assert.ok(at("radio") < at("esp_wifi_set_ps 0"));
		assert.ok(done.includes("log lamp a1b2c3: light at 192.168.1.10:1883"), done.join("; "));
	});

	test("power_on=last: the light of before the power cut stands before Wi-Fi is started, and nothing breaks into its fade", () => {
		flash.clear();
		flash.set("level", 180);
		const before = asked.length;
		const done = start({ power_on: "last" });
		assert.deepEqual(done.slice(0, 2), ["pwm open 13", "pwm 13=0"], "dark first");
		assert.ok(!done.includes("radio") && done.includes("log lamp a1b2c3: light at 192.168.1.10:1883"), done.join("; "));
		pass(1_000);
		const at = events.indexOf("radio");
		const written = events.slice(0, at).filter((event) => event.startsWith("pwm 13="));
		assert.equal(written.at(-1), `pwm 13=${makeCurve(14)[180]}`);
		assert.ok(written.length > 20, "faded in");
		assert.deepEqual(
			events.slice(at).filter((event) => event.startsWith("pwm")),
			[],
		);
		assert.ok(events.indexOf("esp_wifi_set_ps 0") > at);
		assert.equal(asked.length, before);
		Radio.last.becomes(500);
		assert.equal(asked.length, before + 1, "the link has waited for Wi-Fi");
		flash.clear();
	});

	test("power_on=last, and nothing to show: Wi-Fi at once", () => {
		for (const level of [undefined, 0]) {
			flash.clear();
			if (level !== undefined) flash.set("level", level);
			start({ power_on: "last" });
			pass(1);
			assert.ok(events.includes("radio"));
		}
		flash.clear();
	});

	test("power_on=last, and Wi-Fi cannot be started: said, shown by the status LED, and the light stays", () => {
		flash.set("level", 180);
		start({ power_on: "last" });
		Radio.fails = true;
		pass(1_000);
		Radio.fails = false;
		assert.ok(events.includes("log stopped: no radio"), events.join("; "));
		assert.equal(events.filter((event) => event.startsWith("pwm")).at(-1), `pwm 13=${makeCurve(14)[180]}`);
		assert.deepEqual(rhythm(2100).slice(1, 4), [100, 900, 100]);
		flash.clear();
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
		[{ role: "" }, "config: role is missing; it must be dimmer, lamp or hue"],
		[{ led: 34 }, "config: led: pin 34 is an input only"],
		[{ broker: "" }, /^config: broker is missing/],
		[{ password: "x" }, /^config: password: A Wi-Fi password has at least 8 characters/],
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

describe("a lamp's pin is driven, low, before anything else and whatever comes then", () => {
	const first = ["pwm open 13", "pwm 13=0"];
	const pwm = (done: readonly string[]) => done.filter((event) => event.startsWith("pwm"));
	/** The setup page's own line. */
	const line = { role: "", ssid: "", password: "", broker: "", setup_password: "on the sticker" };
	const saved = (role = "lamp") => ["1", "proven", role, "home", "secret!!", "192.168.1.10", "1883", "light", "", ""].join("\n");
	const startSetup = (kept: Record<string, string>, changes: object = {}) => {
		flash.clear();
		for (const [key, value] of Object.entries(kept)) flash.set(key, value);
		return start({ ...line, ...changes }, setup);
	};

	for (const changes of [
		{ broker: "" },
		{ port: "x" },
		{ topic: "#" },
		{ power_on: "bad" },
		{ password: "x" },
		{ id: "a/b" },
		{ status_led: 7 },
		{ status_led: 13 },
		{ minimum: 50, maximum: 40 },
		{ role: "lmap" },
	])
		test(`refused: ${JSON.stringify(changes)}`, () => {
			const done = start(changes);
			assert.ok(done.some((event) => event.startsWith("log stopped: ")));
			assert.deepEqual(done.slice(0, 2), first);
			assert.ok(
				PWM.open.has(13) && pwm(done).at(-1) === "pwm 13=0" && !done.some((event) => event.startsWith("diode 13")),
				done.join("; "),
			);
		});

	test("a pin that is refused by name is not touched", () => {
		for (const led of [7, 34, 28, ""]) assert.deepEqual(pwm(start({ led })), []);
		assert.deepEqual(pwm(start({ leds: "12,34" })), []);
	});

	test("settings from the page: before the flash is read, opened once, and handed on", () => {
		const done = startSetup({ setup: saved() });
		assert.deepEqual(done.slice(0, 2), first);
		assert.equal(pwm(done).filter((event) => event.startsWith("pwm open")).length, 1);
		assert.ok(done.includes("radio") && !done.includes("pwm close 13"), done.join("; "));
	});

	for (const [what, kept] of [
		["asked", { setup: saved(), setup_open: "asked" }],
		["failed", { setup: saved(), setup_open: "failed" }],
		["nothing saved", {}],
	] as const)
		test(`the page is open: ${what}`, () => {
			const done = startSetup({ ...kept });
			assert.deepEqual(done.slice(0, 2), first);
			assert.deepEqual(pwm(done), first);
			assert.ok(done.includes("wifi scan"), done.join("; "));
			assert.deepEqual(rhythm(4000).slice(0, 3), [1000, 1000, 1000]);
		});

	test("it turns out to be a dimmer: the pin is given back, before its status LED takes it", () => {
		const done = startSetup({ setup: saved("dimmer") });
		assert.deepEqual(pwm(done), [...first, "pwm close 13"]);
		assert.ok(done.indexOf("pwm close 13") < done.indexOf("diode 2=0"));
		assert.ok(done.includes("analog 34 calibrated=false"), done.join("; "));
	});

	test("what may be a knob, or is a status LED, is not driven while the role is not known; a lamp's is", () => {
		const c3 = { chip: "esp32c3", knob: 4, led: 4, status_led: "" };
		assert.deepEqual(pwm(startSetup({}, c3)), []);
		assert.deepEqual(pwm(startSetup({}, { status_led: 13 })), []);
		assert.deepEqual(pwm(startSetup({}, { ...c3, role: "lamp" })), ["pwm open 4", "pwm 4=0"]);
		assert.deepEqual(pwm(startSetup({}, { role: "dimmer" })), []);
	});

	test("what is saved is refused, and the page can mend it: it is open, and the board not lost", () => {
		const bad = saved("dimmer");
		for (const [changes, fault] of [
			[{ chip: "esp32c3", knob: "", led: 4 }, /^log setup: config: knob is missing: .*: opening the setup page$/],
			[{ knob: 13, led: 14 }, /^log setup: config: knob: pin 13 is on ADC2/],
		] as const) {
			const done = startSetup({ setup: bad }, changes);
			assert.equal(done.filter((event) => fault.test(event)).length, 1, done.join("; "));
			assert.ok(done.includes("wifi scan") && !done.includes("radio"), done.join("; "));
			assert.deepEqual(rhythm(4000).slice(0, 3), [1000, 1000, 1000]);
		}
	});

	test("what is saved is refused, and no entry would mend it, or there is no page: the board says so and stops", () => {
		for (const changes of [
			{ power_on: "bad" },
			{ id: "a/b" },
			{ pwm_hz: 1 },
			{ led: "", knob: "" },
			{ knob: "", setup_password: "" },
		] as const) {
			const done = startSetup({ setup: saved("dimmer") }, changes);
			assert.equal(done.filter((event) => event.startsWith("log stopped: config: ")).length, 1, done.join("; "));
			assert.ok(!done.includes("wifi scan") && !done.includes("radio"));
			assert.deepEqual(rhythm(2100).slice(0, 4), [900, 100, 900, 100]);
		}
	});

	test("a pin that something else has keeps no dimmer from its start", () => {
		flash.clear();
		flash.set("setup", saved("dimmer"));
		const done = start({ ...line }, () => {
			PWM.taken = 13;
			setup();
			PWM.taken = -1;
		});
		assert.ok(done.includes("analog 34 calibrated=false"), done.join("; "));
	});
});

describe("an image with TLS", () => {
	const line = { ...good, tls_insecure: "", sntp: "pool.ntp.org", ssid: "", setup_password: "on the sticker" };
	const digest = "ab".repeat(32);
	const settings = ["1", "new", "lamp", "home", "secret!!", "mqtts://broker.lan", "", "light", "", ""].join("\n");
	/** Starts with what the flash holds; the modules of TLS come a moment later. */
	async function startWith(kept: Record<string, string>): Promise<string[]> {
		flash.clear();
		for (const [key, value] of Object.entries(kept)) flash.set(key, value);
		secured.length = 0;
		start(line, setup);
		for (let i = 0; i < 1_000 && secured.length === 0 && !events.includes("wifi scan"); i++)
			await new Promise((resolve) => setTimeout(resolve, 5));
		return events;
	}

	test("the CA of the page is handed to TLS, with the settings that it was saved with", async () => {
		await startWith({ setup: `${settings}\n1 ${digest}`, setup_ca1: `${digest}\nMIIB\nMIIC` });
		const pem = ["MIIB", "MIIC"].map((lines) => `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`).join("");
		assert.deepEqual(
			secured.map(({ entered }) => entered),
			[pem],
		);
	});

	test("none was entered, or not with these settings: the image's own, and the log says so", async () => {
		const lost = "log setup: the CA that is stored does not belong to the saved settings, and is not used: enter it again";
		for (const [kept, said] of [
			[{ setup: settings }, 0],
			[{ setup: settings, setup_ca0: `${digest}\nMIIB` }, 0],
			[{ setup: `${settings}\n0 ${digest}`, setup_ca0: `${"cd".repeat(32)}\nMIIB` }, 1],
			[{ setup: `${settings}\n0 ${digest}`, setup_ca1: `${digest}\nMIIB` }, 1],
		] as const) {
			const done = await startWith({ ...kept });
			assert.deepEqual(
				secured.map(({ entered }) => entered),
				[undefined],
			);
			assert.equal(done.filter((event) => event === lost).length, said, done.join("; "));
		}
	});

	test("the page opens when what reads a CA is there", async () => {
		assert.ok((await startWith({})).includes("wifi scan"));
		flash.clear();
	});
});
