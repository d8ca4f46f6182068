// The certificates that the image was built with, or that somebody has entered: PEM (RFC 7468) or DER.
import { type Certificate, readCertificate } from "./certificate.js";

const begin = "-----BEGIN CERTIFICATE-----";
const end = "-----END CERTIFICATE-----";
const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** One certificate in DER, or any number in PEM, with words of people between them. Throws, saying what is wrong with it, where there is none. */
export function readAuthorities(bytes: Uint8Array): Certificate[] {
	return readPem(bytes).map((der) => {
		try {
			return readCertificate(der);
		} catch (error) {
			throw new Error(`a certificate cannot be read (${(error as Error).message})`);
		}
	});
}

/** What stands in PEM, in DER; what is in DER already. */
export function readPem(bytes: Uint8Array, label = "CERTIFICATE"): Uint8Array[] {
	// the tag of a SEQUENCE; no text begins with it but one that begins with a 0
	if (bytes[0] === 0x30 && bytes[1] !== undefined && bytes[1] >= 0x80) return [bytes];
	let text = "";
	for (const byte of bytes) text += String.fromCharCode(byte);
	const from = begin.replace("CERTIFICATE", label);
	const to = end.replace("CERTIFICATE", label);
	const all: Uint8Array[] = [];
	for (let at = text.indexOf(from); at >= 0; at = text.indexOf(from, at)) {
		const last = text.indexOf(to, at);
		if (last < 0) throw new Error(`it has a line ${from} and none ${to} after it`);
		all.push(fromBase64(text.slice(at + from.length, last)));
		at = last;
	}
	if (all.length > 0) return all;
	if (label === "CERTIFICATE" && text.includes("PRIVATE KEY-----"))
		throw new Error("it holds a private key, and no certificate: keep that apart");
	throw new Error(`it holds no ${label.toLowerCase()}, in PEM or in DER`);
}

function fromBase64(text: string): Uint8Array {
	const bytes: number[] = [];
	let bits = 0;
	let count = 0;
	for (const digit of text) {
		const value = digits.indexOf(digit);
		if (value < 0) {
			if (digit === "=" || digit <= " ") continue;
			throw new Error(`it has a character in it that is not base64`);
		}
		bits = ((bits << 6) | value) & 0xffff;
		count += 6;
		if (count >= 8) {
			count -= 8;
			bytes.push((bits >> count) & 0xff);
		}
	}
	return Uint8Array.from(bytes);
}
