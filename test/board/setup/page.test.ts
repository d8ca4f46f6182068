// What the setup page takes and shows: the form, its fields, the page itself. Pure functions, in Node.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { check, type Entered, names } from "../../../hosts/board/setup/fields.js";
import { escapeHtml, formPage, type PageState, script, scriptDigest } from "../../../hosts/board/setup/page.js";
import { form_max_bytes, parseForm } from "../../../hosts/board/setup/urlencoded.js";
import { good, secrets } from "./world.js";

const parse = (text: string) => parseForm(new TextEncoder().encode(text));

describe("form", () => {
	test("whatever a browser encodes comes back", () => {
		const text = fc.string({ unit: "binary", maxLength: 20 }).map((raw) => raw.replaceAll("\0", ""));
		fc.assert(
			fc.property(fc.dictionary(text.filter(Boolean), text, { maxKeys: 8 }), (fields) => {
				const encoded = new URLSearchParams(fields).toString();
				fc.pre(encoded.length <= form_max_bytes);
				const decoded = new URLSearchParams(encoded);
				assert.deepEqual(Object.fromEntries(parse(encoded) ?? []), Object.fromEntries(decoded));
			}),
		);
	});

	test("the longest form that the page can send fits", () => {
		const longest = { role: 6, ssid: 32, password: 64, broker: 128, port: 5, topic: 128, mqtt_user: 128, mqtt_password: 2048 };
		const form = Object.entries(longest).map(([name, length]) => `${name}=${"%2B".repeat(length)}`);
		const fields = parse(form.join("&"));
		assert.equal(fields?.get("broker")?.length, 128);
		assert.equal(fields?.size, 8);
		assert.equal(fields?.get("mqtt_password")?.length, 2048);
	});

	test("a long text is read in pieces, and no character falls apart", () => {
		for (const character of ["a", "é", "€", "😀"])
			for (let before = 0; before < 4; before++) {
				const text = "x".repeat(before) + character.repeat(100);
				assert.equal(parse(`a=${encodeURIComponent(text)}`)?.get("a"), text);
			}
		for (const bytes of [`%80`, `x%80`, `${"x".repeat(63)}%c3`, `${"x".repeat(64)}%80`, `${"%80".repeat(200)}`])
			assert.equal(parse(`a=${bytes}`), undefined, bytes);
	});

	for (const [why, text] of [
		["percent without digits", "a=%"],
		["percent with one digit", "a=%4"],
		["no hexadecimal digit", "a=%4g"],
		["not UTF-8", "a=%ff"],
		["an overlong form", "a=%c0%80"],
		["a surrogate", "a=%ed%a0%80"],
		["a NUL", "a=%00"],
		["a name twice", "a=1&a=2"],
		["a field without =", "a"],
		["a field without a name", "=1"],
		["an empty field in between", "a=1&&b=2"],
		["17 fields", Array.from({ length: 17 }, (_, i) => `f${i}=1`).join("&")],
		["too long", `a=${"x".repeat(form_max_bytes)}`],
	] as const)
		test(`refused as a whole: ${why}`, () => {
			assert.equal(parse(text), undefined);
		});

	test("any bytes: an answer, never an exception", () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
				parseForm(bytes);
			}),
		);
	});
});

describe("fields", () => {
	test("what is well is taken", () => {
		for (const changes of [
			{},
			{ role: "dimmer" },
			{ password: "" },
			{ password: "12345678" },
			{ password: "a".repeat(63) },
			{ password: "0123456789abcdefABCDEF0123456789abcdefABCDEF0123456789abcdefABCD" },
			{ ssid: "Café ☕" },
			{ broker: "broker.lan" },
			{ broker: "local" },
			{ broker: "3com.example" },
			{ broker: "10.0.0.255" },
			{ password: "WIFI$12§34$WIFI" },
			{ password: "Schlüssel" },
			{ broker: "my_broker-2" },
			{ broker: "mqtt://broker" },
			{ broker: "mqtt://anna@broker:1883" },
			{ broker: "ws://broker/path?x=y", port: "" },
			{ broker: "broker,ws://192.168.1.10:9001", port: "" },
			{ broker: "anna@broker", mqtt_user: "" },
			{ port: "1" },
			{ port: "" },
			{ port: "65535" },
			{ topic: "home/büro/light" },
			{ mqtt_user: "", mqtt_password: "" },
			{ mqtt_user: "anna", mqtt_password: "" },
			{ mqtt_user: "u".repeat(128), mqtt_password: "p".repeat(2048) },
		] as Partial<Entered>[])
			assert.deepEqual(check({ ...good, ...changes }), {}, JSON.stringify(changes));
	});

	for (const [name, values] of Object.entries({
		role: ["", "lmap", "Lamp"],
		ssid: ["", "x".repeat(33), "ü".repeat(17), "a\nb", "a\u007f"],
		password: ["1234567", "x".repeat(64), "x".repeat(65), "ü".repeat(32), "12345678\n", "12345678\ud800"],
		broker: [
			...[
				"",
				"broker/path",
				"mqtt://broker/path",
				"broker:1884",
				"-broker",
				"broker.",
				"bro ker",
				"bröker",
				"x".repeat(256),
				"a\nb",
				"broker\n",
			],
			...[
				"mqtts://broker",
				"wss://broker",
				"tcp://broker",
				"mqtt://bea@broker",
				"mqtt://anna:x@broker",
				"broker,,broker",
				"broker,127.0.0.1",
			],
			...["[fe80::1]", "mqtt://broker:0", "ws://broker/a b", "ws://broker:1884/"],
		],
		port: ["0", "65536", "1e3", "-1", "1883 ", "0x10", "123456"],
		topic: ["", "home/#", "a+b", "$SYS/x", "x".repeat(129), "a\nb"],
		mqtt_user: ["x".repeat(129), "ü".repeat(65), "a\nb"],
		mqtt_password: ["x".repeat(2049), "a\nb"],
	}))
		for (const value of values)
			test(`refused by name: ${name}=${JSON.stringify(value).slice(0, 40)}`, () => {
				const faults = check({ ...good, [name]: value });
				assert.deepEqual(Object.keys(faults), [name]);
				assert.match(faults[name as keyof Entered] ?? "", /^[A-Z].*\.$/s);
			});

	test("an image with TLS takes its schemes, one without names the manifest", () => {
		const secure = { ...good, broker: "mqtts://broker", port: "" };
		assert.match(
			check(secure).broker ?? "",
			/^This image has no TLS, which mqtts:\/\/ needs: build it with hosts\/board\/tls\/manifest\.json\.$/,
		);
		assert.deepEqual(check(secure, ["mqtt", "mqtts", "ws", "wss"]), {});
	});

	test("a password without a user is refused", () => {
		assert.deepEqual(Object.keys(check({ ...good, mqtt_user: "" })), ["mqtt_password"]);
	});

	test("no sentence repeats a secret", () => {
		const text = JSON.stringify(check({ ...good, password: "sécret-one", mqtt_password: `secret-two${"x".repeat(99)}` }));
		assert.doesNotMatch(text, /cret-/);
	});
});

describe("page", () => {
	const state: PageState = {
		id: "a1b2c3",
		values: { ...good },
		faults: {},
		schemes: ["mqtt", "ws"],
		kept: { password: true, mqtt_password: true },
		saved: true,
		networks: ["home"],
		update: true,
		notice: "",
	};
	const page = formPage(state);

	test("no secret stands in it, saved or just typed", () => {
		for (const secret of secrets) assert.ok(!page.includes(secret), secret);
		assert.ok(page.includes('value="192.168.1.10"'), "what is no secret does");
	});

	test("every field has its label, and every complaint its field", () => {
		const faulty = formPage({ ...state, faults: Object.fromEntries(names.map((name) => [name, `Not ${name}.`])) });
		for (const html of [page, faulty])
			for (const [, id] of html.matchAll(/<input id="(\w+)"/g)) assert.ok(html.includes(`<label for="${id}">`), id);
		for (const [, id] of faulty.matchAll(/aria-describedby="([\w-]+)"/g)) assert.ok(faulty.includes(`id="${id}"`), id);
		for (const name of names) assert.ok(faulty.includes(`>Not ${name}.</small>`), name);
		assert.equal(faulty.match(/aria-invalid="true"/g)?.length, 7, "all but the two buttons of the role");
		assert.match(faulty, /role="alert"/);
		assert.doesNotMatch(page, /role="alert"|aria-invalid="/);
	});

	test("what strangers chose stays text: names of Wi-Fi, values, the id", () => {
		const evil = `"><script>alert(1)</script>&'`;
		const html = formPage({ ...state, id: evil, values: { ...good, ssid: evil, topic: evil }, networks: [evil], faults: { topic: evil } });
		assert.equal(html.match(/<script>/g)?.length, 1, "our own");
		assert.ok(!html.includes("alert(1)</script>"));
		assert.equal(escapeHtml(evil), "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;");
	});

	test("it needs nothing from elsewhere", () => {
		assert.doesNotMatch(page, /https?:|src=|@import|url\(/);
		assert.ok(page.length < 10_000, `${page.length} characters`);
	});

	test("its script is the one that its policy allows", () => {
		assert.equal(scriptDigest, `sha256-${createHash("sha256").update(script).digest("base64")}`);
	});

	test("Wi-Fi and broker passwords are posted, never part of an address", () => {
		for (const [form] of page.matchAll(/<form[^>]*>/g)) assert.match(form, /method="post"/);
	});
});
