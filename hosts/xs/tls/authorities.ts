// The certificates that the image was built with, or that were entered on the setup page: PEM (RFC 7468) or DER.
import { type Certificate, readCertificate } from "./certificate.js";

/** One certificate in DER, or any number in PEM, with comments between them. Throws an Error that says what is wrong where there is none. */
export function readAuthorities(bytes: Uint8Array): Certificate[] {
	return readPem(bytes).map((der) => {
		try {
			return readCertificate(der);
		} catch (error) {
			throw new Error(`a certificate cannot be read (${(error as Error).message})`);
		}
	});
}

/** The DER of each block of PEM; or `bytes` themselves, where they are DER already. */
export function readPem(bytes: Uint8Array, label = "CERTIFICATE"): Uint8Array[] {
	// the tag of a SEQUENCE; no text begins with it but one that begins with a 0
	if (bytes[0] === 0x30 && bytes[1] !== undefined && bytes[1] >= 0x80) return [bytes];
	const from = `-----BEGIN ${label}-----`;
	const to = `-----END ${label}-----`;
	const all: Uint8Array[] = [];
	for (let at = indexOf(bytes, from, 0); at >= 0; at = indexOf(bytes, from, at)) {
		const last = indexOf(bytes, to, at);
		if (last < 0) throw new Error(`it has a line ${from} and none ${to} after it`);
		all.push(fromBase64(bytes, at + from.length, last));
		at = last;
	}
	if (all.length > 0) return all;
	if (label === "CERTIFICATE" && indexOf(bytes, "PRIVATE KEY-----", 0) >= 0)
		throw new Error("it holds a private key, and no certificate: keep that apart");
	throw new Error(`it holds no ${label.toLowerCase()}, in PEM or in DER`);
}

/** The place of `text`, in ASCII, in `bytes`, from `at` on; or -1. No string is made of a file that has thousands of characters. */
function indexOf(bytes: Uint8Array, text: string, at: number): number {
	const { length } = text;
	for (; at + length <= bytes.length; at++) {
		let same = 0;
		while (same < length && bytes[at + same] === text.charCodeAt(same)) same++;
		if (same === length) return at;
	}
	return -1;
}

/** The value of a character of base64 (RFC 4648 §4), or -1. */
function base64Value(code: number): number {
	if (code >= 0x41 && code <= 0x5a) return code - 0x41;
	if (code >= 0x61 && code <= 0x7a) return code - 0x61 + 26;
	if (code >= 0x30 && code <= 0x39) return code - 0x30 + 52;
	return code === 0x2b ? 62 : code === 0x2f ? 63 : -1;
}

/** Decodes `text[from..end)`: line ends, spaces and `=` are passed over. */
function fromBase64(text: Uint8Array, from: number, end: number): Uint8Array {
	const bytes = new Uint8Array(((end - from) * 3) >> 2);
	let length = 0;
	let bits = 0;
	let count = 0;
	for (let at = from; at < end; at++) {
		const code = text[at] as number;
		const value = base64Value(code);
		if (value < 0) {
			if (code === 0x3d || code <= 0x20) continue;
			throw new Error(`it has a character in it that is not base64`);
		}
		bits = ((bits << 6) | value) & 0xffff;
		count += 6;
		if (count < 8) continue;
		count -= 8;
		bytes[length++] = (bits >> count) & 0xff;
	}
	return bytes.slice(0, length);
}
