// The stores of the hosts on XS keep the contract, in Node: over a fake of the SDK's NVS class, and of its files. test/xs/sim.test.ts has the
// true files.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { keepEnds } from "../../src/light/dimmer/calibration.js";
import { KeptLevel } from "../../src/light/lamp/kept-level.js";
import { level_max } from "../../src/light/level/intensity.js";
import { fakeModules } from "../fake-modules.js";
import { storeContract } from "./contract/store.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lampwire-stores-"));
after(() => fs.rmSync(folder, { recursive: true, force: true }));
const world = globalThis as unknown as Record<string, unknown>;

/** As ESP-IDF's: a name has a type; what is asked for as another type throws. Keys of 15 bytes. */
class Nvs {
	static entries = new Map<string, number | string>();
	static writes = 0;
	static full = false;
	static damaged = false;
	/** Bytes of the longest text: ESP-IDF's NVS takes 4,000 with the NUL at its end. */
	static most = 3_999;
	#format = "buffer";
	get format() {
		return this.#format;
	}
	set format(format) {
		if (!["buffer", "string", "int32"].includes(format)) throw new RangeError("unsupported");
		this.#format = format;
	}
	#type(value: unknown) {
		return typeof value === "number" ? "int32" : "string";
	}
	read(key: string) {
		if (Nvs.damaged) throw new Error("ESP_ERR_NVS_CORRUPT_KEY_PART");
		const value = Nvs.entries.get(key);
		if (value !== undefined && this.#type(value) !== this.#format) throw new Error("ESP_ERR_NVS_TYPE_MISMATCH");
		return value;
	}
	write(key: string, value: number | string) {
		if (Nvs.full) throw new Error("ESP_ERR_NVS_NOT_ENOUGH_SPACE");
		if (!/^[a-z0-9_]{1,15}$/.test(key)) throw new Error("ESP_ERR_NVS_KEY_TOO_LONG");
		const before = Nvs.entries.get(key);
		if (before !== undefined && this.#type(before) !== this.#format) throw new Error("two types under one key");
		if (this.#type(value) !== this.#format) throw new TypeError(this.#format);
		if (typeof value === "string" && Buffer.byteLength(value) > Nvs.most) throw new Error("ESP_ERR_NVS_VALUE_TOO_LONG");
		Nvs.damaged = false;
		Nvs.entries.set(key, this.#format === "int32" ? (value as number) | 0 : value);
		Nvs.writes++;
	}
	delete(key: string) {
		Nvs.entries.delete(key);
	}
}
world.nvs = {
	open({ path: domain }: { path: string }) {
		assert.equal(domain, "lampwire");
		return new Nvs();
	},
};

/** As modules/files/file of the SDK for Linux: what is opened to be written keeps its tail. */
class SdkFile {
	readonly #fd: number;
	constructor(name: string, write = false) {
		this.#fd = fs.openSync(name, write ? (fs.existsSync(name) ? "r+" : "w+") : "r");
	}
	read(type: unknown) {
		assert.equal(type, String);
		const text = fs.readFileSync(this.#fd, "utf8");
		if (text === "") throw new Error("read past end of file");
		return text;
	}
	write(text: string) {
		fs.writeSync(this.#fd, text);
	}
	close() {
		fs.closeSync(this.#fd);
	}
	static exists = (name: string) => fs.existsSync(name);
	static delete = (name: string) => fs.rmSync(name);
	static rename(from: string, to: string) {
		assert.ok(!to.includes("/"));
		const target = path.join(path.dirname(from), to);
		if (windows && fs.existsSync(target)) return false;
		fs.renameSync(from, target);
		return true;
	}
}
let windows = false;
world.SdkFile = SdkFile;

fakeModules({ file: "export const File = globalThis.SdkFile", "embedded:storage/key-value": "export default globalThis.nvs" });
// Not by a constant: the root's tsconfig knows no XS.
const load = (name: string) => import(`../../hosts/${name}.js`);
const { FlashStore } = await load("board/store");
const { FileStore } = await load("sim/store");

for (const [name, text_max_bytes] of [
	["esp32", 3_999],
	["pico", 63],
] as const)
	storeContract({
		name,
		text_max_bytes,
		open() {
			Nvs.most = text_max_bytes;
			return new FlashStore();
		},
		writes: () => Nvs.writes,
		damage() {
			Nvs.damaged = true;
		},
		refuse() {
			Nvs.full = true;
			return () => {
				Nvs.full = false;
			};
		},
	});

test("pico: what the roles keep fits its flash: 63 bytes a value, 128 an entry (storage-flash.c)", () => {
	Nvs.entries.clear();
	const store = new FlashStore();
	const time = { now: () => 0, alarm: () => ({ set() {}, clear() {}, close() {} }) };
	const kept = new KeptLevel(store, time, () => {});
	kept.changed(level_max, level_max, 0);
	kept.close();
	keepEnds(store, { off: 0, full: 4095 });
	assert.deepEqual([...Nvs.entries.keys()], ["level", "knob_off", "knob_full"]);
	for (const [key, value] of Nvs.entries) {
		assert.equal(typeof value, "number", key);
		const format_bytes = 1;
		const int32_bytes = 4;
		assert.ok("lampwire".length + 1 + key.length + 1 + format_bytes + int32_bytes <= 128);
	}
});

for (const name of ["sim", "sim on Windows"]) {
	const state = `${path.join(folder, name)}/`;
	fs.mkdirSync(state);
	const file = `${state}lampwire-a.json`;
	storeContract({
		name,
		open() {
			windows = name !== "sim";
			return new FileStore(state, "a");
		},
		openOther: () => new FileStore(state, "b"),
		writes: () => fs.statSync(file).ino,
		damage: () => fs.writeFileSync(file, '{"level": 9'),
		refuse() {
			fs.mkdirSync(`${file}.new`);
			return () => fs.rmSync(`${file}.new`, { recursive: true, force: true });
		},
	});
}

test("sim: a folder that is not there is named", () => {
	assert.throws(() => new FileStore(`${folder}/nowhere/`, "a").write("level", 1), /^Error: store: .*nowhere/);
});
