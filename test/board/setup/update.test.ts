// A new firmware through the air: what is refused, what a power cut leaves, and who goes back. The chip is a model: two slots, ESP-IDF's OTA and its
// bootloader with roll-back ("Over The Air Updates", states of an app), and the key is real.
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes, verify } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ImageWriter, identityOf, trailer_bytes } from "../../../hosts/board/update/image.js";
import { updateRoute } from "../../../hosts/board/update/route.js";
import { beginTrial, trial_ms } from "../../../hosts/board/update/trial.js";
import { Clock } from "../../light/world.js";
import { Board, Flash, good, PowerCut } from "./world.js";

// Not by a constant: it is no TypeScript.
const { signImage } = await import(`../../../hosts/board/update/${"sign.mjs"}`);

const slot_bytes = 5_000;
const ours = generateKeyPairSync("ec", { namedCurve: "P-256" });
const theirs = generateKeyPairSync("ec", { namedCurve: "P-256" });
const c3 = 5;

/** What esptool makes, as far as it is looked at. */
function image(version: number, { chip = c3, length = 3_000, first = 0xe9, magic = 0xabcd5432 } = {}): Buffer {
	const bytes = Buffer.alloc(length, version);
	bytes[0] = first;
	bytes.writeUInt16LE(chip, 12);
	bytes.writeUInt32LE(magic, 32);
	createHash("sha256")
		.update(String(version))
		.digest()
		.copy(bytes, 32 + 144);
	return bytes;
}
const identity = (version: number) => identityOf(image(version));

type State = "valid" | "new" | "pending" | "bad";

/** Two slots and what the bootloader notes about them. The power goes before the step that `left` counts down to. */
class Chip {
	readonly slots: { content: Buffer; state: State }[] = [
		{ content: image(1), state: "valid" },
		{ content: Buffer.alloc(0), state: "bad" },
	];
	readonly store = new Flash();
	running = 0;
	left = Number.POSITIVE_INFINITY;
	erased = 0;
	restarts = 0;
	#next = 0;

	step(): void {
		if (this.left-- <= 0) throw new PowerCut();
	}

	/** The bootloader: what is on trial and comes here again has failed it. */
	boot(): void {
		const chosen = this.slots[this.#next];
		if (chosen.state === "pending" || chosen.state === "bad") {
			chosen.state = "bad";
			this.#next = 1 - this.#next;
		} else if (chosen.state === "new") chosen.state = "pending";
		this.running = this.#next;
		assert.notEqual(this.slots[this.running].state, "bad", "a board without a firmware");
	}

	get version(): string {
		return identityOf(this.slots[this.running].content);
	}

	openSlot() {
		assert.notEqual(this.slots[this.running].state, "pending", "ESP-IDF: ESP_ERR_OTA_ROLLBACK_INVALID_STATE");
		const target = this.slots[1 - this.running];
		const parts: Uint8Array[] = [];
		let open = true;
		return {
			size: slot_bytes,
			write: (bytes: Uint8Array) => {
				assert.ok(open);
				this.step();
				this.erased++;
				target.state = "bad";
				parts.push(bytes.slice());
				target.content = Buffer.concat(parts);
				assert.ok(target.content.length <= slot_bytes);
			},
			complete: () => {
				assert.ok(open);
				open = false;
				this.step();
				target.state = "new";
				this.#next = 1 - this.running;
			},
			close: () => {
				open = false;
			},
		};
	}

	get judge() {
		return {
			chip: c3,
			running: this.version,
			digest() {
				const hash = createHash("sha256");
				return { write: (bytes: Uint8Array) => void hash.update(bytes), close: () => new Uint8Array(hash.digest()) };
			},
			verify: (digest: Uint8Array, signature: Uint8Array) => verifyDigest(digest, signature),
		};
	}

	route() {
		return updateRoute({
			judge: this.judge,
			openSlot: () => this.openSlot(),
			announce: (name) => {
				this.step();
				this.store.write("update", name);
			},
			log() {},
			restart: () => this.restarts++,
		});
	}

	/** The program starts. Returns what winds its clock. */
	start(online: () => boolean): Clock {
		const clock = new Clock();
		const trials = {
			identity: this.version,
			confirm: () => {
				this.step();
				this.slots[this.running].state = "valid";
			},
			goBack: () => {
				this.slots[this.running].state = "bad";
				this.boot();
				this.restarts++;
			},
		};
		const store = {
			read: (key: string) => this.store.read(key),
			write: (key: string, value: string) => {
				this.step();
				this.store.write(key, value);
			},
		};
		beginTrial({ store, trials, time: clock, online, log() {} });
		return clock;
	}
}

/** Node verifies messages, not digests: so the digest of the tests is found again by its image. */
const digests = new Map<string, Buffer>();
function verifyDigest(digest: Uint8Array, signature: Uint8Array): boolean {
	const signed = digests.get(Buffer.from(digest).toString("hex"));
	return signed !== undefined && verify("sha256", signed, { key: ours.publicKey, dsaEncoding: "ieee-p1363" }, signature);
}
function sign(bytes: Buffer, key = ours.privateKey): Buffer {
	digests.set(createHash("sha256").update(bytes).digest("hex"), bytes);
	return signImage(bytes, key);
}

/** Sends `bytes` in pieces of `size`; the sentence of the refusal, or undefined. */
function send(chip: Chip, bytes: Uint8Array, size = 700, length = bytes.length): string | undefined {
	try {
		const writer = new ImageWriter(length, chip.openSlot(), chip.judge);
		for (let at = 0; at < bytes.length; at += size) writer.take(bytes.subarray(at, at + size));
		writer.end((name) => chip.store.write("update", name));
		return undefined;
	} catch (error) {
		if (error instanceof PowerCut) throw error;
		return (error as Error).message;
	}
}

describe("an image", () => {
	test("signed, for this chip and whole: taken, in any pieces", () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 4_000 }), fc.integer({ min: 288, max: slot_bytes }), (size, length) => {
				const chip = new Chip();
				assert.equal(send(chip, sign(image(2, { length })), size), undefined);
				assert.deepEqual(chip.slots[1].content, image(2, { length }));
				assert.equal(chip.slots[1].state, "new");
			}),
			{ numRuns: 60 },
		);
	});

	const signed = sign(image(2));
	const flipped = (at: number) => {
		const copy = Buffer.from(signed);
		copy[at] ^= 1;
		return copy;
	};
	for (const [why, bytes, expected, erases] of [
		["no image at all", sign(Buffer.from(`<html>${"x".repeat(500)}`)), /^this is no firmware image$/, false],
		["of another chip", sign(image(2, { chip: 9 })), /^this image is for another chip \(9; this one is 5\)$/, false],
		["a bootloader", sign(image(2, { magic: 0 })), /^this image holds no application$/, false],
		["too short", Buffer.alloc(100, 0xe9), /^this is no signed firmware image$/, false],
		["empty", Buffer.alloc(0), /^this is no signed firmware image$/, false],
		["too large for the slot", sign(image(2, { length: slot_bytes + 1 })), /^this image has 5001 bytes; 5000 fit$/, false],
		["the one that runs", sign(image(1)), /^this firmware runs already$/, false],
		["not signed", image(2), /^this image is not signed$/, true],
		["signed by another key", sign(image(2), theirs.privateKey), /^its signature is not that of this board's key$/, true],
		["a signature of zeros", Buffer.concat([signed.subarray(0, -64), Buffer.alloc(64)]), /^its signature is not/, true],
		["one bit of it changed", flipped(1_500), /^its signature is not/, true],
		["one bit of its signature changed", flipped(signed.length - 1), /^its signature is not/, true],
		["the signature of another image", Buffer.concat([image(3), signed.subarray(-trailer_bytes)]), /^its signature is not/, true],
	] as const)
		test(`refused: ${why}`, () => {
			for (const size of [1, 64, 10_000]) {
				const chip = new Chip();
				assert.match(send(chip, bytes, size) ?? "taken", expected);
				assert.equal(chip.erased > 0, erases);
				assert.notEqual(chip.slots[1].state, "new");
				assert.equal(chip.store.writes, 0);
				chip.boot();
				assert.equal(chip.version, identity(1));
			}
		});

	test("refused: cut off, or longer than was said", () => {
		for (let cut = 1; cut < signed.length; cut += 37)
			assert.equal(send(new Chip(), signed.subarray(0, -cut), 700, signed.length), "the image is cut off");
		assert.equal(send(new Chip(), Buffer.concat([signed, Buffer.alloc(1)]), 700, signed.length), "the image is longer than was said");
	});

	test("any bytes: refused, whatever they are", () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 1_000 }), (length) => {
				assert.notEqual(send(new Chip(), randomBytes(length)), undefined);
			}),
		);
	});

	test("a flash that fails is said, and nothing starts", () => {
		const chip = new Chip();
		const slot = chip.openSlot();
		const broken = {
			...slot,
			write() {
				throw new Error("write failed");
			},
		};
		const writer = new ImageWriter(signed.length, broken, chip.judge);
		assert.throws(() => writer.take(signed), { message: "write failed" });
		assert.throws(() => writer.take(signed), { message: "the update has ended" });
		assert.throws(() => writer.end(() => {}), { message: "the update has ended" });
	});
});

describe("a trial", () => {
	const updated = () => {
		const chip = new Chip();
		send(chip, sign(image(2)));
		chip.boot();
		return chip;
	};

	test("the broker is reached: confirmed, and it stays over restarts", () => {
		const chip = updated();
		assert.equal(chip.version, identity(2));
		let online = false;
		const clock = chip.start(() => online);
		clock.run(60_000);
		assert.equal(chip.slots[1].state, "pending");
		online = true;
		clock.run(5_000);
		assert.equal(chip.slots[1].state, "valid");
		assert.equal(clock.waiting, 0, "and nothing of it remains");
		for (let i = 0; i < 3; i++) {
			chip.boot();
			chip.start(() => false).run(10 * trial_ms);
			assert.equal(chip.version, identity(2), "a broker that is away later is no reason to go back");
		}
		assert.equal(chip.restarts, 0);
	});

	test("the broker is not reached: back to what worked, once", () => {
		const chip = updated();
		chip.start(() => false).run(trial_ms - 1);
		assert.equal(chip.version, identity(2));
		chip.boot();
		assert.equal(chip.version, identity(1), "a restart in between: the bootloader goes back");
		const again = updated();
		again.start(() => false).run(trial_ms + 5_000);
		assert.deepEqual([again.version, again.restarts], [identity(1), 1]);
		again.start(() => false).run(10 * trial_ms);
		assert.deepEqual([again.version, again.restarts, again.store.read("update")], [identity(1), 1, ""]);
	});

	test("a power cut at any step: a firmware that works runs, and in the end the board knows which", () => {
		const life = (chip: Chip) => {
			const route = chip.route();
			const head = { method: "PUT", path: "/update", host: "", origin: undefined, type: "", length: 0 };
			const bytes = sign(image(2));
			const body = route({ ...head, length: bytes.length });
			assert.ok(!("answer" in body));
			for (let at = 0; at < bytes.length; at += 700) body.take(bytes.subarray(at, at + 700));
			body.end();
			chip.boot();
			chip.start(() => true).run(trial_ms);
		};
		const whole = new Chip();
		life(whole);
		assert.equal(whole.version, identity(2));
		assert.equal(whole.slots[1].state, "valid");
		const outcomes = new Set<string>();
		const steps = 10;
		for (let left = 0; left <= steps; left++) {
			const chip = new Chip();
			chip.left = left;
			try {
				life(chip);
			} catch (error) {
				assert.ok(error instanceof PowerCut);
			}
			chip.left = Number.POSITIVE_INFINITY;
			for (let i = 0; i < 3; i++) {
				chip.boot();
				chip.start(() => true).run(trial_ms);
			}
			assert.equal(chip.slots[chip.running].state, "valid", `cut at ${left}`);
			assert.equal(chip.store.read("update") ?? "", "", `cut at ${left}`);
			outcomes.add(chip.version);
		}
		assert.deepEqual(outcomes, new Set([identity(1), identity(2)]));
	});
});

describe("on the setup page", () => {
	const put = (board: Board, bytes: Buffer, headers: Record<string, string> = {}) => {
		const all = { Host: "192.168.4.1", Origin: "http://192.168.4.1", "Content-Length": String(bytes.length), ...headers };
		const request = board.portal.request();
		const head = `PUT /update HTTP/1.1\r\n${Object.entries(all)
			.map(([name, value]) => `${name}: ${value}\r\n`)
			.join("")}\r\n`;
		const answer = request.take(Buffer.from(head)) ?? request.take(bytes);
		return { text: new TextDecoder().decode(answer?.bytes), whenSent: answer?.whenSent };
	};

	test("taken, announced, and restarted when the answer is out", () => {
		const chip = new Chip();
		const board = new Board({ update: chip.route() });
		board.saved.save(good);
		assert.match(board.get().body, /id="image" type="file"/);
		const { text, whenSent } = put(board, sign(image(2)));
		assert.match(text, /^HTTP\/1\.1 200 OK/);
		assert.ok(text.includes(identity(2)));
		assert.equal(chip.store.read("update"), identity(2));
		assert.equal(chip.restarts, 0);
		whenSent?.();
		assert.equal(chip.restarts, 1);
	});

	test("refused with a sentence, and no restart", () => {
		const chip = new Chip();
		const board = new Board({ update: chip.route() });
		board.saved.save(good);
		const { text, whenSent } = put(board, image(2));
		assert.match(text, /^HTTP\/1\.1 422 [\s\S]*Refused, and nothing has changed: this image is not signed\.\n$/);
		assert.equal(whenSent, undefined);
	});

	test("nobody but the page itself, nothing without settings, and nothing where it is not built in", () => {
		const chip = new Chip();
		const board = new Board({ update: chip.route() });
		assert.match(put(board, sign(image(2))).text, /^HTTP\/1\.1 409 /);
		assert.doesNotMatch(board.get().body, /id="image"/);
		board.saved.save(good);
		assert.match(put(board, sign(image(2)), { Origin: "https://evil.example" }).text, /^HTTP\/1\.1 403 /);
		assert.match(put(board, sign(image(2)), { Host: "evil.example" }).text, /^HTTP\/1\.1 403 /);
		assert.equal(chip.erased, 0);
		const without = new Board();
		without.saved.save(good);
		assert.match(put(without, sign(image(2))).text, /^HTTP\/1\.1 405 /);
		assert.doesNotMatch(without.get().body, /id="image"/);
	});

	test("a connection that ends in the middle leaves the slot to the next", () => {
		const chip = new Chip();
		const board = new Board({ update: chip.route() });
		board.saved.save(good);
		const bytes = sign(image(2));
		const request = board.portal.request();
		request.take(Buffer.from(`PUT /update HTTP/1.1\r\nHost: 192.168.4.1\r\nContent-Length: ${bytes.length}\r\n\r\n`));
		request.take(bytes.subarray(0, 1_000));
		assert.ok(request.welcome);
		request.abort();
		assert.match(put(board, bytes).text, /^HTTP\/1\.1 200 /);
	});
});
