// RFC 6455 §4: the request that opens a WebSocket, and the head of its answer, taken byte by byte in bounded memory; no IO.
import { answer_line_max_bytes, answer_max_bytes } from "../../limits.js";
import { base64 } from "./base64.js";
import { sha1 } from "./sha1.js";

/** RFC 6455 §1.3. */
const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const key_bytes = 16;

function latin1(text: string): Uint8Array {
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
	return bytes;
}

/** A nonce for `Sec-WebSocket-Key` (§4.1). */
export function newKey(random: () => number): string {
	const bytes = new Uint8Array(key_bytes);
	for (let i = 0; i < key_bytes; i++) bytes[i] = random() * 256;
	return base64(bytes);
}

/** The value of `Sec-WebSocket-Accept` that the server must compute from the key (§4.2.2). */
export function acceptOf(key: string): string {
	return base64(sha1(latin1(key + guid)));
}

/** [MQTT-6.0.0-3] the subprotocol offered is "mqtt". `authority`: host and, where it is not the scheme's own, port. */
export function request(authority: string, path: string, key: string): Uint8Array {
	return latin1(
		`GET ${path} HTTP/1.1\r\nHost: ${authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\n` +
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n",
	);
}

/** Is `token` one of a list with commas? The list may be in any case, `token` is in lower case. */
function lists(list: string, token: string): boolean {
	return list.split(",").some((each) => each.trim().toLowerCase() === token);
}

/** A text made safe for a log. */
function shown(text: string): string {
	let clean = "";
	for (let i = 0; i < text.length; i++) clean += text[i] < " " || text[i] > "~" ? "?" : text[i];
	return clean;
}

/** The usual cause of a status other than 101, and the remedy. */
function hint(status: number): string {
	if (status === 401 || status === 403) return "; it asks for something else first, or admits nobody from here";
	if (status === 404) return "; the broker's path is another: ws://HOST/PATH";
	if (status >= 300 && status < 400) return "; a redirect is not followed: give the address that it names";
	return "; is this the port of MQTT over WebSocket?";
}

/** Takes the head of the server's answer. */
export class Answer {
	/** The answer is whole and right. */
	done = false;
	/** The fault of the answer. */
	fault: string | undefined;
	readonly #path: string;
	readonly #accept: string;
	/** A line is read as far as it fits: every header that is checked is shorter, a header that a proxy adds may be longer. */
	readonly #line = new Uint8Array(answer_line_max_bytes);
	#length = 0;
	#total = 0;
	#status = 0;
	#upgrade = false;
	#connection = false;
	#accepted = false;
	#protocol: string | undefined;

	constructor(path: string, key: string) {
		this.#path = path;
		this.#accept = acceptOf(key);
	}

	/** Takes the next byte. Not called when the answer is `done` or there is a fault. */
	take(byte: number): void {
		this.#total += 1;
		if (this.#total > answer_max_bytes) this.fault = `the head of the server's answer has more than ${answer_max_bytes} bytes`;
		else if (byte === 0x0a) this.#ended();
		else if (this.#length < this.#line.length) this.#line[this.#length++] = byte;
	}

	#ended(): void {
		let length = this.#length;
		if (length > 0 && this.#line[length - 1] === 0x0d) length -= 1;
		this.#length = 0;
		let line = "";
		for (let i = 0; i < length; i++) line += String.fromCharCode(this.#line[i]);
		if (this.#status === 0) this.#first(line);
		else if (line === "") this.#last();
		else this.#header(line);
	}

	#first(line: string): void {
		const status = Number(line.slice(9, 12));
		if (!line.startsWith("HTTP/1.") || !(status >= 100 && status <= 599)) {
			this.fault = `the server does not answer in HTTP, but "${shown(line.slice(0, 20))}": is this the port of MQTT over WebSocket?`;
			return;
		}
		this.#status = status;
		if (status !== 101) this.fault = `the server answered ${status} to the request for a WebSocket at ${this.#path}${hint(status)}`;
	}

	#header(line: string): void {
		const colon = line.indexOf(":");
		const name = line.slice(0, Math.max(0, colon)).toLowerCase();
		const value = line.slice(colon + 1).trim();
		if (name === "" || name.trim() !== name) this.fault = `the server's answer has a header without a name: "${shown(line.slice(0, 20))}"`;
		else if (name === "upgrade") this.#upgrade = value.toLowerCase() === "websocket";
		else if (name === "connection") this.#connection ||= lists(value, "upgrade");
		else if (name === "sec-websocket-accept") this.#accepted = value === this.#accept;
		else if (name === "sec-websocket-protocol") this.#protocol = value;
		else if (name === "sec-websocket-extensions" && value !== "")
			this.fault = `the server chose an extension that was not offered: "${shown(value)}" [RFC 6455 §4.1]`;
	}

	#last(): void {
		if (!this.#upgrade || !this.#connection) this.fault = "the server's answer 101 is not for a WebSocket [RFC 6455 §4.1]";
		else if (!this.#accepted) this.fault = "Sec-WebSocket-Accept is not what the key asks for: this is no WebSocket server [RFC 6455 §4.1]";
		// [MQTT-6.0.0-4] the server must have chosen "mqtt"
		else if (this.#protocol !== "mqtt") this.fault = `the server chose the subprotocol "${shown(this.#protocol ?? "")}" [MQTT-6.0.0-4]`;
		else this.done = true;
	}
}
