/// <reference path="./typings.d.ts" />
// ECDSA on P-256 (FIPS 186-5 §6.4) with the SDK's arithmetic, and with the check that the SDK's class leaves out.
import Curve from "curve";
import ECDSA from "ecdsa";
import ECPoint from "ecp";

const coordinate_bytes = 32;
/** Order of the group, SEC 2 §2.4.2. */
const order = Object.freeze([
	0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3,
	0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
]);

/** Step 1 of the verification: 0 < number < order. The SDK's class leaves this step out; with zeros, it never returns (mcsim). */
function isInRange(bytes: Uint8Array, from: number): boolean {
	let zero = true;
	for (let i = 0; i < coordinate_bytes; i++) if (bytes[from + i] !== 0) zero = false;
	if (zero) return false;
	for (let i = 0; i < coordinate_bytes; i++) {
		const difference = bytes[from + i] - order[i];
		if (difference !== 0) return difference < 0;
	}
	return false;
}

/** A copy: BigInt's conversion needs a buffer of its own. (The typings say `BigInt` where they mean `bigint`.) */
const numberOf = (bytes: Uint8Array, from: number) =>
	BigInt.fromArrayBuffer(bufferOf(bytes, from, from + coordinate_bytes)) as unknown as bigint;

const bufferOf = (bytes: Uint8Array, from: number, end: number) => bytes.slice(from, end).buffer;

/** Whether `signature` (r, s) is the signature of `digest`, 32 bytes, by the key (x, y); key and signature have 64 bytes each. */
export function verifySignature(key: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
	if (signature.length !== 2 * coordinate_bytes || !isInRange(signature, 0) || !isInRange(signature, coordinate_bytes)) return false;
	const point = new ECPoint(numberOf(key, 0), numberOf(key, coordinate_bytes));
	const verifier = new ECDSA(point, new Curve("secp256r1"));
	return verifier.verify(bufferOf(digest, 0, coordinate_bytes), bufferOf(signature, 0, 2 * coordinate_bytes));
}
