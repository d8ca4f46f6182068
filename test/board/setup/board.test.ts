// From power-up to the role or to the page: what of the setup meets the SDK, with fakes of its modules, in virtual time.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { begin as beginWith } from "../../../hosts/board/setup/begin.js";
import { Saved } from "../../../hosts/board/setup/saved.js";
import { reopen, watchProof } from "../../../hosts/board/setup/watch.js";
import { fakeModules, fromGlobals } from "../../fake-modules.js";
import { Clock } from "../../light/world.js";
import "../strings.js";
import { Flash, good, presets, secrets } from "./world.js";

fakeModules(fromGlobals("net", "wifi", "embedded:io/digital", "embedded:io/socket/listener", "embedded:io/socket/udp"));
const world = globalThis as unknown as Record<string, unknown>;

class Digital {
	static readonly InputPullUp = 1;
	static readonly Rising = 1;
	static readonly Falling = 2;
	static last: Digital | undefined;
	low = false;
	closed = false;
	readonly pin: number;
	readonly #onReadable: () => void;
	constructor({ pin, mode, edge, onReadable }: { pin: number; mode: number; edge: number; onReadable(): void }) {
		assert.deepEqual([mode, edge], [1, 3]);
		this.pin = pin;
		this.#onReadable = onReadable;
		Digital.last = this;
	}
	read(): number {
		assert.ok(!this.closed);
		return this.low ? 0 : 1;
	}
	close(): void {
		this.closed = true;
	}
	press(low: boolean): void {
		this.low = low;
		if (!this.closed) this.#onReadable.call(this);
	}
}
type Item = { ssid: string; rssi: number } | null;
const wifi = {
	Mode: { station: 1 },
	mode: 0,
	onItem: undefined as ((item: Item) => void) | undefined,
	address: "192.168.4.1" as string | undefined,
	accessPoints: [] as object[],
	scan(_options: object, onItem: (item: Item) => void) {
		wifi.onItem = onItem;
	},
	accessPoint(options: object) {
		wifi.accessPoints.push(options);
	},
};
/** As the SDK's, until ESP-IDF's event task has made the interface the default one. */
const network = { readyAfter: 0, tries: 0 };
class Part {
	static open: number[] = [];
	readonly #port: number;
	constructor({ port }: { port: number }) {
		if (network.tries++ < network.readyAfter) throw new Error("no network");
		assert.ok(!Part.open.includes(port), `port ${port} is open twice`);
		Part.open.push(port);
		this.#port = port;
	}
	read(): undefined {}
	close(): void {
		Part.open = Part.open.filter((port) => port !== this.#port);
	}
}
class Listener extends Part {}
class UDP extends Part {}
Object.assign(world, {
	"embedded:io/digital": Digital,
	"embedded:io/socket/listener": Listener,
	"embedded:io/socket/udp": UDP,
	net: { get: (what: string) => (what === "MAC" ? "24:6F:28:A1:B2:C3" : wifi.address) },
	wifi,
});
// Not by a constant: the root's tsconfig knows no XS.
const load = (name: string) => import(`../../../hosts/board/setup/${name}.js`);
const { watchButton } = await load("button");
const { openPage } = await load("open");

describe("what a board starts with", () => {
	const begin = (words: object, saved: Saved, refusal = (): string | undefined => undefined) => beginWith({ ...words }, saved, refusal);
	const line = { setup_password: "on the sticker", port: 1883, topic: "light", chip: "esp32", led: 13 };

	test("ssid on the mcconfig line: the line alone, and no page, whatever is saved or asked for", () => {
		const flash = new Flash();
		const saved = new Saved(flash);
		saved.save(good);
		saved.ask("asked");
		const words = { ...line, role: "dimmer", ssid: "line", password: "line's own", broker: "line.example" };
		assert.deepEqual(begin(words, saved), { words });
		assert.equal(flash.writes, 2, "nothing is taken or changed");
	});

	test("no ssid and nothing saved: the page, without a time limit, with the line's words in its fields", () => {
		const { page } = begin({ ...line, role: "lamp", broker: "broker.lan" }, new Saved(new Flash()));
		assert.deepEqual(page, {
			password: "on the sticker",
			presets: { ...presets, role: "lamp", broker: "broker.lan" },
			reason: undefined,
		});
	});

	test("what is saved: all of it, and of the line the rest", () => {
		const saved = new Saved(new Flash());
		saved.save(good);
		const start = begin({ ...line, broker: "line.example", topic: "line" }, saved);
		assert.deepEqual(start, { words: { ...line, ...good }, saved: { proven: false } });
		saved.prove();
		assert.deepEqual(begin(line, saved).saved, { proven: true });
	});

	test("asked for, or Wi-Fi or broker not reached: the page once, and the next start is as usual", () => {
		for (const reason of ["asked", "failed", "unanswered"] as const) {
			const saved = new Saved(new Flash());
			saved.save(good);
			saved.ask(reason);
			assert.equal(begin(line, saved).page?.reason, reason);
			assert.deepEqual(begin(line, saved).words, { ...line, ...good });
		}
	});

	test("saved, but refused: the page, until something else is saved, and it says why", () => {
		const saved = new Saved(new Flash());
		saved.save(good);
		const fault = "config: knob is missing";
		saved.ask("asked");
		for (let i = 0; i < 2; i++)
			assert.deepEqual(begin(line, saved, () => fault).page, { password: "on the sticker", presets, reason: undefined, fault });
		for (const changes of [{ setup_password: "" }, { ssid: "line" }]) assert.ok(begin({ ...line, ...changes }, saved, () => fault).words);
	});

	test("a firmware without setup_password keeps what is saved, and has no page", () => {
		const saved = new Saved(new Flash());
		saved.save(good);
		saved.ask("asked");
		assert.ok(begin({ ...line, setup_password: "" }, saved).words);
		assert.throws(() => begin({ ...line, setup_password: "" }, new Saved(new Flash())), {
			message: /^config: ssid is missing, as in: .* ssid=….* setup_password=…$/,
		});
	});

	for (const setup_password of ["1234567", "x".repeat(64), "Schlüsselwort", "12345678\n"])
		test(`setup_password is refused by name, and not repeated: ${JSON.stringify(setup_password).slice(0, 20)}`, () => {
			assert.throws(
				() => begin({ ...line, setup_password }, new Saved(new Flash())),
				({ message }: Error) => /^config: setup_password must have 8 to 63/.test(message) && !message.includes(setup_password),
			);
		});
});

describe("at work", () => {
	let clock: Clock;
	let flash: Flash;
	let saved: Saved;
	let restarts: number;
	let lines: string[];
	const log = (line: string) => lines.push(line);
	const restart = () => restarts++;

	beforeEach(() => {
		clock = new Clock();
		flash = new Flash();
		saved = new Saved(flash);
		saved.save(good);
		restarts = 0;
		lines = [];
	});

	const watch = (state: { joined: boolean; online: boolean }) =>
		watchProof({ saved, time: clock, joined: () => state.joined, online: () => state.online, log, restart });

	test("settings that lead to the broker are proven, with one write, and never doubted again", () => {
		const state = { joined: false, online: false };
		watch(state);
		clock.run(60_000);
		state.joined = true;
		clock.run(110_000);
		assert.equal(saved.read()?.proven, false, "Wi-Fi alone is no proof");
		state.online = true;
		clock.run(5_000);
		state.online = state.joined = false;
		clock.run(1_000_000);
		assert.deepEqual([restarts, flash.writes, saved.read()?.proven], [0, 2, true]);
		assert.equal(clock.waiting, 0);
	});

	for (const [joined, reason, line] of [
		[false, "failed", /not in the Wi-Fi within three minutes/],
		[true, "unanswered", /in the Wi-Fi, but not at the broker within three minutes/],
	] as const)
		test(`settings that do not, open the page again, and it says how far they led: ${reason}`, () => {
			watch({ joined, online: false });
			clock.run(179_000);
			assert.equal(restarts, 0);
			clock.run(5_000);
			assert.equal(restarts, 1);
			assert.match(lines.join(), line);
			assert.equal(saved.takeReason(), reason);
			assert.equal(clock.waiting, 0);
		});

	test("a storage that takes nothing: no restart that would change nothing, and no exception", () => {
		flash.left = 0;
		reopen(saved, "asked", log, restart);
		watch({ joined: true, online: true });
		clock.run(5_000);
		assert.equal(restarts, 0);
		assert.equal(lines.length, 2);
	});

	test("the button, held for three seconds, in the first minute", () => {
		let held = 0;
		const watch = (chip = "esp32", taken: number[] = []) => {
			Digital.last = undefined;
			watchButton(chip, taken, clock, () => held++);
			return Digital.last as Digital | undefined;
		};
		const button = watch() as Digital;
		assert.equal(button.pin, 0);
		button.press(true);
		clock.run(2_900);
		button.press(false);
		clock.run(10_000);
		assert.equal(held, 0, "too short");
		button.press(true);
		clock.run(1_000);
		button.press(true);
		clock.run(2_999);
		assert.equal(held, 0, "a bounce begins it anew");
		clock.run(1);
		assert.equal(held, 1);
		assert.ok(button.closed);
		assert.equal(clock.waiting, 0);

		const missed = watch() as Digital;
		missed.press(true);
		missed.low = false;
		clock.run(10_000);
		assert.equal(held, 1, "let go, and no edge has told so");
		missed.press(true);
		clock.run(3_000);
		assert.equal(held, 2, "and it is watched still");
		held = 1;

		const late = watch("esp32c3") as Digital;
		assert.equal(late.pin, 9);
		clock.run(59_000);
		late.press(true);
		clock.run(3_000);
		assert.equal(held, 2, "begun in time");
		const idle = watch("esp32c6") as Digital;
		clock.run(60_000);
		assert.ok(idle.closed, "after a minute the pin is free");
		assert.equal(clock.waiting, 0);
		assert.equal(watch("esp32", [0]), undefined, "the pin is an LED");
		assert.equal(watch("pico_w"), undefined);
	});
});

describe("the page on the air", () => {
	let clock: Clock;
	let restarts: number;
	let lines: string[];

	function open(reason?: "asked" | "failed" | "unanswered"): void {
		clock = new Clock();
		restarts = 0;
		lines = [];
		wifi.accessPoints = [];
		Part.open = [];
		network.tries = 0;
		const log = (line: string) => lines.push(line);
		openPage({
			password: "on the sticker",
			presets,
			reason,
			saved: new Saved(new Flash()),
			time: clock,
			log,
			restart: () => restarts++,
		});
	}

	test("it looks round, then opens: an access point with a password, names, server", () => {
		open();
		assert.deepEqual([wifi.mode, wifi.accessPoints.length], [1, 0]);
		wifi.onItem?.({ ssid: "home", rssi: -60 });
		wifi.onItem?.({ ssid: "home", rssi: -40 });
		wifi.onItem?.({ ssid: "", rssi: -30 });
		wifi.onItem?.(null);
		clock.run(0);
		assert.deepEqual(wifi.accessPoints, [{ ssid: "Lampwire-a1b2c3", password: "on the sticker", max: 2 }]);
		assert.deepEqual(Part.open, [53, 80]);
		assert.match(lines.join(), /join the Wi-Fi "Lampwire-a1b2c3"/);
		for (const secret of [...secrets, "on the sticker"]) assert.ok(!lines.join().includes(secret));
		wifi.onItem?.(null);
		clock.run(100_000);
		assert.equal(wifi.accessPoints.length, 1);
		assert.equal(restarts, 0);
	});

	for (const readyAfter of [1, 2, 5, 20])
		test(`the network is ready late: it opens all the same, after ${readyAfter} refusals, and says "join" only then`, () => {
			network.readyAfter = readyAfter;
			open();
			wifi.onItem?.(null);
			for (let i = 0; Part.open.length < 2; i++) {
				assert.doesNotMatch(lines.join(), /join/);
				assert.ok(i < 100, "it never opens");
				clock.run(10);
			}
			network.readyAfter = 0;
			assert.match(lines.join(), /join the Wi-Fi/);
			assert.equal(wifi.accessPoints.length, 1, "the access point once");
			clock.run(500_000);
			assert.deepEqual([Part.open, restarts, lines.length], [[53, 80], 0, 1]);
			assert.equal(clock.waiting, 1, "the server's alone");
		});

	test("there is no address yet: it waits for one", () => {
		for (const address of [undefined, "0.0.0.0"]) {
			wifi.address = address;
			open();
			wifi.onItem?.(null);
			clock.run(50);
			assert.deepEqual(Part.open, []);
			wifi.address = "192.168.4.1";
			clock.run(10);
			assert.deepEqual(Part.open, [53, 80]);
			assert.match(lines.join(), /open http:\/\/192\.168\.4\.1\//);
		}
	});

	test("it never opens: the board says why, and restarts, once", () => {
		network.readyAfter = Number.POSITIVE_INFINITY;
		open();
		wifi.onItem?.(null);
		clock.run(4_000);
		assert.equal(restarts, 0);
		clock.run(100_000);
		network.readyAfter = 0;
		assert.equal(restarts, 1);
		assert.deepEqual(lines, ["setup: the page does not open: no network; restarting"]);
		assert.deepEqual([Part.open, clock.waiting], [[], 0]);
	});

	test("of the names in sight those are listed that are text, as they are; what looks alike is told", async () => {
		open();
		for (const [index, ssid] of ["home", "\ud800", "Caf\udce9", "Café", "Cafe\u0301", "a\u0007b", "home ", " Büro ", ""].entries())
			wifi.onItem?.({ ssid, rssi: -40 - index });
		wifi.onItem?.(null);
		clock.run(0);
		const looks = lines.filter((line) => line.includes("look alike"));
		assert.deepEqual(looks, [
			'setup: two Wi-Fi in sight look alike: "Café" and "Cafe\u0301"',
			'setup: two Wi-Fi in sight look alike: "home" and "home "',
		]);
		const { cleanSsid } = await load("../ssid");
		const clean = ["home", "\ud800", "Caf\udce9", "a\u0007b", "", "home ", "日本"].map(cleanSsid);
		assert.deepEqual(clean, ["home", undefined, undefined, undefined, undefined, "home ", "日本"]);
	});

	test("a scan that never ends does not keep it closed", () => {
		open();
		clock.run(8_001);
		assert.equal(wifi.accessPoints.length, 1);
	});

	test("a board that has settings goes back to work after ten minutes without a visit; one that has none waits", () => {
		for (const [reason, expected] of [
			["asked", 1],
			["failed", 1],
			["unanswered", 1],
			[undefined, 0],
		] as const) {
			open(reason);
			wifi.onItem?.(null);
			clock.run(599_000);
			assert.equal(restarts, 0);
			clock.run(2_000);
			assert.equal(restarts, expected, String(reason));
		}
	});
});
