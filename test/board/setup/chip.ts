// A chip with two slots for firmware, as ESP-IDF 6.0 has it: esp_ota_ops.c and bootloader_utility.c, with roll-back on. What they do not look at, this
// does not: `esp_ota_begin` asks for the state of the firmware that runs, and for nothing else; no write changes a state.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { identityOf, versionOf } from "../../../hosts/board/update/image.js";
import { type UpdateOptions, updateRoute } from "../../../hosts/board/update/route.js";
import { beginTrial } from "../../../hosts/board/update/trial.js";
import { Clock } from "../../light/world.js";
import { Flash, PowerCut } from "./world.js";

/** Bytes. What a slot says of itself is a little less, so that a test can be too large. */
export const slot_bytes = 5_000;
const sector_bytes = 1_024;
export const c3 = 5;

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

/**
 * What esptool makes, as far as it is looked at: with the hash of itself at its end, as anybody can make it. `build` tells firmware from firmware.
 */
export function image(build: number, { chip = c3, length = 3_000, first = 0xe9, magic = 0xabcd5432, version = "1.0.0" } = {}): Buffer {
	const bytes = Buffer.alloc(length, build);
	bytes[0] = first;
	bytes.writeUInt16LE(chip, 12);
	bytes.writeUInt32LE(length, 20);
	bytes.writeUInt32LE(magic, 32);
	bytes.fill(0, 48, 80);
	bytes.write(version, 48);
	sha256(Buffer.from(String(build))).copy(bytes, 32 + 144);
	sha256(bytes.subarray(0, -32)).copy(bytes, length - 32);
	return bytes;
}
export const identity = (build: number) => identityOf(image(build));

/** `esp_image_verify`, and the bootloader: whole, with its hash. Neither knows of signatures. */
function imageIn(flash: Buffer): Buffer | undefined {
	const length = flash.readUInt32LE(20);
	if (flash[0] !== 0xe9 || length < 288 || length > flash.length) return undefined;
	const bytes = flash.subarray(0, length);
	return sha256(bytes.subarray(0, -32)).equals(bytes.subarray(-32)) ? bytes : undefined;
}

/** `esp_ota_img_states_t`. */
type State = "new" | "pending" | "valid" | "invalid" | "aborted";
interface Entry {
	seq: number;
	state: State;
}

/** What does not return: the program that runs is gone. */
class Reboot extends Error {}

export const ESP_FAIL = -1;
export const ESP_ERR_OTA_ROLLBACK_FAILED = 0x1504;

/** The power goes before the step that `left` counts down to. */
export class Chip {
	readonly slots = [Buffer.alloc(5 * sector_bytes, 0xff), Buffer.alloc(5 * sector_bytes, 0xff)];
	/** The partition `otadata`: which slot was chosen when, and what became of it. The first is as after the first start. */
	readonly chosen: (Entry | undefined)[] = [{ seq: 1, state: "valid" }, undefined];
	readonly store = new Flash();
	readonly log: string[] = [];
	running = 0;
	left = Number.POSITIVE_INFINITY;
	writes = 0;
	restarts = 0;
	/** Builds that have run, one for each start. */
	readonly ran: string[] = [];
	/** What `esp_ota_mark_app_valid_cancel_rollback` gives when its flash fails. */
	confirmFails = 0;
	readonly #verify: (digest: Uint8Array, signature: Uint8Array) => boolean;

	constructor(verify: (digest: Uint8Array, signature: Uint8Array) => boolean) {
		this.#verify = verify;
		image(1).copy(this.slots[0] as Buffer);
	}

	step(): void {
		if (this.left-- <= 0) throw new PowerCut();
	}

	content(slot: number): Buffer | undefined {
		return imageIn(this.slots[slot] as Buffer);
	}

	/** Of the entry that names `slot`. */
	state(slot = this.running): State | undefined {
		return this.chosen
			.filter((entry) => entry !== undefined && (entry.seq - 1) % 2 === slot)
			.sort((a, b) => (b as Entry).seq - (a as Entry).seq)[0]?.state;
	}

	#active(): Entry | undefined {
		let active: Entry | undefined;
		for (const entry of this.chosen)
			if (entry && entry.state !== "invalid" && entry.state !== "aborted" && !(active && active.seq > entry.seq)) active = entry;
		return active;
	}

	/** The bootloader. */
	boot(): void {
		for (const entry of this.chosen) if (entry?.state === "pending") entry.state = "aborted";
		const active = this.#active();
		let slot = active === undefined ? 0 : (active.seq - 1) % 2;
		if (active?.state === "new") active.state = "pending";
		// bootloader_utility_load_boot_image: what cannot be loaded is passed over
		if (this.content(slot) === undefined) slot = 1 - slot;
		assert.ok(this.content(slot), "a board without a firmware");
		this.running = slot;
		this.ran.push(this.build);
	}

	/** What runs. */
	get build(): string {
		return identityOf(this.content(this.running) as Buffer);
	}

	/** `esp_ota_begin`, and what follows it, as hosts/board/update/slot.ts calls them. */
	openSlot() {
		if (this.state() === "pending") throw new Error("begin failed");
		const slot = 1 - this.running;
		const flash = this.slots[slot] as Buffer;
		let at = 0;
		let open = true;
		return {
			size: slot_bytes,
			write: (bytes: Uint8Array) => {
				assert.ok(open, "written after its end");
				this.step();
				this.writes++;
				for (const byte of bytes) {
					if (at % sector_bytes === 0) flash.fill(0xff, at, at + sector_bytes);
					// a bit of flash that is not erased only falls
					flash[at] = (flash[at] as number) & byte;
					at++;
				}
			},
			complete: () => {
				assert.ok(open);
				if (imageIn(flash) === undefined) throw new Error("end failed");
				this.step();
				open = false;
				const active = this.#active();
				const next = active === undefined ? 0 : 1 - this.chosen.indexOf(active);
				let seq = slot + 1;
				while (seq < (active?.seq ?? 0)) seq += 2;
				this.chosen[next] = { seq, state: "new" };
			},
			close: () => {
				if (open && at > 0) flash.fill(0xff, 0, sector_bytes);
				open = false;
			},
		};
	}

	get judge() {
		const head = this.content(this.running) as Buffer;
		return {
			chip: c3,
			running: identityOf(head),
			version: versionOf(head),
			digest() {
				const hash = createHash("sha256");
				return { write: (bytes: Uint8Array) => void hash.update(bytes), close: () => new Uint8Array(hash.digest()) };
			},
			verify: this.#verify,
		};
	}

	route(options: Partial<UpdateOptions> = {}) {
		return updateRoute({
			judge: this.judge,
			openSlot: () => this.openSlot(),
			announce: (name) => this.write("update", name),
			log: (line) => this.log.push(line),
			restart: () => this.restarts++,
			...options,
		});
	}

	write(key: string, value: string): void {
		this.step();
		this.store.write(key, value);
	}

	/** `esp_ota_mark_app_valid_cancel_rollback`: what was chosen last, which need not be what runs. */
	confirm(): number {
		if (this.confirmFails !== 0) return this.confirmFails;
		const active = this.#active();
		if (active === undefined) return ESP_FAIL;
		this.step();
		active.state = "valid";
		return 0;
	}

	/** `esp_ota_mark_app_invalid_rollback_and_reboot`: returns when it cannot. */
	goBack(): number {
		const active = this.#active();
		if (active === undefined) return ESP_FAIL;
		if (this.content(1 - this.running) === undefined) return ESP_ERR_OTA_ROLLBACK_FAILED;
		this.step();
		active.state = "invalid";
		return this.restart();
	}

	restart(): never {
		this.restarts++;
		this.boot();
		throw new Reboot();
	}

	/** The program starts. Returns what winds its clock, until it restarts. */
	start(online: () => boolean): Clock {
		const clock = new Clock();
		const run = clock.run.bind(clock);
		clock.run = (ms) => {
			try {
				run(ms);
			} catch (error) {
				if (!(error instanceof Reboot)) throw error;
			}
		};
		beginTrial({
			store: { read: (key: string) => this.store.read(key), write: (key, value) => this.write(key, value) },
			trials: { identity: this.build, pending: this.state() === "pending", confirm: () => this.confirm(), goBack: () => this.goBack() },
			time: clock,
			online,
			log: (line) => this.log.push(line),
			restart: () => this.restart(),
		});
		return clock;
	}
}
