// RFC 6455 §5, frames as a client reads and writes them; no IO, nothing allocated. A frame is a head of 2, 4 or 10 bytes (with a mask 4 more)
// and a payload. MQTT is a stream in binary messages, so where a message begins or ends does not matter here [MQTT-6.0.0-2].
import { readUtf8 } from "../bytes/utf8.js";

/** Opcodes, RFC 6455 §5.2. */
export const CONTINUATION = 0x0;
export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

/** Status codes of a close frame, RFC 6455 §7.4.1. */
export const NORMAL = 1000;
export const PROTOCOL_ERROR = 1002;
export const UNSUPPORTED_DATA = 1003;
export const INVALID_PAYLOAD = 1007;
export const TOO_BIG = 1009;
/** A close frame without a code; never sent. */
export const NO_CODE = 1005;

export const FIN = 0x80;
/** In the second byte: the payload is masked, as every frame of a client must be, and no frame of a server may be (§5.1). */
export const MASKED = 0x80;
/** Longest payload of a control frame (§5.5), and the longest that fits in the second byte of a head (§5.2). */
export const control_max_bytes = 125;
/** This value of the second byte means: the length is in the next two bytes; a larger value: in the next eight. */
const length_in_2 = 126;

/** Head of a frame that is sent: first byte, length in 1 or 3 bytes, mask. Longer frames are not sent. */
export const sent_head_max_bytes = 8;
export const mask_bytes = 4;

/** A fault of a frame, and the status code with which it closes the connection. */
export interface Fault {
	code: number;
	why: string;
}

const fault = (code: number, why: string): Fault => Object.freeze({ code, why });

const reservedBits = fault(PROTOCOL_ERROR, "a frame has reserved bits set, and no extension was agreed upon [RFC 6455 §5.2]");
const maskedFrame = fault(PROTOCOL_ERROR, "a frame is masked, which only a client's may be [RFC 6455 §5.1]");
const unknownOpcode = fault(PROTOCOL_ERROR, "a frame has an opcode that is reserved [RFC 6455 §5.2]");
const cutControl = fault(PROTOCOL_ERROR, "a control frame is fragmented [RFC 6455 §5.5]");
const longControl = fault(PROTOCOL_ERROR, "a control frame has more than 125 bytes [RFC 6455 §5.5]");
const noMessage = fault(PROTOCOL_ERROR, "a frame continues a message that has not begun [RFC 6455 §5.4]");
const withinMessage = fault(PROTOCOL_ERROR, "a message begins within another [RFC 6455 §5.4]");
const text = fault(UNSUPPORTED_DATA, "a frame came that is not binary [MQTT-6.0.0-1]");
const longLength = fault(PROTOCOL_ERROR, "the length of a frame has its highest bit set [RFC 6455 §5.2]");
const hugeLength = fault(TOO_BIG, "a frame has more bytes than can be counted");
const shortClose = fault(PROTOCOL_ERROR, "a close frame has one byte, half a code [RFC 6455 §5.5.1]");
const badCode = fault(PROTOCOL_ERROR, "a close frame has a code that must not be sent [RFC 6455 §7.4]");
const badReason = fault(INVALID_PAYLOAD, "the reason in a close frame is not UTF-8 [RFC 6455 §5.5.1]");

/** Largest whole number of a double, above 32 bits. */
const safe_high = 0x1f_ffff;

/** Reads the heads of frames that a server sends. */
export class FrameHead {
	/** The bytes of a head. The caller puts them here, `needed` in all, and calls `step`. */
	readonly bytes = new Uint8Array(10);
	/** Bytes that must be in `bytes` before the next step. */
	needed = 2;
	/** Opcode of the last frame; valid while `done`. */
	opcode = CONTINUATION;
	/** Length of the payload, in bytes. */
	length = 0;
	/** The head is whole. */
	done = false;
	/** A message has begun, and its last frame has not come. */
	within = false;
	/** The fault of the frame. */
	fault: Fault | undefined;

	/** Begins the next head. */
	reset(): void {
		this.needed = 2;
		this.done = false;
	}

	/** Reads the `needed` bytes. If the head is whole, `opcode` and `length` are set; else there is a fault, or more bytes are needed. */
	step(): void {
		const bytes = this.bytes;
		if (this.needed === 2) {
			this.fault = this.#begin(bytes[0], bytes[1]);
			const length = bytes[1];
			if (length < length_in_2) this.#end(length);
			else this.needed = length === length_in_2 ? 4 : 10;
		} else if (this.needed === 4) this.#end((bytes[2] << 8) | bytes[3]);
		else {
			const high = ((bytes[2] << 24) | (bytes[3] << 16) | (bytes[4] << 8) | bytes[5]) >>> 0;
			const low = ((bytes[6] << 24) | (bytes[7] << 16) | (bytes[8] << 8) | bytes[9]) >>> 0;
			if (high > 0x7fff_ffff) this.fault = longLength;
			else if (high > safe_high) this.fault = hugeLength;
			this.#end(high * 0x1_0000_0000 + low);
		}
	}

	#end(length: number): void {
		this.length = length;
		this.done = true;
	}

	#begin(first: number, second: number): Fault | undefined {
		const opcode = first & 0x0f;
		const final = (first & FIN) !== 0;
		this.opcode = opcode;
		if ((first & 0x70) !== 0) return reservedBits;
		if ((second & MASKED) !== 0) return maskedFrame;
		if (opcode >= CLOSE) {
			if (opcode > PONG) return unknownOpcode;
			if (!final) return cutControl;
			return second > control_max_bytes ? longControl : undefined;
		}
		if (opcode > BINARY) return unknownOpcode;
		if (opcode === CONTINUATION) {
			if (!this.within) return noMessage;
		} else if (this.within) return withinMessage;
		this.within = !final;
		return opcode === TEXT ? text : undefined;
	}
}

/**
 * Writes a frame's first byte and length so that they end at `at`, where the mask begins. Returns where they begin. `length` is at most
 * 65,535.
 */
export function writeHeadBefore(bytes: Uint8Array, at: number, opcode: number, length: number): number {
	if (length <= control_max_bytes) {
		bytes[at - 1] = MASKED | length;
		bytes[at - 2] = FIN | opcode;
		return at - 2;
	}
	bytes[at - 1] = length;
	bytes[at - 2] = length >> 8;
	bytes[at - 3] = MASKED | length_in_2;
	bytes[at - 4] = FIN | opcode;
	return at - 4;
}

/** The content of a close frame. */
export interface Closing {
	code: number;
	/** Without control characters, so that it can stand in a log. */
	reason: string;
}

/** Reads the payload of a close frame, `bytes[0..length)`, and changes it. RFC 6455 §5.5.1 and §7.4. */
export function readClose(bytes: Uint8Array, length: number): Closing | Fault {
	if (length === 0) return { code: NO_CODE, reason: "" };
	if (length === 1) return shortClose;
	const code = (bytes[0] << 8) | bytes[1];
	// §7.4.1: the codes 1004, 1005, 1006 and 1015 must not be sent; §7.4.2: below 1000 there are none, 3000 to 4999 are for libraries and
	// applications. IANA has registered the codes up to 1014.
	if (code < 1000 || code === 1004 || code === NO_CODE || code === 1006 || (code > 1014 && code < 3000) || code > 4999) return badCode;
	for (let i = 2; i < length; i++) if (bytes[i] < 0x20 || bytes[i] === 0x7f) bytes[i] = 0x20;
	const reason = readUtf8(bytes, 2, length);
	return reason === undefined ? badReason : { code, reason };
}
