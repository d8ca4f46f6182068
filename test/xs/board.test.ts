// The firmware for the ESP32, its kin and the Pico W, without a board and without its toolchain: does everything compile and link?
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { root, run } from "../../hosts/sim/sdk.mjs";
import { onBoards, sourcesIn } from "../board/modules.js";
import { buildFirmware, type Firmware, firmwareConfig } from "./firmware.js";
import { sdk, skip } from "./needs.js";

/** Updates are built in by a manifest of their own (board-update.test.ts). */
const sources = [...sourcesIn("src"), ...sourcesIn("hosts/board").filter((name) => !/^hosts\/board\/(update|pico|terse)\//.test(name))];
/** They hold what changes or touches hardware, and so run at start. */
const notPreloaded = ["hosts/board/index", "hosts/board/main", "hosts/board/setup/main"];

/** The SDK's access point is not implemented on a Pico: there is no setup page. */
const noPico = (name: string) => name.startsWith("hosts/board/setup/");

const words = ["role=lamp", "ssid=home", "password=secret", "broker=192.168.1.10"];

/** `-p` → chip, pins. */
const boards = {
	esp32: { chip: "esp32", knob: 34, led: 13 },
	"esp32/esp32s3": { chip: "esp32s3", knob: 1, led: 5 },
	"esp32/esp32c3": { chip: "esp32c3", knob: 3, led: 4 },
	"esp32/esp32c6": { chip: "esp32c6", knob: 2, led: 10 },
	"pico/pico_w": { chip: "pico_w", knob: 26, led: 15 },
};

describe("esp32", { skip: skip("make", "git") }, () => {
	for (const [platform, pins] of Object.entries(boards))
		test(`-p ${platform}: every module compiles, links and preloads`, async (t) => {
			const firmware = await buildFirmware(platform, words);
			const left = (name: string) => !onBoards(name) || (platform.startsWith("pico") && noPico(name));
			for (const name of sources.filter((source) => !left(source))) {
				assert.ok(firmware.compiled.has(name), `${name} was not compiled`);
				assert.ok(firmware.modules.has(name), `${name} was not linked`);
				assert.equal(firmware.modules.get(name) === 0, !notPreloaded.includes(name), `${name}: preloaded?`);
			}
			assert.ok(!firmware.modules.has("setup/network"), "the SDK's network setup would start Wi-Fi before the LED is dark");
			const components = platform.startsWith("esp32") ? ["esp_adc", "esp_driver_ledc", "esp_wifi"] : [];
			for (const component of components) assert.ok(firmware.components.includes(component), component);
			// the parts of the SDK that make a board out of a chip
			for (const native of ["xs_wifi419_connect", "xs_tcp_write", "xs_analog_read_", "xs_pwm_write_", "xs_net_resolve"])
				assert.ok(firmware.natives.has(native), native);
			// what the SDK has no word for comes through its FFI; a Pico does without
			assert.equal(firmware.modules.has("mc/ffi"), platform.startsWith("esp32"));
			// all the channels that LEDC has; the SDK's default leaves 4, and 2 on the C3 and C6
			if (platform.startsWith("esp32"))
				assert.match(firmware.defines, /MODDEF_PWM_LEDC_CHANNEL \(0\)\n#define MODDEF_PWM_LEDC_CHANNEL_MAP 0xFF/);
			const { chip, knob, led, ssid, password, broker } = firmware.config;
			assert.deepEqual({ chip, knob, led }, pins);
			assert.deepEqual([ssid, password, broker], ["home", "secret", "192.168.1.10"]);

			const built = sources.filter((name) => firmware.compiled.has(name));
			const own = built.reduce((sum, name) => sum + (firmware.compiled.get(name) as number), 0);
			const { chunk, heap, stack } = firmware.creation;
			t.diagnostic(
				`${platform}: flash: ${firmware.bytecode} bytes of bytecode, ${firmware.slots} preloaded slots (${firmware.slots * 16} bytes)`,
			);
			t.diagnostic(`${platform}: of it ours, before stripping: ${own} bytes of bytecode in ${built.length} modules`);
			t.diagnostic(
				`${platform}: RAM: ${chunk} bytes of chunks, ${heap} slots (${heap * 16} bytes), stack ${stack} slots (${stack * 16} bytes)`,
			);
			// What keeps an object from being shared in flash: it gets a shadow in RAM where it could change.
			if (platform === "esp32") for (const line of firmware.lines) if (line.startsWith("###")) t.diagnostic(line.slice(4));
		});

	test("with hosts/board/terse/manifest.json: numbers in the place of the client's sentences", async (t) => {
		const terse = await buildFirmware("esp32", ["./hosts/board/terse/manifest.json", ...words]);
		const full = await buildFirmware("esp32", words);
		const size = (firmware: Firmware) => firmware.bytecode + 16 * firmware.slots;
		t.diagnostic(`${size(full) - size(terse)} bytes less flash`);
		assert.ok(size(terse) < size(full));
		assert.ok((terse.compiled.get("src/mqtt/packets/sentences") ?? 0) < (full.compiled.get("src/mqtt/packets/sentences") ?? 0) / 3);
	});

	test("a word on the mcconfig line goes before the manifest", async () => {
		const config = await firmwareConfig("esp32", [...words, "led=27", "topic=home/desk/light", "port=1884"]);
		assert.deepEqual([config.led, config.topic, config.port], ["27", "home/desk/light", "1884"]);
		const several = await firmwareConfig("esp32", [...words, "leds=12,13,14", "status_led=2", "status_active=low"]);
		assert.deepEqual([several.leds, several.status_led, several.status_active], ["12,13,14", "2", "low"]);
	});

	test("other boards: their chip where it is known; where not, none is assumed, and the board says so when it starts", async () => {
		for (const [platform, chip, status_led] of [
			["esp32/esp32c3_cdc", "esp32c3", ""],
			["esp32/nodemcu", "esp32", 2],
			["esp32/xiao_esp32c3", "", ""],
			["pico/pico_w", "pico_w", 32],
		] as const) {
			const config = await firmwareConfig(platform, words);
			assert.deepEqual([config.chip, config.status_led], [chip, status_led], platform);
		}
		for (const [platform, sentence] of [
			["pico", /of the Picos it builds for pico\/pico_w/],
			["nrf52", /lampwire builds for esp32, for pico\/pico_w and for the simulator/],
		] as const)
			await assert.rejects(firmwareConfig(platform, words), sentence);
	});
});

describe("types", { skip: skip() }, () => {
	for (const host of ["board", "sim"])
		test(`hosts/${host} keeps to the SDK's own typings`, async () => {
			const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-types-"));
			const base = path.join(root, "hosts", host, "tsconfig.json");
			const { files } = JSON.parse(readFileSync(base, "utf8"));
			const typings = files.map((name: string) => name.replace("../../node_modules/@moddable/typings", path.join(sdk.path, "typings")));
			const own = ["xs/includes/xs.d.ts", "typings/embedded_network/interface/wifi.d.ts", "typings/embedded/storage/key-value.d.ts"].map(
				(name) => path.join(sdk.path, name),
			);
			const config = {
				extends: base,
				compilerOptions: { lib: ["es2025"], target: "es2025", rootDir: "/" },
				include: [
					path.join(root, "hosts", host, "*.ts"),
					path.join(root, "hosts/xs/tls/sdk.d.ts"),
					path.join(root, "hosts/board/update/typings.d.ts"),
				],
				exclude: [path.join(root, "hosts", host, "typings.d.ts")],
				files: [...typings.filter((name: string) => !name.endsWith("/xs.d.ts")), ...own],
			};
			try {
				writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(config));
				await run("tsc", ["--noEmit", "-p", folder], { env: sdk.env });
			} finally {
				rmSync(folder, { recursive: true });
			}
		});
});
