// DER, as X.509 uses it (ITU-T X.690 §10): one element after the other, each with its tag, its length in the shortest form, its content.

export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const OBJECT_IDENTIFIER = 0x06;
export const UTC_TIME = 0x17;
export const GENERALIZED_TIME = 0x18;
export const SEQUENCE = 0x30;
/** Constructed, context-specific: `[0]` is 0xa0. */
export const EXPLICIT = 0xa0;

export class Der {
	readonly #bytes: Uint8Array;
	readonly #end: number;
	#at: number;
	/** The element that was read last: its tag, where its head begins, and where its content begins and ends. */
	tag = -1;
	#start = 0;
	#from = 0;
	#to = 0;

	constructor(bytes: Uint8Array, from = 0, to = bytes.length) {
		this.#bytes = bytes;
		this.#at = from;
		this.#end = to;
	}

	/** Whether all elements have been read. */
	get done(): boolean {
		return this.#at === this.#end;
	}

	/** The tag of the next element; -1: there is none. */
	get ahead(): number {
		return this.#at < this.#end ? (this.#bytes[this.#at] as number) : -1;
	}

	/** Reads the next element. Throws where there is none, where it is not well formed, and where its tag is another. */
	next(tag?: number): this {
		const start = this.#at;
		if (start + 2 > this.#end) throw new Error("DER: too short");
		const found = this.#bytes[start] as number;
		if (tag !== undefined && found !== tag) throw new Error(`DER: tag ${found} where ${tag} must be`);
		let from = start + 2;
		let length = this.#bytes[start + 1] as number;
		if (length >= 0x80) {
			const count = length & 0x7f;
			if (count < 1 || count > 3 || from + count > this.#end) throw new Error("DER: a bad length");
			length = 0;
			for (let i = 0; i < count; i++) length = (length << 8) | (this.#bytes[from + i] as number);
			if (length < 0x80 || length >>> (8 * (count - 1)) === 0) throw new Error("DER: a length that could be shorter");
			from += count;
		}
		if (from + length > this.#end) throw new Error("DER: longer than what it is in");
		this.tag = found;
		this.#start = start;
		this.#from = from;
		this.#at = this.#to = from + length;
		return this;
	}

	/** The content of the element read last. */
	get content(): Uint8Array {
		return this.#bytes.subarray(this.#from, this.#to);
	}

	/** The element read last, head and content. */
	get whole(): Uint8Array {
		return this.#bytes.subarray(this.#start, this.#to);
	}

	/** The elements in the element read last. */
	get inside(): Der {
		return new Der(this.#bytes, this.#from, this.#to);
	}

	/** The content in hexadecimal: object identifiers are compared in this form. */
	get hex(): string {
		let text = "";
		for (let i = this.#from; i < this.#to; i++) text += ((this.#bytes[i] as number) + 0x100).toString(16).slice(1);
		return text;
	}

	/** Reads a BIT STRING of whole bytes. */
	bits(): Uint8Array {
		this.next(BIT_STRING);
		if (this.#to === this.#from || this.#bytes[this.#from] !== 0) throw new Error("DER: bits that are no bytes");
		return this.#bytes.subarray(this.#from + 1, this.#to);
	}

	/** Throws unless the last element has been read. */
	close(): void {
		if (!this.done) throw new Error("DER: something follows the end");
	}
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
	if (a.length !== b.length) return false;
	for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
	return true;
}
