// A CA that a user enters on the setup page (hosts/board/setup): read like the image's own, and checked while the user can correct it.
import Crypt from "crypt";
import { base64 } from "../../../src/mqtt/websocket/base64.js";
import { readAuthorities } from "./authorities.js";
import { type Certificate, readName } from "./certificate.js";
import { sameBytes } from "./der.js";
import { publicKey } from "./signature.js";

export interface EnteredCa {
	/** Each certificate's DER in base64, a line each: without the words and the line ends of PEM. */
	lines: string;
	/** SHA-256 of all DER, 64 digits in lower case. For a single certificate, this is its fingerprint. */
	digest: string;
	/** For people: the name of each certificate, and its fingerprint as OpenSSL writes it. */
	shown: string;
}

/** Throws an Error that says what is wrong and what to do where `pem` is no CA with which this device can check a broker. */
export function readEntered(pem: string): EnteredCa {
	const certificates = read(pem);
	for (const one of certificates) checkAuthority(one);
	const all = certificates.map(({ der }) => der);
	return {
		lines: all.map(inPieces).join("\n"),
		digest: hexOf(sha256(all), ""),
		shown: certificates.map(({ der, subject }) => `"${readName(subject)}" (SHA-256 ${hexOf(sha256([der]), ":").toUpperCase()})`).join(", "),
	};
}

function read(pem: string): Certificate[] {
	try {
		return readAuthorities(new Uint8Array(ArrayBuffer.fromString(pem)));
	} catch (error) {
		throw new Error(`${(error as Error).message}; enter the file of the CA whole, with its lines BEGIN CERTIFICATE and END CERTIFICATE`);
	}
}

/** Throws at a certificate that every handshake would refuse. The dates are not checked: there is no clock yet. */
function checkAuthority(certificate: Certificate): void {
	const { subject, issuer, authority, unknown } = certificate;
	const name = `"${readName(subject)}"`;
	const ownIssuer = sameBytes(subject, issuer);
	// a broker's certificate that is signed by itself is compared byte for byte (chain.ts)
	if (!authority && !ownIssuer)
		throw new Error(`${name} is no CA (no CA:TRUE in it): give that of "${readName(issuer)}", which has signed it`);
	if (authority && unknown)
		throw new Error(`${name} has a critical extension that this device does not know (${unknown}): give another CA`);
	try {
		publicKey(certificate);
	} catch (error) {
		throw new Error(`${name} cannot be used: ${(error as Error).message.slice("TLS: ".length)}; choose a CA that has such a key`);
	}
}

function sha256(parts: readonly Uint8Array[]): Uint8Array {
	const digest = new Crypt.Digest("SHA256");
	for (const part of parts) digest.write(part);
	return new Uint8Array(digest.close());
}

function hexOf(bytes: Uint8Array, between: string): string {
	let text = "";
	for (const byte of bytes) text += `${text === "" ? "" : between}${(byte + 0x100).toString(16).slice(1)}`;
	return text;
}

/** Base64, made in pieces: XS copies a text whenever something is added to it. */
function inPieces(bytes: Uint8Array): string {
	const piece_bytes = 48;
	let text = "";
	for (let at = 0; at < bytes.length; at += piece_bytes) text += base64(bytes.subarray(at, at + piece_bytes));
	return text;
}
