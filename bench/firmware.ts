// What a whole board weighs: the linked bytecode and the preloaded objects in flash, and what each role takes of the RAM at its start.
import { join } from "node:path";
import { findSDK } from "../hosts/sim/sdk.mjs";
import { buffersMade } from "../test/world/buffers.js";
import { bundle, Engine, installEngine } from "../test/xs/engine.js";
import { buildFirmware } from "../test/xs/firmware.js";
import { take } from "../test/xs/role-ram.js";

const roles = ["dimmer", "lamp"] as const;
/** A slot of XS on a 32-bit chip. */
const slot_bytes = 16;
/** Modules that one role uses and the other does not. One image serves both: `role=` is read when the board starts. */
const alone = {
	dimmer: [
		"src/light/dimmer/dimmer",
		"src/light/dimmer/calibration",
		"src/light/dimmer/ownership",
		"src/light/dimmer/knob",
		"src/light/dimmer/pace",
		"hosts/board/knob",
	],
	lamp: ["src/light/lamp/lamp", "src/light/lamp/kept-level", "src/light/lamp/curve", "src/light/lamp/fade", "hosts/board/led"],
};
const words = ["role=lamp", "ssid=home", "password=secret12", "broker=192.168.1.10"];
const grouped = (bytes: number) => Math.round(bytes).toLocaleString("en").padStart(8);

async function flash(): Promise<void> {
	const sdk = findSDK();
	if ("problem" in sdk) return console.log(`size: firmware: skipped: ${sdk.problem}`);
	console.log("\nFirmware, release, linked: bytes of flash   bytecode  preloaded");
	for (const platform of ["esp32", "esp32/esp32s3", "esp32/esp32c3", "esp32/esp32c6", "pico/pico_w"]) {
		const { bytecode, slots, compiled } = await buildFirmware(platform, words);
		console.log(`  -p ${platform.padEnd(37)} ${grouped(bytecode)}   ${grouped(slots * slot_bytes)}`);
		if (platform !== "esp32") continue;
		for (const role of roles) {
			const own = alone[role].reduce((sum, name) => sum + (compiled.get(name) ?? Number.NaN), 0);
			console.log(`    of it for the ${role} alone, before linking`.padEnd(43) + grouped(own));
		}
	}
}

async function memory(): Promise<void> {
	const missing = installEngine();
	if (missing !== undefined) return console.log(`size: memory: skipped: ${missing}`);
	const engine = new Engine();
	try {
		await engine.evaluate(await bundle(join(import.meta.dirname, "../test/xs/role-ram.ts")));
		const settled = async () => {
			await engine.evaluate("gc()");
			return (await engine.evaluate("gc()")).slots;
		};
		console.log("\nRAM that a role takes at its start          slots    bytes  buffers");
		for (const role of roles) {
			await engine.evaluate(`${role}(2)`);
			const before = await settled();
			await engine.evaluate(`${role}(10)`);
			const slots = Math.round(((await settled()) - before) / 10);
			const buffers = buffersMade(() => take[role](1)).reduce((sum, bytes) => sum + bytes, 0);
			console.log(`  ${role.padEnd(40)} ${String(slots).padStart(6)} ${grouped(slots * slot_bytes)} ${grouped(buffers)}`);
		}
		const { slots, steps } = await engine.cost("info", 100);
		console.log(`  and once a minute, for light/<id>/info: ${slots} slots, ${Math.round(steps)} steps`);
	} finally {
		engine.close();
	}
}

/** Prints both. */
export async function firmware(): Promise<void> {
	await flash();
	await memory();
}
