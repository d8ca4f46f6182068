// A request of HTTP/1.0 or 1.1 (RFC 9112), as it comes from the socket, in bounded memory. The SDK's own server class is not used for two reasons:
// it takes HTTP/1.1 only, and the iPhone's question "is this a captive portal?" is HTTP/1.0; and it keeps header lines of any length and number.

/** Browsers send some 500 to 1,000 bytes to a host that has set no cookie. */
export const head_max_bytes = 4096;

/** The parts of a request that an answer depends on, and no other header. */
export interface Head {
	method: string;
	/** The path as sent, with its query. */
	path: string;
	host: string;
	/** Undefined: without that header, as from curl. */
	origin: string | undefined;
	/** The media type in lower case, without parameters. */
	type: string;
	/** Bytes of body. */
	length: number;
	/**
	 * `Allow-Older: yes`: the box on the page is ticked (hosts/board/update). In a header, which the page of another server cannot send; image
	 * and URL may be an attacker's.
	 */
	older: boolean;
}

/** Takes the `length` bytes that the head has promised, in pieces that are lent for the call, and then answers. */
export interface Body<Answer> {
	take(bytes: Uint8Array): void;
	end(): Answer;
	/** The connection has ended before the end of the body. */
	abort?(): void;
}

/** An HTTP status for a fault of the request itself. */
type Fault = 400 | 413 | 431 | 501 | 505;

export interface RequestOptions<Answer> {
	/** The head has come: an answer at once, or the object that takes the body. */
	onHead(head: Head): Body<Answer> | { answer: Answer };
	/** The request cannot be read. */
	onFault(status: Fault): Answer;
}

const lf = 0x0a;
const cr = 0x0d;

/** Decimal digits only, or -1: `parseInt` would take `1e9`, `-1` and `12abc`. */
function lengthOf(text: string): number {
	if (text === "" || text.length > 9) return -1;
	for (let i = 0; i < text.length; i++) if (text[i] < "0" || text[i] > "9") return -1;
	return Number(text);
}

export class Request<Answer> {
	readonly #options: RequestOptions<Answer>;
	#bytes = 0;
	#line = "";
	#first = true;
	#head: Head = { method: "", path: "", host: "", origin: undefined, type: "", length: 0, older: false };
	#seen = 0;
	#body: Body<Answer> | undefined;
	#left = 0;

	constructor(options: RequestOptions<Answer>) {
		this.#options = options;
	}

	/** The request has been let in, and its body is due. */
	get welcome(): boolean {
		return this.#body !== undefined;
	}

	/** Takes the bytes that have come. Returns the answer as soon as there is one; all bytes after the request are dropped. */
	take(bytes: Uint8Array): Answer | undefined {
		let at = 0;
		while (this.#body === undefined) {
			if (at === bytes.length) return undefined;
			if (++this.#bytes > head_max_bytes) return this.#options.onFault(431);
			const byte = bytes[at++];
			if (byte !== lf) {
				// RFC 9110 §5.5: bytes above ASCII are opaque, and none of the headers that are read here may have them.
				if (byte !== cr) this.#line += String.fromCharCode(byte);
				continue;
			}
			const line = this.#line;
			this.#line = "";
			if (line !== "") {
				const fault = this.#first ? this.#readFirst(line) : this.#readHeader(line);
				if (fault !== undefined) return this.#options.onFault(fault);
			} else if (!this.#first) {
				const next = this.#options.onHead(this.#head);
				if ("answer" in next) return next.answer;
				this.#body = next;
				this.#left = this.#head.length;
			}
		}
		const count = Math.min(bytes.length - at, this.#left);
		if (count > 0) this.#body.take(bytes.subarray(at, at + count));
		this.#left -= count;
		return this.#left === 0 ? this.#body.end() : undefined;
	}

	/** No more bytes will come. */
	abort(): void {
		if (this.#left > 0) this.#body?.abort?.();
	}

	#readFirst(line: string): Fault | undefined {
		const words = line.split(" ");
		if (words.length !== 3 || words[0] === "" || words[1] === "") return 400;
		const version = words[2];
		if (version !== "HTTP/1.1" && version !== "HTTP/1.0") return version.slice(0, 5) === "HTTP/" ? 505 : 400;
		this.#first = false;
		this.#head.method = words[0];
		this.#head.path = words[1];
		return undefined;
	}

	#readHeader(line: string): Fault | undefined {
		const colon = line.indexOf(":");
		// RFC 9112 §5.1 and §5.2: no space before the colon, no line that continues the one before.
		if (colon <= 0 || line[0] === " " || line[0] === "\t" || line[colon - 1] === " " || line[colon - 1] === "\t") return 400;
		const name = line.slice(0, colon).toLowerCase();
		const value = line.slice(colon + 1).trim();
		const head = this.#head;
		if (name === "host") {
			head.host = value;
			return this.#once(1);
		}
		if (name === "content-length") {
			head.length = lengthOf(value);
			return head.length < 0 ? 400 : this.#once(2);
		}
		if (name === "origin") {
			head.origin = value;
			return this.#once(4);
		}
		if (name === "content-type") {
			const end = value.indexOf(";");
			head.type = (end < 0 ? value : value.slice(0, end)).trim().toLowerCase();
			return this.#once(8);
		}
		if (name === "allow-older") {
			head.older = value === "yes";
			return this.#once(16);
		}
		// A body in chunks has no length beforehand: no browser sends a form in chunks.
		return name === "transfer-encoding" ? 501 : undefined;
	}

	/** A header that counts here is sent twice: so an attacker makes two programs read two different requests. */
	#once(bit: number): Fault | undefined {
		if ((this.#seen & bit) !== 0) return 400;
		this.#seen |= bit;
		return undefined;
	}
}
