// A new firmware through the air: what is refused, what a power cut leaves, and who goes back. The chip is a model (chip.ts), the key is real.
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ImageWriter, trailer_bytes } from "../../../hosts/board/update/image.js";
import { trial_ms } from "../../../hosts/board/update/trial.js";
import { version } from "../../../src/version.js";
import { Chip, ESP_FAIL, identity, image, slot_bytes } from "./chip.js";
import { Board, good, PowerCut } from "./world.js";

// Not by a constant: it is no TypeScript.
const { signImage } = await import(`../../../hosts/board/update/${"sign.mjs"}`);

const ours = generateKeyPairSync("ec", { namedCurve: "P-256" });
const theirs = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** Node verifies messages, not digests: so the digest of the tests is found again by its image. */
const digests = new Map<string, Buffer>();
const verifySignature = (digest: Uint8Array, signature: Uint8Array) => {
	const signed = digests.get(Buffer.from(digest).toString("hex"));
	return signed !== undefined && verify("sha256", signed, { key: ours.publicKey, dsaEncoding: "ieee-p1363" }, signature);
};
const makeChip = () => new Chip(verifySignature);

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
			fc.property(fc.integer({ min: 1, max: 4_000 }), fc.integer({ min: 320, max: slot_bytes }), (size, length) => {
				const chip = makeChip();
				assert.equal(send(chip, sign(image(2, { length })), size), undefined);
				assert.deepEqual(chip.content(1), image(2, { length }));
				assert.equal(chip.state(1), "new");
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
		[
			"older than what runs",
			sign(image(2, { version: "0.9.12" })),
			/^this image is older \(0\.9\.12\) than the firmware that runs \(1\.0\.0\)$/,
			false,
		],
		[
			"of no version",
			sign(image(2, { version: "dirty" })),
			/^this image's version, "dirty", cannot be compared with that of the firmware that runs \(1\.0\.0\)$/,
			false,
		],
		["one bit of it changed", flipped(1_500), /^its signature is not/, true],
		["one bit of its signature changed", flipped(signed.length - 1), /^its signature is not/, true],
		["the signature of another image", Buffer.concat([image(3), signed.subarray(-trailer_bytes)]), /^its signature is not/, true],
	] as const)
		test(`refused: ${why}`, () => {
			for (const size of [1, 64, 10_000]) {
				const chip = makeChip();
				assert.match(send(chip, bytes, size) ?? "taken", expected);
				assert.equal(chip.writes > 0, erases);
				assert.equal(chip.state(1), undefined);
				assert.equal(chip.content(1), undefined, "nor can it be started when the other slot breaks");
				assert.equal(chip.store.writes, 0);
				chip.boot();
				assert.equal(chip.build, identity(1));
			}
		});

	test("refused: cut off, or longer than was said", () => {
		for (let cut = 1; cut < signed.length; cut += 37)
			assert.equal(send(makeChip(), signed.subarray(0, -cut), 700, signed.length), "the image is cut off");
		assert.equal(send(makeChip(), Buffer.concat([signed, Buffer.alloc(1)]), 700, signed.length), "the image is longer than was said");
	});

	test("any bytes: refused, whatever they are", () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 1_000 }), (length) => {
				assert.notEqual(send(makeChip(), randomBytes(length)), undefined);
			}),
		);
	});

	test("a flash that fails is said, and nothing starts", () => {
		const chip = makeChip();
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

	test("versions: not older is what has the same or larger numbers", () => {
		for (const [version, taken] of [
			["1.0.0", true],
			["v1.0.0-3-gabc", true],
			["1.0.1", true],
			["1.10", true],
			["2", true],
			["1.0", true],
			["0.99.99", false],
			["0.10.0", false],
		] as const)
			assert.equal(send(makeChip(), sign(image(2, { version }))) === undefined, taken, version);
	});

	test("a firmware that runs without a version that could be compared takes any", () => {
		const chip = makeChip();
		image(1, { version: "8f4acd7" }).copy(chip.slots[0] as Buffer);
		assert.equal(send(chip, sign(image(2, { version: "0.0.1" }))), undefined);
	});
});

test("the version that ESP-IDF writes into an image is the project's", () => {
	const defaults = readFileSync(new URL("../../../hosts/board/update/sdkconfig/sdkconfig.defaults", import.meta.url), "utf8");
	assert.ok(defaults.includes(`CONFIG_APP_PROJECT_VER="${version}"`));
});

describe("a trial", () => {
	const updated = (build = 2) => {
		const chip = makeChip();
		send(chip, sign(image(build)));
		chip.boot();
		return chip;
	};

	test("the broker is reached: confirmed, and it stays over restarts", () => {
		const chip = updated();
		assert.equal(chip.build, identity(2));
		let online = false;
		const clock = chip.start(() => online);
		clock.run(60_000);
		assert.equal(chip.state(), "pending");
		online = true;
		clock.run(5_000);
		assert.equal(chip.state(), "valid");
		assert.equal(clock.waiting, 0, "and nothing of it remains");
		for (let i = 0; i < 3; i++) {
			chip.boot();
			chip.start(() => false).run(10 * trial_ms);
			assert.equal(chip.build, identity(2), "a broker that is away later is no reason to go back");
		}
		assert.equal(chip.restarts, 0);
	});

	test("the broker is not reached: back to what worked, once", () => {
		const chip = updated();
		chip.start(() => false).run(trial_ms - 1);
		assert.equal(chip.build, identity(2));
		chip.boot();
		assert.equal(chip.build, identity(1), "a restart in between: the bootloader goes back");
		const again = updated();
		again.start(() => false).run(trial_ms + 5_000);
		assert.deepEqual([again.build, again.restarts], [identity(1), 1]);
		again.start(() => false).run(10 * trial_ms);
		assert.deepEqual([again.build, again.restarts, again.store.read("update")], [identity(1), 1, ""]);
		assert.match(again.log.at(-1) ?? "", /has failed; this is the firmware before it/);
	});

	test("the note cannot be cleared: no exception, and a firmware that is confirmed stays, whatever the broker does", () => {
		const chip = updated();
		chip.store.left = 0;
		const clock = chip.start(() => true);
		clock.run(5_000);
		assert.equal(chip.state(), "valid");
		assert.ok(chip.log.some((line) => /confirmed/.test(line)));
		assert.ok(
			chip.log.some((line) => /^update: the note of it cannot be cleared: /.test(line)),
			chip.log.join("\n"),
		);
		for (let i = 0; i < 3; i++) {
			chip.boot();
			chip.start(() => false).run(10 * trial_ms);
			assert.deepEqual([chip.build, chip.restarts], [identity(2), 0]);
		}
		const back = updated();
		back.boot();
		back.store.left = 0;
		back.start(() => true).run(trial_ms);
		assert.deepEqual([back.build, back.restarts], [identity(1), 0]);
	});

	test("what cannot be confirmed is not called confirmed: it is tried again, and stays on trial", () => {
		const chip = updated();
		chip.confirmFails = ESP_FAIL;
		const clock = chip.start(() => true);
		clock.run(30_000);
		assert.ok(!chip.log.some((line) => /is confirmed/.test(line)), chip.log.join("\n"));
		assert.deepEqual(chip.log.filter((line) => /could not be confirmed \(-1\)/.test(line)).length, 1, "said once");
		assert.equal(chip.store.read("update"), identity(2));
		chip.confirmFails = 0;
		clock.run(5_000);
		assert.equal(chip.state(), "valid");
		assert.match(chip.log.at(-1) ?? "", /is confirmed/);
		const never = updated();
		never.confirmFails = ESP_FAIL;
		const wound = never.start(() => true);
		wound.run(10 * trial_ms);
		assert.deepEqual([never.build, never.restarts, wound.waiting], [identity(2), 0, 0], "it works: no reason to end it");
		never.boot();
		assert.equal(never.build, identity(1), "and the bootloader goes back");
	});

	test("going back fails: the board restarts all the same, once", () => {
		const chip = updated();
		(chip.slots[0] as Buffer).fill(0, 0, 100);
		chip.start(() => false).run(trial_ms + 5_000);
		assert.equal(chip.restarts, 1);
		assert.match(chip.log.at(-1) ?? "", /going back has failed \(5380\)/);
		assert.equal(chip.build, identity(2), "there is nothing to go back to");
		chip.start(() => false).run(10 * trial_ms);
		assert.equal(chip.restarts, 1, "and no restart loop");
	});

	test("a firmware on trial without a note is on trial", () => {
		const chip = updated();
		chip.store.values.clear();
		chip.start(() => false).run(trial_ms + 5_000);
		assert.equal(chip.build, identity(1));
		const other = updated();
		other.store.values.clear();
		other.start(() => true).run(5_000);
		assert.equal(other.state(), "valid");
	});

	test("a power cut at any step, and one more after it: a firmware that works runs, and the board knows which has failed", () => {
		const life = (chip: Chip) => {
			const route = chip.route();
			const bytes = sign(image(2));
			const body = route({ method: "PUT", path: "/update", host: "", origin: undefined, type: "", length: bytes.length, older: false });
			assert.ok(!("answer" in body));
			for (let at = 0; at < bytes.length; at += 700) body.take(bytes.subarray(at, at + 700));
			body.end();
			chip.boot();
			chip.start(() => true).run(trial_ms);
		};
		const cutAt = (chip: Chip, left: number, body: () => void): void => {
			chip.left = left;
			try {
				body();
			} catch (error) {
				assert.ok(error instanceof PowerCut);
			}
			chip.left = Number.POSITIVE_INFINITY;
		};
		const whole = makeChip();
		life(whole);
		assert.equal(whole.build, identity(2));
		assert.equal(whole.state(), "valid");
		const outcomes = new Set<string>();
		for (let first = 0; first <= 12; first++)
			for (let second = 0; second <= 4; second++) {
				const chip = makeChip();
				cutAt(chip, first, () => life(chip));
				cutAt(chip, second, () => {
					chip.boot();
					// the broker is away, until the power is
					chip.start(() => second > 1).run(60_000);
				});
				for (let i = 0; i < 3; i++) {
					chip.boot();
					chip.start(() => true).run(trial_ms);
				}
				const where = `cut at ${first} and ${second}`;
				assert.equal(chip.state(), "valid", where);
				assert.equal(chip.store.read("update") ?? "", "", where);
				if (chip.build === identity(1) && chip.ran.includes(identity(2)))
					assert.ok(
						chip.log.some((line) => line.includes(`${identity(2)} has failed`)),
						where,
					);
				outcomes.add(chip.build);
			}
		assert.deepEqual(outcomes, new Set([identity(1), identity(2)]));
	});

	test("a storage that takes no note: refused, and what runs now runs on", () => {
		const chip = makeChip();
		chip.store.left = 0;
		const body = chip.route()({
			method: "PUT",
			path: "/update",
			host: "",
			origin: undefined,
			type: "",
			length: sign(image(2)).length,
			older: false,
		});
		assert.ok(!("answer" in body));
		body.take(sign(image(2)));
		assert.match(new TextDecoder().decode(body.end().bytes), /^HTTP\/1\.1 422 /);
		chip.boot();
		assert.equal(chip.build, identity(1));
	});
});

describe("on the setup page", () => {
	const host = "192.168.4.1";
	/** The head, and what then takes the body. */
	const begin = (board: Board, length: number, headers: Record<string, string> = {}, path = "/update") => {
		const all = { Host: host, Origin: `http://${host}`, "Content-Length": String(length), ...headers };
		const request = board.portal.request();
		const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
		const answer = request.take(Buffer.from(`PUT ${path} HTTP/1.1\r\n${lines.join("")}\r\n`));
		return { request, answer };
	};
	const put = (board: Board, bytes: Buffer, headers: Record<string, string> = {}, path?: string) => {
		const { request, answer = request.take(bytes) } = begin(board, bytes.length, headers, path);
		return { text: new TextDecoder().decode(answer?.bytes), whenSent: answer?.whenSent };
	};
	const setUp = () => {
		const chip = makeChip();
		const board = new Board({ update: chip.route() });
		board.saved.save(good);
		return { chip, board };
	};

	test("taken, announced, and restarted when the answer is out", () => {
		const { chip, board } = setUp();
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
		const { board } = setUp();
		const { text, whenSent } = put(board, image(2));
		assert.match(text, /^HTTP\/1\.1 422 [\s\S]*Refused, and nothing has changed: this image is not signed\.\n$/);
		assert.equal(whenSent, undefined);
	});

	test("after a valid image nothing more is taken: what boots is what was signed", () => {
		const { chip, board } = setUp();
		const open = begin(board, image(9).length + trailer_bytes);
		open.request.take(image(9).subarray(0, 1_000));
		assert.match(put(board, sign(image(2))).text, /^HTTP\/1\.1 200 /);
		const later = Buffer.concat([image(9), Buffer.alloc(trailer_bytes)]);
		for (let i = 0; i < 2; i++)
			assert.match(put(board, later).text, /^HTTP\/1\.1 409 [\s\S]*An update is in place; the board restarts\.\n$/);
		open.request.take(later.subarray(1_000));
		assert.deepEqual(chip.content(1), image(2));
		chip.boot();
		assert.equal(chip.build, identity(2));
	});

	test("of two that come at once the later has the slot: the earlier one writes no byte more, and reads why", () => {
		const { chip, board } = setUp();
		const bytes = sign(image(3));
		const first = begin(board, bytes.length);
		first.request.take(bytes.subarray(0, 1_000));
		const second = begin(board, sign(image(2)).length);
		second.request.take(sign(image(2)).subarray(0, 1_500));
		const { writes } = chip;
		const answer = first.request.take(bytes.subarray(1_000));
		assert.match(new TextDecoder().decode(answer?.bytes), /^HTTP\/1\.1 422 [\s\S]*the update has ended/);
		assert.equal(chip.writes, writes);
		assert.match(new TextDecoder().decode(second.request.take(sign(image(2)).subarray(1_500))?.bytes), /^HTTP\/1\.1 200 /);
		assert.deepEqual(chip.content(1), image(2));
	});

	test("an older version: only with the box on the page, and neither the image nor the address ticks it", () => {
		const { chip, board } = setUp();
		const older = sign(image(2, { version: "0.9.0" }));
		assert.match(board.get().body, /<input[^>]*type="checkbox"[^>]*id="older"|<input[^>]*id="older"[^>]*type="checkbox"/);
		for (const headers of [{}, { "Allow-Older": "no" }, { "Allow-Older": "" }])
			assert.match(put(board, older, headers as Record<string, string>).text, /^HTTP\/1\.1 422 [\s\S]*is older \(0\.9\.0\)/);
		for (const query of ["older=yes", "allow-older=yes", "Allow-Older:%20yes"])
			assert.match(put(board, older, {}, `/update?${query}`).text, /^HTTP\/1\.1 422 [\s\S]*is older \(0\.9\.0\)/, query);
		const image9 = image(9, { version: "0.9.0" });
		image9.write("\r\nAllow-Older: yes\r\n\r\n", 400);
		assert.match(put(board, sign(image9)).text, /^HTTP\/1\.1 422 [\s\S]*is older \(0\.9\.0\)/);
		assert.match(put(board, older, { "Allow-Older": "yes" }).text, /^HTTP\/1\.1 200 /);
		assert.ok(
			chip.log.some((line) => /older/.test(line)),
			"and the log says so",
		);
	});

	test("nobody but the page itself, nothing without settings, and nothing where it is not built in", () => {
		const chip = makeChip();
		const board = new Board({ update: chip.route() });
		assert.match(put(board, sign(image(2))).text, /^HTTP\/1\.1 409 /);
		assert.doesNotMatch(board.get().body, /id="image"/);
		board.saved.save(good);
		assert.match(put(board, sign(image(2)), { Origin: "https://evil.example" }).text, /^HTTP\/1\.1 403 /);
		assert.match(put(board, sign(image(2)), { Host: "evil.example" }).text, /^HTTP\/1\.1 403 /);
		assert.equal(chip.writes, 0);
		const without = new Board();
		without.saved.save(good);
		assert.match(put(without, sign(image(2))).text, /^HTTP\/1\.1 405 /);
		assert.doesNotMatch(without.get().body, /id="image"/);
	});

	test("a connection that ends in the middle leaves the slot to the next", () => {
		const { board } = setUp();
		const bytes = sign(image(2));
		const { request } = begin(board, bytes.length);
		request.take(bytes.subarray(0, 1_000));
		assert.ok(request.welcome);
		request.abort();
		assert.match(put(board, bytes).text, /^HTTP\/1\.1 200 /);
	});
});
