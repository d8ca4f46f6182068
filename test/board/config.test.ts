// What the ESP32 host makes of its configuration, in Node: every option, every pin, several lamps as one.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { check } from "../../hosts/board/setup/fields.js";
import { brokerAddresses } from "../../hosts/node/broker-option.js";
import { withBroker } from "../../hosts/node/mdns/auto.js";
import type { Settings } from "../../hosts/node/options.js";
import { events, given, load, PWM, reset } from "./fakes.js";
import { good as entered } from "./setup/world.js";

const { readSettings, readStatus } = await load("config");
const { channelsOf, chipNames, hertzOf, pinFault, pinWarning, resolutionOf } = await load("pins");
const { dark, provider } = await load("led");

describe("configuration", () => {
	const good = {
		role: "lamp",
		broker: "192.168.1.10",
		port: "",
		topic: "light",
		id: "",
		ssid: "home",
		password: "secret!!",
		chip: "esp32",
		knob: 34,
		led: 13,
		leds: "",
		pwm_hz: 4882,
		status_led: "",
		status_active: "high",
	};
	const read = (changes: object) => {
		for (const name of Object.keys(given)) delete given[name];
		Object.assign(given, good, changes);
		const lines: string[] = [];
		const log = (line: string) => lines.push(line);
		const status = readStatus(log);
		return { settings: readSettings(log), status, lines };
	};

	test("TLS needs the manifest that brings it, and the time of day, unless nothing is checked", () => {
		assert.throws(() => read({ broker: "mqtts://broker" }), /^Error: config: broker=mqtts:\/\/broker: .*hosts\/board\/tls\/manifest\.json/);
		const withTLS = { broker: "mqtts://broker", tls_insecure: "" };
		assert.throws(() => read(withTLS), /^Error: config: sntp is missing: no certificate can be checked without the time of day/);
		assert.throws(() => read({ ...withTLS, broker: "broker,wss://other" }), /sntp is missing/);
		assert.equal(read({ ...withTLS, sntp: "pool.ntp.org" }).settings.brokers.all[0]?.port, 8883);
		assert.equal(read({ ...withTLS, tls_insecure: "1" }).settings.brokers.all[0]?.scheme, "mqtts");
		assert.equal(read({ ...withTLS, broker: "ws://broker" }).settings.brokers.all[0]?.scheme, "ws");
	});

	test("the words of the mcconfig line are text, those of the manifest numbers", () => {
		const { settings } = read({ led: "27", port: "1884", mqtt_user: "me", mqtt_password: "secret" });
		assert.deepEqual(settings, {
			role: "lamp",
			brokers: { all: [{ scheme: "mqtt", host: "192.168.1.10", port: 1884, path: "", user: undefined }], user: "me" },
			topic: "light",
			id: undefined,
			password: "secret",
			wifi: { ssid: "home", password: "secret!!" },
			pins: { knob: -1, leds: [27] },
			pwm: { hz: 4882, resolution: 14 },
			chip: "esp32",
			light: {},
			announce: true,
			discovery: undefined,
			hue: undefined,
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

	test("several lamps are one lamp", () => {
		for (const [leds, pins] of [
			["13,14,27", [13, 14, 27]],
			["13, 14", [13, 14]],
			[27, [27]],
			[
				[13, 14],
				[13, 14],
			],
		] as const)
			assert.deepEqual(read({ leds }).settings.pins.leds, pins);
		assert.deepEqual(read({ role: "dimmer", leds: "7,7" }).settings.pins, { knob: 34, leds: [] });
	});

	test("the bits of duty follow the frequency", () => {
		for (const [chip, hz, bits] of [
			["esp32", 4882, 14],
			["esp32", 4883, 13],
			["esp32", 19_531, 12],
			["esp32c3", 4882, 13],
			["esp32c6", 9766, 12],
			["pico_w", 4882, 14],
		] as const) {
			assert.equal(resolutionOf(chip, hz), bits, `${chip} at ${hz} Hz`);
			assert.ok(hz <= hertzOf(chip));
		}
	});

	test("the status LED: none, or a pin, lit high or low", () => {
		assert.equal(read({}).status, undefined);
		assert.equal(read({ status_led: "none" }).status, undefined);
		assert.deepEqual(read({ status_led: "4" }).status, { pin: 4, activeLow: false });
		assert.deepEqual(read({ status_led: 4, status_active: "low" }).status, { pin: 4, activeLow: true });
		assert.deepEqual(read({ status_led: 2 }).lines.length, 1, "a strapping pin: warned about");
		assert.deepEqual(read({ chip: "pico_w", led: 15, status_led: 32 }).status, { pin: 32, activeLow: false });
	});

	test("Wi-Fi: an open network needs no password; 64 digits are a key", () => {
		assert.equal(read({ password: "" }).settings.wifi.password, "");
		assert.equal(read({ password: "0123456789abcdef".repeat(4) }).settings.wifi.password.length, 64);
	});

	for (const [broker, why] of [
		["localhost", /this board itself/],
		["127.0.0.1", /the board itself/],
		["0.0.0.0", /the board itself/],
		["192.168.1.300", /no address: it has four numbers from 0 to 255/],
		["192.168.1", /no address/],
		["192.168.1.1.1", /no address/],
		["192.168.001.010", /no address/],
		["3232235777", /no address/],
		["224.0.0.1", /No machine has this address/],
		["255.255.255.255", /No machine has this address/],
		["fe80::1", /stands in brackets/],
		["[fe80::1]", /IPv4/],
		["mqtts://broker", /no TLS, which mqtts:\/\/ needs: build it with hosts\/board\/tls\/manifest\.json/],
		["broker,ws://localhost", /this board itself/],
		["brök.er", /A name has letters, digits, dots and hyphens/],
	] as const)
		test(`a broker that cannot be is refused, on the line as on the page: ${broker}`, () => {
			const said = check({ ...entered, broker, mqtt_user: "", port: "" }).broker ?? "";
			assert.match(said, why);
			assert.throws(() => read({ broker }), { message: `config: broker=${broker}: ${said}` });
		});

	test("a name that ends with .local is a broker's like any other: the resolver asks the network", () => {
		for (const broker of ["homeassistant.local", "RASPBERRYPI.LOCAL"]) {
			assert.equal(check({ ...entered, broker }).broker, undefined);
			assert.equal(read({ broker }).settings.brokers.all[0]?.host, broker);
		}
	});

	test("auto is a broker, on the line as on the page; with TLS or beside others it is refused in the words of the command line", async () => {
		for (const [broker, host] of [
			["auto", { scheme: "mqtt", user: undefined }],
			["mqtt://auto", { scheme: "mqtt", user: undefined }],
			["mqtt://lamp@auto", { scheme: "mqtt", user: "lamp" }],
			["ws://auto", { scheme: "ws", user: undefined }],
		] as const) {
			assert.equal(check({ ...entered, broker, mqtt_user: "", mqtt_password: "", port: "" }).broker, undefined);
			const [found, ...more] = read({ broker }).settings.brokers.all;
			assert.deepEqual([found.scheme, found.host, found.user, more], [host.scheme, "auto", host.user, []]);
		}
		for (const broker of ["mqtts://auto", "wss://auto", "auto,192.0.2.1", "192.0.2.1,ws://auto"]) {
			const line = await withBroker({ topic: "light", broker: brokerAddresses(broker) } as Settings, () => {}).then(
				() => assert.fail(broker),
				({ message }: Error) => message.replace("--broker: ", ""),
			);
			const said = `${line[0]?.toUpperCase()}${line.slice(1)}.`;
			assert.equal(check({ ...entered, broker, mqtt_user: "", port: "" }).broker, said);
			for (const tls of [{}, { tls_insecure: "" }])
				assert.throws(() => read({ broker, ...tls }), { message: `config: broker=${broker}: ${said}` });
		}
	});

	test("a broker in the setup page's own network is warned of: some routers use it", () => {
		assert.deepEqual(read({ broker: "192.168.40.1" }).lines, []);
		assert.match(
			read({ broker: "192.168.4.7" }).lines.join(),
			/^config: broker: 192\.168\.4\.7 is an address in the board's own setup network/,
		);
	});

	test("Wi-Fi's name and password: the line and the page take the same", () => {
		for (const wifi of [
			{ password: "WIFI$12§34$WIFI" },
			{ password: "ü".repeat(31) },
			{ password: "ü".repeat(32) },
			{ password: "1234567" },
			{ password: "1234567\u0007" },
			{ password: "p".repeat(63) },
			{ password: "p".repeat(64) },
			{ password: "0123456789abcdefABCDEF0123456789".repeat(2) },
			{ ssid: "Jim’s iPhone" },
			{ ssid: "x\u0007" },
		]) {
			const fault = Object.values(check({ ...entered, ...wifi }))[0];
			const line = () => read(wifi);
			if (fault === undefined) line();
			else assert.throws(line, ({ message }: Error) => message.endsWith(`: ${fault}`), JSON.stringify(wifi));
		}
	});

	for (const [changes, named] of [
		[{ role: "" }, /^config: role is missing; it must be dimmer, lamp or hue/],
		[{ role: "lmap" }, /^config: role=lmap is unknown; it must be dimmer, lamp or hue/],
		[{ broker: "" }, /^config: broker is missing/],
		[{ ssid: "" }, /^config: ssid is missing/],
		[{ topic: "" }, /^config: topic is missing/],
		[{ port: "mqtt" }, /^config: port=mqtt: A port is a whole number from 1 to 65535/],
		[{ pwm_hz: 1 }, /^config: pwm_hz=1 must be/],
		[{ role: "dimmer", knob: "D34" }, /^config: knob=D34 must be a pin of the esp32, its number alone: 0 to 23, 25 to 27, 32 to 39$/],
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
		[{ led: { pin: 48 } }, /^config: led=.* must be a pin of the esp32, its number alone: 0 to 23, 25 to 27, 32 to 39/],
		[{ led: 28 }, /^config: led=.* must be a pin of the esp32/],
		[{ led: 1.5 }, /^config: led=.* must be a pin of the esp32/],
		[{ leds: "13,14,13" }, /^config: leds=13,14,13 names pin 13 twice/],
		[{ leds: "13,35" }, /^config: led: pin 35 is an input only/],
		[{ leds: "13,,14" }, /^config: leds=13,,14: a pin is missing between commas/],
		[{ leds: "13,14," }, /^config: leds=13,14,: a pin is missing between commas/],
		[{ leds: "13,0x0e" }, /^config: led=.* must be a pin/],
		[{ led: "" }, /^config: led is missing: say which pin of the esp32 it is with led=$/],
		[{ led: " " }, /^config: led is missing/],
		[{ led: null }, /^config: led is missing/],
		[{ led: undefined, leds: " " }, /^config: led is missing/],
		[{ chip: "esp32c3", led: "" }, /^config: led is missing/],
		[{ chip: "esp32c3", role: "dimmer", knob: "" }, /^config: knob is missing: say which pin of the esp32c3/],
		[{ chip: "esp32c6", role: "dimmer", knob: null }, /^config: knob is missing/],
		[{ chip: "esp32c3", status_led: " " }, /^config: status_led is missing/],
		[{ led: true }, /^config: led=.* must be a pin/],
		[{ led: [12, 13] }, /^config: led=.* must be a pin/],
		[{ led: "0x0d" }, /^config: led=.* must be a pin/],
		[{ led: "1e1" }, /^config: led=.* must be a pin/],
		[{ led: "+4" }, /^config: led=.* must be a pin/],
		[{ role: "dimmer", knob: "34.0" }, /^config: knob=.* must be a pin/],
		[{ status_led: true }, /^config: status_led=.* must be a pin/],
		[{ status_led: " 13 " }, /^config: status_led: pin 13 is the lamp's already/],
		[{ leds: "4,13,14,16,17,18,19,21,22" }, /^config: leds=4,.*,22 are 9; the esp32 has PWM for 8/],
		[{ chip: "esp32c3", leds: "0,1,3,4,5,6,7" }, /^config: leds=.* are 7; the esp32c3 has PWM for 6/],
		[{ chip: "" }, /^config: chip is missing: this board is not known; say which it has, of esp32, esp32s3/],
		[{ pwm_hz: 19_532 }, /^config: pwm_hz=19532 must be a whole number from 100 to 19531/],
		[{ status_led: 13 }, /^config: status_led: pin 13 is the lamp's already/],
		[{ role: "dimmer", knob: 33, status_led: 33 }, /^config: status_led: pin 33 is the knob's already/],
		[{ status_led: 34 }, /^config: status_led: pin 34 is an input only/],
		[{ status_led: "LED" }, /^config: status_led=.* must be a pin of the esp32/],
		[{ status_led: 4, status_active: "down" }, /^config: status_active=down is unknown; it must be high or low/],
		[{ chip: "pico_w", led: 32 }, /^config: led: pin 32 can only be switched on and off/],
		[{ chip: "pico_w", led: 25 }, /^config: led=.* must be a pin of the pico_w, its number alone: 0 to 22, 26 to 28/],
		[{ chip: "pico_w", role: "dimmer", knob: 15 }, /^config: knob: pin 15 has no ADC; take 26 to 28/],
		[{ chip: "esp32s3", led: 23 }, /^config: led=.* must be a pin of the esp32s3, its number alone: 0 to 21, 26 to 48/],
		[{ chip: "esp32s3", role: "dimmer", knob: 12 }, /^config: knob: pin 12 is on ADC2/],
		[{ chip: "esp32c3", role: "dimmer", knob: 5 }, /^config: knob: pin 5 is on ADC2/],
		[{ chip: "esp32c6", led: 26 }, /^config: led: pin 26 belongs to the flash chip/],
		[{ ssid: "x".repeat(33) }, /^config: ssid=x+: The name of a Wi-Fi has at most 32 bytes; this one has 33\.$/],
		[{ ssid: "\u00fc".repeat(17) }, /^config: ssid=ü+: The name of a Wi-Fi has at most 32 bytes; this one has 34\.$/],
		[{ password: "short" }, /^config: password: A Wi-Fi password has at least 8 characters/],
		[{ password: "x".repeat(64) }, /^config: password: A Wi-Fi password has at most 63 bytes/],
		[{ broker: "tcp://192.168.1.10" }, /^config: broker=tcp:\/\/192.168.1.10: Tcp:\/\/ is written mqtt:/],
		[{ broker: "192.168.1.10:1884", port: "1883" }, /^config: broker=192.168.1.10:1884: The port is 1884 in the URL and 1883 beside it/],
		[{ broker: "anna@192.168.1.10", mqtt_user: "bea" }, /^config: broker=…: The user in the URL is another than the one beside it/],
		[{ broker: "anna:x@192.168.1.10" }, /^config: broker=…: A password does not belong into a URL/],
		[{ topic: "light/#" }, /^config: topic: "light\/#" may not hold "#"/],
		[{ id: "a/b" }, /^config: id: "a\/b" may not hold "\/"/],
		[{ mqtt_password: "x" }, /^config: mqtt_password needs mqtt_user/],
	] as const)
		test(`refused by name: ${JSON.stringify(changes)}`, () => {
			assert.throws(() => read(changes), { message: named });
		});

	const names = ["role", "broker", "port", "chip", "ssid", "topic", "id", "pwm_hz", "leds", "led", "status_led", "status_active"];
	for (const name of [...names, "power_on", "minimum", "pickup"])
		test(`what holds @ is repeated by no message: ${name}`, () => {
			const secret = "mqtt://anna:geheim@192.0.2.10,/#+, and some more of it";
			const refused = ({ message }: Error) =>
				message.startsWith("config: ") && message.includes(name.replace("leds", "led")) && !message.includes("geheim");
			assert.throws(() => read({ status_led: 4, [name]: secret }), refused);
		});

	test("a strapping pin works, with a warning", () => {
		assert.deepEqual(read({ led: 2 }).lines, [
			"config: led: pin 2 is a strapping pin, read at reset: the board may not boot with a load on it",
		]);
		assert.deepEqual(read({ led: 13 }).lines, []);
	});

	test("every pin with a second life is warned about, by what it is", () => {
		for (const [chip, pin, what] of [
			["esp32", 12, /strapping/],
			["esp32", 1, /serial port/],
			["esp32", 16, /PSRAM/],
			["esp32s3", 45, /strapping/],
			["esp32s3", 19, /USB/],
			["esp32s3", 44, /serial port/],
			["esp32s3", 35, /PSRAM/],
			["esp32c3", 9, /strapping/],
			["esp32c3", 18, /USB/],
			["esp32c3", 21, /serial port/],
			["esp32c6", 15, /strapping/],
			["esp32c6", 13, /USB/],
			["esp32c6", 16, /serial port/],
			["pico_w", 0, /serial port/],
		] as const) {
			assert.equal(pinFault(chip, "led", pin), undefined);
			assert.match(pinWarning(chip, "led", pin), what);
		}
	});

	test("whatever the pin, it is refused or taken: of each chip, as many can be a knob as its converter has channels for", () => {
		const knobs = { esp32: 8, esp32s3: 10, esp32c3: 5, esp32c6: 7, pico_w: 3 };
		for (const chip of chipNames) {
			const pins = Array.from({ length: 64 }, (_, pin) => pin);
			const fit = (use: string) => pins.filter((pin) => pinFault(chip, use, pin) === undefined);
			assert.equal(fit("knob").length, knobs[chip as keyof typeof knobs], chip);
			assert.ok(fit("led").length >= channelsOf(chip));
			for (const pin of [-1, 64, Number.NaN, 2.5]) assert.match(pinFault(chip, "led", pin), /must be a pin/);
		}
	});

	test("the boards' own pins are fit for what they do", () => {
		for (const [chip, knob, led] of [
			["esp32", 34, 13],
			["esp32s3", 1, 5],
			["esp32c3", 3, 4],
			["esp32c6", 2, 10],
			["pico_w", 26, 15],
		] as const) {
			assert.deepEqual([pinFault(chip, "knob", knob), pinFault(chip, "led", led)], [undefined, undefined], chip);
			assert.deepEqual([pinWarning(chip, "knob", knob), pinWarning(chip, "led", led)], [undefined, undefined], chip);
		}
	});
});

describe("the lamp's pins", () => {
	beforeEach(() => {
		reset();
		PWM.taken = -1;
	});

	test("one pin is the SDK's own class", () => {
		const { io } = provider([13], 4882, 14);
		assert.equal(io, PWM);
	});

	test("several: the first act of each is duty 0, and what is written goes to all", () => {
		const several = provider([12, 13, 14], 4882, 14);
		const held = dark(several);
		assert.deepEqual(events.splice(0), [
			"pwm open 12",
			"pwm 12=0",
			"pwm open 13",
			"pwm 13=0",
			"pwm open 14",
			"pwm 14=0",
			"pwm 12=0",
			"pwm 13=0",
			"pwm 14=0",
		]);
		const led = new held.io(held);
		assert.deepEqual([led.resolution, led.hz], [14, 4882]);
		assert.deepEqual(events, [], "opened once");
		led.write(16_383);
		led.close();
		assert.deepEqual(events, ["pwm 12=16383", "pwm 13=16383", "pwm 14=16383", "pwm close 12", "pwm close 13", "pwm close 14"]);
	});

	test("several, of which one is taken: the others are given back, and the error names it", () => {
		PWM.taken = 14;
		assert.throws(() => dark(provider([12, 13, 14], 4882, 14)), { message: "leds: pin 14: in use" });
		assert.deepEqual(events, ["pwm open 12", "pwm 12=0", "pwm open 13", "pwm 13=0", "pwm close 12", "pwm close 13"]);
	});
});
