// What of the ESP32 host needs no chip, in Node: its configuration, its pins, and its patience with Wi-Fi. The SDK's modules are fakes.
import assert from "node:assert/strict";
import { register } from "node:module";
import { beforeEach, describe, test } from "node:test";

/** `import x from "mc/config"` gives `globalThis["mc/config"]`, and so on. */
const fakes = ["mc/config", "net", "embedded:network/interface/wifi"];
const hook = `export async function resolve(specifier, context, next) {
	if (!${JSON.stringify(fakes)}.includes(specifier) || !context.parentURL?.includes("/hosts/")) return next(specifier, context);
	return { url: "data:text/javascript,export default globalThis[" + encodeURIComponent(JSON.stringify(specifier)) + "]", shortCircuit: true };
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);

const given: Record<string, unknown> = {};
const world = globalThis as unknown as Record<string, unknown>;
world["mc/config"] = given;

class Radio {
	static last: Radio;
	connection = 200;
	readonly address = "192.168.1.77";
	readonly MAC = "24:6f:28:A1:B2:C3";
	readonly calls: string[] = [];
	readonly #onChanged: () => void;
	constructor({ onChanged }: { onChanged(): void }) {
		this.#onChanged = onChanged;
		Radio.last = this;
	}
	connect({ SSID, password }: { SSID: string; password?: string }): void {
		if (this.connection > 200) throw new Error("already connecting");
		this.connection = 300;
		this.calls.push(`connect ${SSID} ${password}`);
	}
	disconnect(): void {
		this.connection = 200;
		this.calls.push("disconnect");
	}
	becomes(connection: number): void {
		this.connection = connection;
		this.#onChanged();
	}
}
world["embedded:network/interface/wifi"] = Radio;
const asked: [string, (name: string, address?: string) => void][] = [];
world.net = { resolve: (...request: (typeof asked)[0]) => asked.push(request) };

// Not by a constant: the root's tsconfig knows no XS.
const load = (name: string) => import(`../../hosts/esp32/${name}.js`);
const { readSettings } = await load("config");
const { pinFault, pinWarning, resolutionOf } = await load("pins");
const { WiFi } = await load("wifi");
const { default: Resolver } = await load("resolver");

describe("configuration", () => {
	const good = {
		role: "lamp",
		broker: "192.168.1.10",
		port: 1883,
		topic: "light",
		id: "",
		ssid: "home",
		password: "x",
		chip: "esp32",
		knob: 34,
		led: 13,
		pwm_hz: 4882,
	};
	const read = (changes: object) => {
		for (const name of Object.keys(given)) delete given[name];
		Object.assign(given, good, changes);
		const lines: string[] = [];
		return { settings: readSettings((line: string) => lines.push(line)), lines };
	};

	test("the words of the mcconfig line are text, those of the manifest numbers", () => {
		const { settings } = read({ led: "27", port: "1884", mqtt_user: "me", mqtt_password: "secret" });
		assert.deepEqual(settings, {
			role: "lamp",
			broker: "192.168.1.10",
			port: 1884,
			topic: "light",
			id: undefined,
			user: "me",
			password: "secret",
			wifi: { ssid: "home", password: "x" },
			pins: { knob: -1, led: 27 },
			pwm: { hz: 4882, resolution: 14 },
			light: {},
		});
	});

	test("the light's own options have the names of the command line, and what is not said is left to the roles", () => {
		const words = {
			pickup: "1",
			invert: "0",
			calibrate: "once",
			power_on: "last",
			minimum: "2.5",
			maximum: 90,
			fade_ms: "0",
			stream_fade_ms: 60,
		};
		assert.deepEqual(read(words).settings.light, {
			pickup: true,
			invert: false,
			calibrate: "once",
			powerOn: "last",
			minimum: 2.5,
			maximum: 90,
			fade: 0,
			streamFade: 60,
		});
	});

	for (const [changes, named] of [
		[{ role: "" }, /^config: role is missing; it must be dimmer or lamp/],
		[{ role: "lmap" }, /^config: role=lmap is unknown; it must be dimmer or lamp/],
		[{ broker: "" }, /^config: broker is missing/],
		[{ ssid: "" }, /^config: ssid is missing/],
		[{ topic: "" }, /^config: topic is missing/],
		[{ port: "mqtt" }, /^config: port=mqtt must be a whole number from 1 to 65535/],
		[{ pwm_hz: 1 }, /^config: pwm_hz=1 must be/],
		[{ chip: "esp8266" }, /^config: chip=esp8266 is unknown; it must be one of esp32, /],
		[{ role: "dimmer", knob: 25 }, /^config: knob: pin 25 is on ADC2, which fails while Wi-Fi runs; take 32 to 39 \(ADC1\)/],
		[{ role: "dimmer", knob: 19 }, /^config: knob: pin 19 has no ADC/],
		[{ pickup: "yes" }, /^config: pickup=yes must be 0 or 1/],
		[{ invert: 2 }, /^config: invert=2 must be 0 or 1/],
		[{ calibrate: "1" }, /^config: calibrate=1 must be one of kept, once, now/],
		[{ power_on: "on" }, /^config: power_on=on must be one of follow, last, off/],
		[{ minimum: "dark" }, /^config: minimum=dark must be a number from 0 to 100/],
		[{ maximum: 101 }, /^config: maximum=101 must be a number from 0 to 100/],
		[{ fade_ms: -1 }, /^config: fade_ms=-1 must be a number from 0 to 60000/],
		[{ stream_fade_ms: "1e9" }, /^config: stream_fade_ms=1e9 must be/],
		[{ led: 35 }, /^config: led: pin 35 is an input only/],
		[{ led: 7 }, /^config: led: pin 7 belongs to the flash chip/],
		[{ led: { pin: 48 } }, /^config: led: must be a pin of the esp32, 0 to 39/],
	] as const)
		test(`refused by name: ${JSON.stringify(changes)}`, () => {
			assert.throws(() => read(changes), { message: named });
		});

	test("a strapping pin works, with a warning", () => {
		assert.deepEqual(read({ led: 2 }).lines, [
			"config: led: pin 2 is a strapping pin, read at reset: the board may not boot with a load on it",
		]);
		assert.deepEqual(read({ led: 13 }).lines, []);
	});

	test("the boards' own pins are fit for what they do", () => {
		for (const [chip, knob, led] of [
			["esp32", 34, 13],
			["esp32s3", 1, 5],
			["esp32c3", 3, 4],
			["esp32c6", 2, 10],
		] as const) {
			assert.deepEqual([pinFault(chip, "knob", knob), pinFault(chip, "led", led)], [undefined, undefined], chip);
			assert.deepEqual([pinWarning(chip, "knob", knob), pinWarning(chip, "led", led)], [undefined, undefined], chip);
		}
		assert.equal(resolutionOf("esp32"), 14);
		assert.equal(resolutionOf("esp32c3"), 13, "at 14 bits the newer chips cannot be on all the time");
	});
});

describe("Wi-Fi", () => {
	let ring: (() => void) | undefined;
	let delay: number | undefined;
	let lines: string[];
	let wifi: { up: boolean; id: string; start(options: object): void };

	beforeEach(() => {
		delay = undefined;
		lines = [];
		asked.length = 0;
		wifi = new WiFi();
		const alarm = {
			set: (milliseconds: number) => {
				delay = milliseconds;
			},
			clear: () => {
				delay = undefined;
			},
			close() {},
		};
		const time = {
			now: () => 0,
			alarm: (given: () => void) => {
				ring = given;
				return alarm;
			},
		};
		wifi.start({ ssid: "home", password: "x", time, random: () => 1, log: (line: string) => lines.push(line) });
	});

	test("it connects, and has the last three bytes of the MAC as id", () => {
		assert.deepEqual(Radio.last.calls, ["connect home x"]);
		assert.equal(wifi.id, "a1b2c3");
		Radio.last.becomes(400);
		assert.equal(wifi.up, false);
		Radio.last.becomes(500);
		assert.equal(wifi.up, true);
		assert.equal(delay, undefined, "nothing more to wait for");
	});

	test("it tries for ever, ever more slowly, and starts anew after a success", () => {
		const waits: (number | undefined)[] = [];
		for (let i = 0; i < 8; i++) {
			Radio.last.becomes(200);
			waits.push(delay);
			ring?.();
		}
		assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
		assert.equal(Radio.last.calls.length, 9);
		Radio.last.becomes(500);
		Radio.last.becomes(200);
		assert.equal(wifi.up, false);
		assert.equal(delay, 1000);
	});

	test("associated, but without its address: it waits for one, then connects anew", () => {
		Radio.last.becomes(500);
		Radio.last.becomes(400);
		assert.equal(wifi.up, false);
		assert.equal(delay, 20_000);
	});

	test("a connection attempt that hangs is given up", () => {
		Radio.last.becomes(400);
		assert.equal(delay, 20_000);
		ring?.();
		assert.deepEqual(Radio.last.calls, ["connect home x", "disconnect"]);
		ring?.();
		assert.deepEqual(Radio.last.calls, ["connect home x", "disconnect", "connect home x"]);
	});

	test("a name waits for Wi-Fi, and is asked for the moment it is up", () => {
		const answers: unknown[] = [];
		const request = (host: string) => ({
			host,
			onResolved: (...answer: string[]) => answers.push(answer),
			onError: (name: string) => answers.push(name),
		});
		const resolver = new Resolver({ wifi });
		resolver.resolve(request("broker.local"));
		const given_up = new Resolver({ wifi });
		given_up.resolve(request("elsewhere"));
		given_up.close();
		assert.equal(asked.length, 0);
		Radio.last.becomes(500);
		assert.deepEqual(
			asked.map(([host]) => host),
			["broker.local"],
		);
		asked[0]?.[1]("broker.local", "192.168.1.10");
		resolver.resolve(request("nobody"));
		asked[1]?.[1]("nobody");
		assert.deepEqual(answers, [["broker.local", "192.168.1.10"], "nobody"]);
		resolver.resolve(request("late"));
		resolver.close();
		asked[2]?.[1]("late", "192.168.1.11");
		assert.equal(answers.length, 2, "nothing after close");
	});
});
