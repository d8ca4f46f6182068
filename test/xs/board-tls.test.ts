// The firmware with TLS, for the ESP32 and the Pico W: does every module of it compile, link and preload?
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { root } from "../../hosts/sim/sdk.mjs";
import { sourcesIn } from "../board/modules.js";
import { buildFirmware, type Firmware } from "./firmware.js";
import { skip } from "./needs.js";
import { keyPem, make, pem } from "./tls/certificates.js";

const words = ["role=lamp", "ssid=home", "password=secret", "broker=broker.local"];
const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-ca-"));
const file = (name: string) => path.join(folder, name);

const ours = sourcesIn("hosts/xs/tls").filter((name) => !/\/(rng|sdk)\/|\/ciphersuites$/.test(name));
const replaced = ["ssl/cert", "ssl/ciphersuites", "ssl/handshake", "rng"];
const kept = ["ssl/session", "ssl/record", "ssl/sdk-handshake", "crypt", "ecdsa", "pkcs1_5", "x509"];

describe("firmware with TLS", { skip: skip("make", "git") }, () => {
	before(() => {
		const ca = make({ name: "CA", authority: true });
		const mine = make({ name: "lamp", issuer: ca, kind: "rsa" });
		writeFileSync(file("ca.pem"), pem(ca.der));
		writeFileSync(file("lamp.der"), mine.der);
		writeFileSync(file("lamp.key"), keyPem(mine));
	});
	after(() => rmSync(folder, { recursive: true }));

	const env = { LAMPWIRE_CA: file("ca.pem"), LAMPWIRE_CERT: file("lamp.der"), LAMPWIRE_KEY: file("lamp.key") };
	let plain: Firmware;

	for (const [platform, native] of [
		["esp32", "esp_fill_random"],
		["esp32/esp32c3", "esp_fill_random"],
		["pico/pico_w", "get_rand_32"],
	] as const)
		test(`-p ${platform}: every module links and preloads, and the image holds the CA`, async (t) => {
			plain ??= await buildFirmware("esp32", words);
			const firmware = await buildFirmware(platform, ["./hosts/board/tls/manifest.json", ...words], env);
			for (const name of [...ours, ...replaced, ...kept]) assert.equal(firmware.modules.get(name), 0, `${name}: preloaded?`);
			assert.ok(firmware.resources.includes("lampwire_ca.pem"), firmware.resources.join(", "));
			assert.ok(firmware.ffi.includes(native), native);
			if (platform !== "esp32") return;
			for (const name of [...ours, ...replaced, ...kept])
				assert.ok(!plain.modules.has(name) || plain.modules.get(name) === undefined, name);
			t.diagnostic(
				`flash: ${firmware.bytecode - plain.bytecode} bytes of bytecode, ${16 * (firmware.slots - plain.slots)} bytes of preloaded slots more`,
			);
			const own = ours.reduce((sum, name) => sum + (firmware.compiled.get(name) as number), 0);
			t.diagnostic(`of it ours, before stripping: ${own} bytes of bytecode`);
			t.diagnostic(`RAM: ${4 * (firmware.aliases - plain.aliases)} bytes for what can change of what is preloaded`);
			for (const line of firmware.lines.filter((one) => /tls|ssl|rng/.test(one) && one.startsWith("###"))) t.diagnostic(line);
		});

	// What checks an image's signature needs the module `rng` as well, and the SDK's own has a short seed.
	test("with updates: of the two there is one generator of random numbers, the host's", async () => {
		const both = ["update", "tls"].map((name) => path.join(root, "hosts/board", name, "manifest.json"));
		writeFileSync(file("manifest.json"), JSON.stringify({ include: both }));
		const update = ["setup_password=12345678", `update_key=${"ab".repeat(64)}`];
		const firmware = await buildFirmware("esp32", [file("manifest.json"), ...words, ...update], env);
		for (const name of [...ours, ...replaced, ...kept]) assert.equal(firmware.modules.get(name), 0, `${name}: preloaded?`);
		assert.ok(firmware.modules.has("hosts/board/update/slot"));
		assert.match(firmware.partitions, /^ota_1, app, ota_1, /m);
		assert.ok(firmware.ffi.includes("esp_fill_random"));
		assert.ok(!firmware.natives.has("xs_rng_get"));
	});

	test("with a certificate of its own", async () => {
		const manifests = ["./hosts/board/tls/client/manifest.json"];
		const firmware = await buildFirmware("esp32", [...manifests, ...words], env);
		for (const name of ["lampwire_ca.pem", "lampwire_cert.der", "lampwire_key.key"])
			assert.ok(firmware.resources.includes(name), `${name}: ${firmware.resources.join(", ")}`);
	});

	test("without LAMPWIRE_CA the build stops, and says what is missing", async () => {
		await assert.rejects(
			buildFirmware("esp32", ["./hosts/board/tls/manifest.json", ...words], { LAMPWIRE_CA: undefined }),
			/LAMPWIRE_CA|directory not found/,
		);
	});
});
