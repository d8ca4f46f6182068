// The CA on the setup page of an image with TLS: what is taken and refused, what is in force, and every power cut. In Node: the parser is the board's,
// of the SDK's parts beneath it there are fakes. The same on XS: test/xs/tls.test.ts.
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { describe, test } from "node:test";
import { type Ca, ca_max_bytes, type ReadCa } from "../../../hosts/board/setup/fields.js";
import { Saved } from "../../../hosts/board/setup/saved.js";
import { form_max_bytes, secureForm_max_bytes } from "../../../hosts/board/setup/urlencoded.js";
import { fakeModules, fromGlobals } from "../../fake-modules.js";
import { keyPem, type Made, make, pem } from "../../xs/tls/certificates.js";
import "../strings.js";
import { Board, Flash, PowerCut, good as plain, presets } from "./world.js";

fakeModules(fromGlobals("crypt", "ecdsa", "pkcs1_5", "x509"));
class Digest {
	readonly #hash = createHash("sha256");
	constructor(name: string) {
		assert.equal(name, "SHA256");
	}
	write(bytes: Uint8Array): void {
		this.#hash.update(bytes);
	}
	close(): ArrayBuffer {
		return Uint8Array.from(this.#hash.digest()).buffer;
	}
}
/** As the SDK's: RSA, P-256 and P-384. */
function decodeSPKI(certificate: Uint8Array): object {
	const { publicKey } = new X509Certificate(certificate);
	const { modulusLength = 0, namedCurve = "" } = publicKey.asymmetricKeyDetails ?? {};
	if (publicKey.asymmetricKeyType === "rsa") return { modulus: 1n << BigInt(modulusLength - 1) };
	if (!["prime256v1", "secp384r1"].includes(namedCurve)) throw new Error("x509: unsupported curve");
	return { curve: {}, pub: {} };
}
Object.assign(globalThis, { crypt: { Digest }, ecdsa: class {}, pkcs1_5: class {}, x509: { decodeSPKI } });
Object.assign(BigInt, { bitLength: (value: bigint) => value.toString(2).length });
// Not by a constant: the root's tsconfig knows no XS.
const load = (name: string) => import(`../../../hosts/xs/tls/${name}.js`);
const { readEntered }: { readEntered: ReadCa } = await load("entered");

const schemes = ["mqtt", "mqtts", "ws", "wss"] as const;
const good = Object.freeze({ ...plain, broker: "mqtts://broker.lan", port: "" });
const home = make({ name: "Home CA", authority: true });
const other = make({ name: "Other CA", authority: true, kind: "rsa" });
const leaf = make({ name: "broker.lan", issuer: home, dns: ["broker.lan"] });
const fingerprint = (one: Made) => new X509Certificate(one.der).fingerprint256;
/** As the board starts with it: in PEM, without the line ends of a file. */
const stored = (...all: Made[]) =>
	all.map(({ der }) => `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`).join("");

const board = (flash = new Flash()) => new Board({ saved: new Saved(flash, schemes), readCa: readEntered }, flash);
/** What the board starts with: its broker, and the CA, in PEM; undefined: the image's own. */
const inForce = (flash: Flash, log?: (line: string) => void) => {
	const saved = new Saved(flash, schemes);
	return { broker: saved.read()?.entered.broker, ca: saved.authority(log) };
};
const entries = (flash: Flash) => ["setup_ca0", "setup_ca1"].filter((key) => flash.read(key));

describe("the CA on the page", () => {
	test("an image without TLS has no such field, and takes none", () => {
		const without = new Board();
		assert.doesNotMatch(without.get().body, /<textarea|ca_own/);
		assert.equal(without.post("/save", { ...plain, ca: pem(home.der) }).status, 200);
		assert.equal(without.flash.writes, 1);
		assert.equal(without.post("/save", plain, { "Content-Length": String(form_max_bytes + 1) }).status, 413);
	});

	test("the field has a label, and what a phone's keyboard would make of PEM is off", () => {
		const { body } = board().get();
		assert.match(
			body,
			/<label for="ca">CA of the broker \(PEM\)<\/label><textarea id="ca" name="ca"[^>]*autocapitalize="off"[^>]*spellcheck="false"/,
		);
		assert.match(body, /id="ca-says">[^<]*the one that this firmware was built with/);
		assert.doesNotMatch(body, /ca_own/, "there is nothing to go back from");
	});

	test("is saved with the settings, and the page says whose it is, not all of it", () => {
		const one = board();
		// as a browser sends a text area
		const reply = one.post("/save", { ...good, ca: `\r\n${pem(home.der).replaceAll("\n", "\r\n")} ` });
		assert.equal(reply.status, 200);
		assert.deepEqual(inForce(one.flash), { broker: good.broker, ca: stored(home) });
		const { body } = one.get();
		assert.ok(body.includes(`Saved: &quot;Home CA&quot; (SHA-256 ${fingerprint(home)}). Leave it empty to keep that`), body);
		assert.ok(!body.includes(home.der.toString("base64").slice(0, 64)));
		assert.match(body, /name="ca_own"/);
	});

	test("several, with words of people between them", () => {
		const one = board();
		const text = `Home\n${pem(home.der)}and the other:\n${pem(other.der)}`;
		assert.equal(one.post("/save", { ...good, ca: text }).status, 200);
		assert.equal(inForce(one.flash).ca, stored(home, other));
		for (const made of [home, other]) assert.ok(one.get().body.includes(fingerprint(made)));
	});

	test("a broker's own certificate that is signed by itself is taken: it is compared byte for byte", () => {
		assert.equal(board().post("/save", { ...good, ca: pem(make({ name: "broker.lan", authority: null }).der) }).status, 200);
	});

	test("left empty it stays with its broker, and goes to no other; a box goes back to the image's own", () => {
		const one = board();
		one.post("/save", { ...good, ca: pem(home.der) });
		one.post("/save", { ...good, topic: "desk", mqtt_user: "eve", ca: "" });
		assert.equal(inForce(one.flash).ca, stored(home));
		for (const change of [{ broker: "mqtts://other.lan" }, { port: "8884" }, { ca_own: "yes" }] as Record<string, string>[]) {
			one.post("/save", { ...good, ca: pem(home.der) });
			assert.equal(one.post("/save", { ...good, ca: "", ...change }).status, 200, JSON.stringify(change));
			assert.equal(inForce(one.flash).ca, undefined, JSON.stringify(change));
			assert.deepEqual(entries(one.flash), [], "its room is given back");
			assert.doesNotMatch(one.get().body, /Home CA/);
		}
	});

	const long = make({ name: "x".repeat(3_000), authority: true });
	for (const [why, text, message] of [
		["no PEM", "MIIBIjANBgkqhkiG9w0B", /^It holds no certificate, in PEM or in DER; enter the file of the CA whole, /],
		["no certificate in it", "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----", /^It holds no certificate/],
		["a private key", keyPem(home), /^It holds a private key, and no certificate: keep that apart/],
		["cut off", pem(home.der).slice(0, 300), /^It has a line -----BEGIN CERTIFICATE----- and none -----END/],
		["a character is wrong", pem(home.der).replace("M", "é"), /^It has a character in it that is not base64; enter/],
		["its middle is missing", pem(home.der.subarray(0, 90)), /^A certificate cannot be read \(DER: .*\); enter the file/],
		["no CA", pem(leaf.der), /^"broker\.lan" is no CA \(no CA:TRUE in it\): give that of "Home CA", which has signed it\.$/],
		["a CA and its leaf", pem(home.der) + pem(leaf.der), /^"broker\.lan" is no CA/],
		[
			"another curve",
			pem(make({ name: "C", authority: true, curve: "P-521" }).der),
			/^"C" cannot be used: .*P-256 and P-384.*; choose a CA/,
		],
		["a short key", pem(make({ name: "C", authority: true, kind: "rsa", bits: 1_024 }).der), /^"C" cannot be used: .* 1024 bits; 2048 are/],
		["an unknown critical extension", pem(make({ name: "C", authority: true, unknown: "2a0304" }).der), /^"C" has a critical extension/],
		["too long", pem(long.der), /^The board can keep 3934 characters of base64; these are \d+ more\. Enter the one CA/],
		["what looks like DER", "0é", /^A certificate cannot be read/],
	] as const)
		test(`refused by name, and nothing is saved: ${why}`, () => {
			const one = board();
			one.saved.save(good, readEntered(pem(other.der)));
			const before = new Map(one.flash.values);
			const reply = one.post("/save", { ...good, topic: "desk", ca: text });
			assert.equal(reply.status, 422);
			const says = /<small id="ca-says" class="bad">([^<]*)<\/small>/.exec(reply.body)?.[1]?.replaceAll("&quot;", '"') ?? "";
			assert.match(says, message);
			assert.match(says, /^["A-Z].*\.$/s);
			assert.match(reply.body, /<textarea id="ca"[^>]* aria-invalid="true"/);
			assert.match(reply.body, /value="desk"/);
			assert.deepEqual(one.flash.values, before);
			assert.equal(reply.whenSent, undefined);
		});

	test("for a broker without TLS, and beside the box, it is refused", () => {
		const one = board();
		for (const [change, message] of [
			[{ broker: "broker.lan" }, /Only a broker of mqtts:\/\/ or wss:\/\/ has a CA/],
			[{ ca_own: "yes" }, /not both/],
		] as const) {
			const { body, status } = one.post("/save", { ...good, ca: pem(home.der), ...change });
			assert.equal(status, 422);
			assert.match(body, message);
		}
		assert.match(one.post("/save", { ...good, ca: pem(home.der), ca_own: "yes" }).body, /name="ca_own" value="yes" checked/);
		const { body } = one.post("/save", { ...good, broker: "mqtts://x/y", ca: pem(home.der) });
		assert.match(body, /id="broker-says" class="bad"/);
		assert.doesNotMatch(body, /id="ca-says" class="bad"/, "who knows which broker is meant");
		assert.equal(one.flash.writes, 0);
	});

	test("what was entered survives a fault elsewhere, as text, but for a private key", () => {
		const one = board();
		const text = `</textarea><script>${pem(home.der)}`;
		const { body } = one.post("/save", { ...good, topic: "#", ca: text });
		assert.ok(body.includes(`>&lt;/textarea&gt;&lt;script&gt;${pem(home.der).trim()}</textarea>`));
		assert.equal(body.match(/<script>/g)?.length, 1);
		const secret = keyPem(home);
		const reply = one.post("/save", { ...good, topic: "#", ca: pem(home.der) + secret });
		assert.ok(!reply.text.includes(secret.slice(30, 90)));
	});

	test("the longest that is kept fits: into the form with all else, and into its entry", () => {
		const empty = make({ name: "", issuer: other, authority: true, kind: "rsa" });
		// the lengths of a longer name and of what it is in take some bytes more
		const large = make({ name: "n".repeat(2_940 - empty.der.length), issuer: other, authority: true, kind: "rsa" });
		const { lines } = readEntered(pem(large.der)) as Ca;
		assert.ok(lines.length > ca_max_bytes - 20 && lines.length <= ca_max_bytes, `${lines.length}`);
		const one = board();
		const more = { broker: `mqtts://${"b".repeat(120)},mqtts://${"c".repeat(118)}`, topic: "ü".repeat(64), password: "ü".repeat(31) };
		const rest = { ...good, ...more, ssid: "+".repeat(32), mqtt_user: "+".repeat(128), mqtt_password: "+".repeat(2_048) };
		assert.equal(
			one.post("/save", { ...rest, ca: `${"as OpenSSL says ".repeat(100)}\n${pem(large.der)}`.replaceAll("\n", "\r\n") }).status,
			200,
		);
		assert.equal(inForce(one.flash).ca, stored(large));
		const reply = one.post("/save", good, { "Content-Length": String(secureForm_max_bytes + 1) });
		assert.equal(reply.status, 413);
		assert.match(reply.body, /of a CA enter its PEM alone/);
	});
});

describe("the CA in the storage", () => {
	const ca = (made: Made) => readEntered(pem(made.der));
	const first = { broker: good.broker, ca: stored(home) };

	/** From a board with `home`, every change of the page's that there is, and where it leads. */
	const elsewhere = "mqtts://other.lan";
	const changes: readonly [string, (saved: Saved) => void, ReturnType<typeof inForce>][] = [
		["another CA", (saved) => saved.save(good, ca(other)), { ...first, ca: stored(other) }],
		[
			"another CA and another broker",
			(saved) => saved.save({ ...good, broker: elsewhere }, ca(other)),
			{ broker: elsewhere, ca: stored(other) },
		],
		["the same CA again", (saved) => saved.save({ ...good, broker: elsewhere }, ca(home)), { broker: elsewhere, ca: stored(home) }],
		["the CA that is there, with another topic", (saved) => saved.save({ ...good, topic: "desk" }, saved.read()?.ca), first],
		["the image's own", (saved) => saved.save({ ...good, broker: elsewhere }), { broker: elsewhere, ca: undefined }],
		["proven", (saved) => saved.prove(), first],
		["forgotten", (saved) => saved.forget(), { broker: undefined, ca: undefined }],
	];
	for (const [what, change, last] of changes)
		for (const slot of [0, 1])
			test(`a power cut at any write leaves the old pair or the new one: ${what}, from entry ${slot}`, () => {
				const begin = () => {
					const flash = new Flash();
					const saved = new Saved(flash, schemes);
					for (let i = 0; i <= slot; i++) saved.save(good, ca(home));
					assert.deepEqual(entries(flash), [`setup_ca${slot}`]);
					return flash;
				};
				const whole = begin();
				const writes = whole.writes;
				change(new Saved(whole, schemes));
				assert.deepEqual(inForce(whole), last);
				const count = whole.writes - writes;
				assert.ok(count > 0);
				let turned = false;
				for (let left = 0; left <= count; left++) {
					const flash = begin();
					flash.left = left;
					try {
						change(new Saved(flash, schemes));
					} catch (error) {
						assert.ok(error instanceof PowerCut);
					}
					flash.left = Number.POSITIVE_INFINITY;
					const lines: string[] = [];
					const now = inForce(flash, (line) => lines.push(line));
					turned ||= JSON.stringify(now) !== JSON.stringify(first);
					assert.deepEqual(now, turned ? last : first, `after ${left} of ${count} writes`);
					assert.deepEqual(lines, []);
					// whatever was left over, the next change succeeds, and gives all room back
					const after = new Saved(flash, schemes);
					after.save(good, ca(other));
					assert.deepEqual(inForce(flash), { broker: good.broker, ca: stored(other) });
					assert.equal(entries(flash).length, 1);
				}
			});

	test("a storage that is full: the page says so, the old pair is in force, and nothing stays half written", () => {
		const one = board();
		one.saved.save(good, ca(home));
		const write = one.flash.write.bind(one.flash);
		for (const full of ["setup", "setup_ca1"]) {
			one.flash.write = (key, value) => {
				if (key === full && value !== "") throw new Error("store: ESP_ERR_NVS_NOT_ENOUGH_SPACE");
				write(key, value);
			};
			assert.equal(one.post("/save", { ...good, topic: "desk", ca: pem(other.der) }).status, 500);
			assert.deepEqual(inForce(one.flash), first);
			assert.deepEqual(entries(one.flash), ["setup_ca0"]);
		}
	});

	test("settings and CA that do not belong together: it is not used, the log says so, the page too", () => {
		const foreign = new Flash();
		new Saved(foreign, schemes).save(good, ca(other));
		for (const [key, value] of [
			["setup_ca0", foreign.read("setup_ca0")],
			["setup_ca0", ""],
			["setup_ca0", ca(home).digest],
			["setup_ca0", undefined],
			["setup", foreign.read("setup")],
		] as const) {
			const one = board();
			one.saved.save(good, ca(home));
			if (value === undefined) one.flash.values.delete(key);
			else one.flash.values.set(key, value);
			const lines: string[] = [];
			assert.deepEqual(
				inForce(one.flash, (line) => lines.push(line)),
				{ broker: good.broker, ca: undefined },
			);
			assert.deepEqual(lines, ["setup: the CA that is stored does not belong to the saved settings, and is not used: enter it again"]);
			assert.doesNotMatch(one.get().body, /Saved: /);
			assert.equal(one.post("/save", { ...good, topic: "desk" }).status, 200);
			assert.equal(one.saved.read()?.ca, undefined, "and is not carried on");
		}
	});

	test("settings with a reference that is none are nobody's; those of before there was a CA are read", () => {
		const flash = new Flash();
		const saved = new Saved(flash, schemes);
		saved.save(good, ca(home));
		const text = flash.read("setup") as string;
		for (const damaged of [text.replace(/\n0 /, "\n2 "), text.slice(0, -1), `${text}\n`, text.replace(/\n0 .*$/, "\n")]) {
			flash.values.set("setup", damaged);
			assert.equal(saved.read(), undefined, damaged);
		}
		flash.values.set("setup", text.replace(/\n0 .*$/, ""));
		assert.deepEqual(saved.read(), { entered: good, proven: false });
	});

	test("an image without TLS reads neither, and an update that is taken back finds the pair again", () => {
		const flash = new Flash();
		new Saved(flash, schemes).save(good, ca(home));
		const without = new Saved(flash);
		assert.deepEqual([without.read(), without.authority()], [undefined, undefined]);
		flash.left = 1;
		assert.throws(() => without.save(plain, ca(other)), PowerCut);
		flash.left = Number.POSITIVE_INFINITY;
		assert.deepEqual(inForce(flash), first, "what those settings name was not written over");
	});

	test("the line's words stand in the fields, and bring no CA", () => {
		const one = new Board({ saved: new Saved(new Flash(), schemes), readCa: readEntered, presets: { ...presets, broker: "mqtts://x" } });
		assert.match(one.get().body, /value="mqtts:\/\/x"/);
	});
});
