// A signed firmware image, checked piece by piece. Format: the image of ESP-IDF ("App image format"), then eight bytes `LAMPWIRE`, then the
// ECDSA signature (P-256, r and s of 32 bytes each) of the SHA-256 of the image. Nothing of it is started before all of it is right.

/** The place of an update in the flash. The host's part; in tests, a fake. */
export interface Slot {
	/** Bytes that fit. */
	readonly size: number;
	/** Takes the next bytes of the image, and erases before it writes. Throws when the flash does. */
	write(bytes: Uint8Array): void;
	/** The image is whole and signed: verifies it once more, and starts it at the next start. Throws when ESP-IDF refuses it. */
	complete(): void;
	/** The written bytes will never be started, not even when the other slot breaks. */
	close(): void;
}

export interface Digest {
	write(bytes: Uint8Array): void;
	/** 32 bytes. */
	close(): Uint8Array;
}

export interface Judge {
	/** ESP-IDF's number of this chip, `esp_chip_id_t`. */
	readonly chip: number;
	/** Identity of the running firmware (`identityOf`). */
	readonly running: string;
	/** Version of the running firmware (`versionOf`). */
	readonly version: string;
	digest(): Digest;
	/** Whether `signature`, 64 bytes, is the signature of `digest` by our key. */
	verify(digest: Uint8Array, signature: Uint8Array): boolean;
}

const magic = "LAMPWIRE";
const signature_bytes = 64;
export const trailer_bytes = magic.length + signature_bytes;

/** ESP-IDF's image header, the header of its first segment, and the application's description, which begins that segment. */
const image_header_bytes = 24;
const description_at = image_header_bytes + 8;
const description_bytes = 256;
const head_bytes = description_at + description_bytes;
/** In the description: `magic_word`, four bytes; `version`, 32; and the SHA-256 of the ELF file, 32. */
const description_magic = Object.freeze([0x32, 0x54, 0xcd, 0xab]);
const version_at = description_at + 16;
const version_bytes = 32;
const elf_digest_at = description_at + 144;
const chip_at = 12;

/** The name of a firmware: the first 8 bytes of the SHA-256 of its ELF file, in hexadecimal. `head`: its first 288 bytes. */
export function identityOf(head: Uint8Array): string {
	let text = "";
	for (let i = 0; i < 8; i++) text += (head[elf_digest_at + i] + 0x100).toString(16).slice(1);
	return text;
}

/** The version that a firmware states, printable ASCII alone. `head`: its first 288 bytes. */
export function versionOf(head: Uint8Array): string {
	let text = "";
	for (let i = 0; i < version_bytes; i++) {
		const byte = head[version_at + i];
		if (byte <= 0x20 || byte > 0x7e) break;
		text += String.fromCharCode(byte);
	}
	return text;
}

/** `1.2.3` → its numbers; the rest, as in `1.2.3-4-gabc`, is not read. Empty: `version` is no version, but a name or a digest. */
function numbersOf(version: string): number[] {
	const numbers: number[] = [];
	let digits = "";
	for (let i = version[0] === "v" ? 1 : 0; i <= version.length; i++) {
		const c = version[i] ?? "";
		if (c >= "0" && c <= "9") {
			digits += c;
			continue;
		}
		if (digits === "" || (c !== "" && c !== "." && c !== "-" && c !== "+")) return [];
		numbers.push(Number(digits));
		digits = "";
		if (c !== ".") break;
	}
	return numbers;
}

/** Throws unless `version` is at least `running`. A running firmware without a version to compare takes any. */
function checkVersion(version: string, running: string): void {
	const ours = numbersOf(running);
	const theirs = numbersOf(version);
	if (ours.length === 0) return;
	if (theirs.length === 0)
		throw new Error(`this image's version, "${version}", cannot be compared with that of the firmware that runs (${running})`);
	for (let i = 0; i < ours.length; i++) {
		const difference = (theirs[i] ?? 0) - ours[i];
		if (difference > 0) return;
		if (difference < 0) throw new Error(`this image is older (${version}) than the firmware that runs (${running})`);
	}
}

function checkHead(head: Uint8Array, chip: number): void {
	if (head[0] !== 0xe9) throw new Error("this is no firmware image");
	const theirs = head[chip_at] | (head[chip_at + 1] << 8);
	if (theirs !== chip) throw new Error(`this image is for another chip (${theirs}; this one is ${chip})`);
	for (let i = 0; i < description_magic.length; i++)
		if (head[description_at + i] !== description_magic[i]) throw new Error("this image holds no application");
}

/** Takes one image of `length` bytes, trailer and all. Each fault throws a sentence, closes the slot, and leaves the running firmware as it is. */
export class ImageWriter {
	readonly #slot: Slot;
	readonly #judge: Judge;
	readonly #digest: Digest;
	readonly #head = new Uint8Array(head_bytes);
	readonly #trailer = new Uint8Array(trailer_bytes);
	readonly #image: number;
	readonly #older: boolean;
	#taken = 0;
	#open = true;

	/** `older`: an older version is taken too. The user decides that, never the image. */
	constructor(length: number, slot: Slot, judge: Judge, older = false) {
		this.#slot = slot;
		this.#judge = judge;
		this.#older = older;
		this.#image = length - trailer_bytes;
		if (this.#image < head_bytes) this.#fail("this is no signed firmware image");
		if (this.#image > slot.size) this.#fail(`this image has ${this.#image} bytes; ${slot.size} fit`);
		this.#digest = judge.digest();
	}

	/** The name of the firmware, once its head has been taken. */
	get identity(): string {
		return identityOf(this.#head);
	}

	take(bytes: Uint8Array): void {
		if (!this.#open) throw new Error("the update has ended");
		try {
			let at = 0;
			// Nothing is erased before the head is known to be right.
			if (this.#taken < head_bytes) {
				at = Math.min(bytes.length, head_bytes - this.#taken);
				this.#head.set(bytes.subarray(0, at), this.#taken);
				this.#taken += at;
				if (this.#taken < head_bytes) return;
				checkHead(this.#head, this.#judge.chip);
				// On trial, two firmwares of one name could not be told from each other.
				if (this.identity === this.#judge.running) throw new Error("this firmware runs already");
				if (!this.#older) checkVersion(versionOf(this.#head), this.#judge.version);
				this.#write(this.#head);
			}
			const part = Math.min(bytes.length - at, this.#image - this.#taken);
			if (part > 0) {
				this.#write(bytes.subarray(at, at + part));
				this.#taken += part;
				at += part;
			}
			const rest = bytes.length - at;
			if (this.#taken + rest > this.#image + trailer_bytes) throw new Error("the image is longer than was said");
			if (rest > 0) this.#trailer.set(bytes.subarray(at), this.#taken - this.#image);
			this.#taken += rest;
		} catch (error) {
			this.#fail((error as Error).message);
		}
	}

	/** All bytes have come. `announce` is called when the image is right, before it is made the one that starts next. */
	end(announce: (identity: string) => void): void {
		if (!this.#open) throw new Error("the update has ended");
		if (this.#taken !== this.#image + trailer_bytes) this.#fail("the image is cut off");
		for (let i = 0; i < magic.length; i++) if (this.#trailer[i] !== magic.charCodeAt(i)) this.#fail("this image is not signed");
		let valid = false;
		try {
			valid = this.#judge.verify(this.#digest.close(), this.#trailer.subarray(magic.length));
		} catch (error) {
			this.#fail(`its signature could not be checked: ${(error as Error).message}`);
		}
		if (!valid) this.#fail("its signature is not that of this board's key");
		try {
			announce(this.identity);
			this.#slot.complete();
		} catch (error) {
			this.#fail(`it cannot be started: ${(error as Error).message}`);
		}
		this.#open = false;
	}

	/** The sender is gone. */
	abort(): void {
		if (!this.#open) return;
		this.#open = false;
		this.#slot.close();
	}

	#write(bytes: Uint8Array): void {
		this.#digest.write(bytes);
		this.#slot.write(bytes);
	}

	#fail(sentence: string): never {
		this.abort();
		throw new Error(sentence);
	}
}
