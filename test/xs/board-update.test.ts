// The firmware with updates, for the ESP32 and its kin: does it compile and link, and does the flash have room for two? And the signature of an image
// on XS with the SDK's arithmetic, in mcsim: what Node signs is accepted, and nothing else.
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import path from "node:path";
import { describe, test } from "node:test";
import { Program } from "./dropin/program.js";
import { buildFirmware } from "./firmware.js";
import { skip } from "./needs.js";
import { Display } from "./simulator.js";

// Not by a constant: it is no TypeScript.
const { publicKey, signImage } = await import(`../../hosts/board/update/${"sign.mjs"}`);

const words = ["./hosts/board/update/manifest.json", "setup_password=12345678", `update_key=${"ab".repeat(64)}`];
const modules = ["image", "index", "route", "signature", "slot", "trial"].map((name) => `hosts/board/update/${name}`);

describe("firmware with updates", { skip: skip("make", "git") }, () => {
	// the two kinds of processor; what differs between their chips, esp32.test.ts looks at
	for (const platform of ["esp32", "esp32/esp32c3"])
		test(`-p ${platform}: every module links; two slots, and a bootloader that goes back`, async (t) => {
			const firmware = await buildFirmware(platform, words);
			for (const name of modules) assert.ok(firmware.modules.has(name), name);
			for (const name of ["mc/ffi", "embedded:update", "crypt", "ecdsa"]) assert.ok(firmware.modules.has(name), name);
			assert.match(firmware.partitions, /^ota_0, app, ota_0, /m);
			assert.match(firmware.partitions, /^ota_1, app, ota_1, /m);
			assert.match(firmware.partitions, /^otadata, data, ota, /m);
			assert.match(firmware.sdkconfig, /^CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE=y$/m);
			t.diagnostic(`${platform}: flash: ${firmware.bytecode} bytes of bytecode, ${firmware.slots} preloaded slots`);
		});

	test("without its manifest there is none of it: one slot, and no key", async () => {
		const firmware = await buildFirmware("esp32", ["setup_password=12345678"]);
		for (const name of [...modules, "embedded:update", "ecdsa"]) assert.ok(!firmware.modules.has(name), name);
		assert.match(firmware.partitions, /^factory, /m);
		assert.equal(firmware.config.update_key, undefined);
	});
});

test("a signature of Node's, on XS: valid, and no other", { skip: skip("Xvfb") }, async () => {
	const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
	const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
	const order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
	const images = Array.from({ length: 4 }, (_, i) => Buffer.from(`image ${i}`));
	const digest = (image: Buffer) => createHash("sha256").update(image).digest("hex");
	const signature = (image: Buffer, key = privateKey): string => signImage(image, key).subarray(-64).toString("hex");
	const [first, second] = images as [Buffer, Buffer];
	const good = signature(first);
	const last = good.slice(0, -2) + (Number.parseInt(good.slice(-2), 16) ^ 1).toString(16).padStart(2, "0");
	const cases: [string, string, boolean][] = [
		...images.map((image): [string, string, boolean] => [digest(image), signature(image), true]),
		[digest(second), good, false],
		[digest(first), last, false],
		[digest(first), signature(first, other), false],
		// out of range: zeros for which the SDK's class alone never answers, and multiples of the order
		[digest(first), "0".repeat(128), false],
		[digest(first), "0".repeat(64) + good.slice(64), false],
		[digest(first), good.slice(0, 64) + "0".repeat(64), false],
		[digest(first), order + order, false],
		[digest(first), good.slice(0, 64) + order, false],
		[digest(first), good.slice(0, 64), false],
	];
	const display = new Display();
	await display.open();
	const list = cases.map(([hash, text]) => `${hash}:${text}`).join(",");
	const program = new Program(path.join(import.meta.dirname, "signature/manifest.json"), "signature", "signature", [
		`key=${publicKey(privateKey)}`,
		`cases=${list}`,
	]);
	try {
		await program.start(display);
		await program.line("done");
		assert.deepEqual(
			program.lines.filter((line) => line === "true" || line === "false"),
			cases.map(([, , expected]) => String(expected)),
		);
		assert.deepEqual(program.exceptions, []);
	} finally {
		await program.stop();
		await display.close();
	}
});
