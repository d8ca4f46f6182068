// What outlives a restart.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Store } from "../../../src/host.js";

export interface StorePieces {
	readonly name: string;
	/** The store of one device, as its next start finds it. */
	open(): Store;
	/** The same host's store of another device. */
	openOther?(): Store;
	/** How often the medium has been written, where the host can tell. */
	writes?(): number;
	/** Bytes of the longest text that it keeps, in UTF-8. Default 3,999, what a host must keep, but for a Pico. */
	readonly text_max_bytes?: number;
	/** Does to the medium what a power cut or another hand may do. */
	damage(): void;
	/** From now on the medium takes nothing. Returns the way back. */
	refuse(): () => void;
}

export function storeContract(host: StorePieces): void {
	const most = host.text_max_bytes ?? 3_999;
	describe(`${host.name}: store`, () => {
		it("holds nothing until something is written", () => {
			assert.equal(host.open().read("nothing"), undefined);
		});

		it("keeps numbers and texts over a restart", () => {
			const store = host.open();
			const values = { zero: 0, least: -(2 ** 31), most: 2 ** 31 - 1, word: "lamp", umlaut: "Küche ☀", none: "" };
			for (const [key, value] of Object.entries(values)) store.write(key, value);
			for (const [key, value] of Object.entries(values)) {
				assert.equal(store.read(key), value);
				assert.equal(host.open().read(key), value, `${key} after a restart`);
			}
		});

		it(`keeps texts of ${most.toLocaleString("en")} bytes, in whatever letters they are`, () => {
			const store = host.open();
			for (const letter of ["x", "ü", '"', "☀", "💡"]) {
				const text = letter.repeat(Math.floor(most / new TextEncoder().encode(letter).length));
				store.write("long", `a${text.slice(letter.length)}`);
				store.write("long", text);
				assert.equal(host.open().read("long"), text, `${letter}, after a restart`);
			}
		});

		it("a text that is longer is kept whole, or refused by the store's name while the old one stays", () => {
			host.open().write("longer", "old");
			const text = "x".repeat(most + 1);
			let kept = text;
			try {
				host.open().write("longer", text);
			} catch (error) {
				assert.match(String(error), /^Error: store: /);
				kept = "old";
			}
			assert.equal(host.open().read("longer"), kept);
		});

		it("keeps the newest, be it shorter, or of the other kind", () => {
			const store = host.open();
			for (const value of [254, 7, "254", "7", "a longer text", 8, "", 0]) {
				store.write("a_key_of_15_let", value);
				assert.equal(store.read("a_key_of_15_let"), value);
				assert.equal(host.open().read("a_key_of_15_let"), value);
			}
		});

		it("writes nothing when the value is there already", () => {
			const store = host.open();
			store.write("same", 9);
			store.write("name", "nine");
			const before = host.writes?.();
			store.write("same", 9);
			host.open().write("same", 9);
			host.open().write("name", "nine");
			assert.equal(host.writes?.(), before);
		});

		it("is this device's own", () => {
			host.open().write("own", 1);
			if (host.openOther) assert.equal(host.openOther().read("own"), undefined);
		});

		it("throws, naming itself, when a value cannot be kept, and still has the old one", () => {
			const store = host.open();
			store.write("kept", 1);
			const back = host.refuse();
			try {
				assert.throws(() => store.write("kept", 2), /^Error: store: /);
			} finally {
				back();
			}
			assert.equal(host.open().read("kept"), 1);
			store.write("kept", 3);
			assert.equal(host.open().read("kept"), 3);
		});

		it("damaged, holds nothing, and can be written again", () => {
			host.open().write("level", 9);
			host.damage();
			assert.equal(host.open().read("level"), undefined);
			host.open().write("level", 10);
			assert.equal(host.open().read("level"), 10);
		});
	});
}
