// Signatures, checked with the arithmetic of the SDK. The SDK's own `verify` also takes false signatures: of RSA, any bytes after the
// hash and another hash's name; of ECDSA, numbers outside the group's order. Each allows an attacker to sign without the key.
import Crypt from "crypt";
import ECDSA from "ecdsa";
import PKCS1_5 from "pkcs1_5";
import X509, { type PublicKey } from "x509";
import type { Certificate } from "./certificate.js";
import { Der, INTEGER, SEQUENCE } from "./der.js";
import { Refusal, unsupported_certificate } from "./refusal.js";

/** Shorter keys of RSA can be broken with the means of a state (NIST SP 800-57 part 1 §5.6). */
const rsaBits_min = 2_048;

export type Hash = "SHA256" | "SHA384" | "SHA512";

const hashes = Object.freeze({
	SHA256: Object.freeze([2, 16, 840, 1, 101, 3, 4, 2, 1]),
	SHA384: Object.freeze([2, 16, 840, 1, 101, 3, 4, 2, 2]),
	SHA512: Object.freeze([2, 16, 840, 1, 101, 3, 4, 2, 3]),
});

/** Object identifiers of the signatures that are taken in certificates: with SHA-256 and longer. */
const algorithms: { readonly [id: string]: { readonly rsa: boolean; readonly hash: Hash } } = Object.freeze({
	"2a864886f70d01010b": Object.freeze({ rsa: true, hash: "SHA256" }),
	"2a864886f70d01010c": Object.freeze({ rsa: true, hash: "SHA384" }),
	"2a864886f70d01010d": Object.freeze({ rsa: true, hash: "SHA512" }),
	"2a8648ce3d040302": Object.freeze({ rsa: false, hash: "SHA256" }),
	"2a8648ce3d040303": Object.freeze({ rsa: false, hash: "SHA384" }),
	"2a8648ce3d040304": Object.freeze({ rsa: false, hash: "SHA512" }),
});

/** The key in a certificate. Throws where it cannot be used. */
export function publicKey(certificate: Certificate): PublicKey {
	let key: PublicKey | undefined;
	try {
		key = X509.decodeSPKI(certificate.der);
	} catch {
		// the Refusal is thrown below
	}
	if (!key || (key.curve === undefined) === (key.modulus === undefined))
		throw new Refusal(
			unsupported_certificate,
			"a certificate has a key that this device cannot use: RSA, and ECDSA on P-256 and P-384, it can",
		);
	if (key.modulus !== undefined && BigInt.bitLength(key.modulus) < rsaBits_min)
		throw new Refusal(
			unsupported_certificate,
			`a certificate has an RSA key of ${BigInt.bitLength(key.modulus)} bits; ${rsaBits_min} are needed`,
		);
	return key;
}

export function signedBy(issuer: Certificate, certificate: Certificate): boolean {
	const found = algorithms[certificate.algorithm];
	if (!found)
		throw new Refusal(
			unsupported_certificate,
			"a certificate is signed in a way that this device does not take: RSA (PKCS #1 v1.5) and ECDSA with SHA-256, SHA-384 or SHA-512 it does",
		);
	return verify(publicKey(issuer), found.rsa, found.hash, [certificate.tbs], certificate.signature);
}

/** Whether the owner of `key` has signed `parts`. */
export function verify(
	key: PublicKey,
	rsa: boolean,
	hash: Hash,
	parts: readonly (ArrayBuffer | Uint8Array)[],
	signature: Uint8Array,
): boolean {
	if (rsa !== (key.modulus !== undefined)) return false;
	const digest = new Crypt.Digest(hash);
	for (const part of parts) digest.write(part);
	const value = digest.close();
	return rsa ? verifyRSA(key, hash, value, signature) : verifyECDSA(key, value, signature);
}

/** RFC 8017 §8.2.2: the signed message is composed again and compared whole; no part of it is searched for. */
function verifyRSA(key: PublicKey, hash: Hash, value: ArrayBuffer, signature: Uint8Array): boolean {
	const pkcs1 = new PKCS1_5(key, false, hashes[hash]);
	if (signature.length !== pkcs1.modulusSize) return false;
	const number = big(signature);
	if (number >= (key.modulus as bigint)) return false;
	return pkcs1.rsa.process(number) === pkcs1.emsaEncode(value, pkcs1.modulusSize - 1);
}

/** FIPS 186-4 §6.4: both numbers are from 1 to n - 1, and the first bits of a longer hash count. */
function verifyECDSA(key: PublicKey, value: ArrayBuffer, signature: Uint8Array): boolean {
	const { curve, pub } = key;
	if (!curve || !pub) return false;
	let r: bigint;
	let s: bigint;
	try {
		const numbers = new Der(signature).next(SEQUENCE).inside;
		r = big(numbers.next(INTEGER).content);
		s = big(numbers.next(INTEGER).content);
		numbers.close();
	} catch {
		return false;
	}
	if (r <= 0n || s <= 0n || r >= curve.n || s >= curve.n) return false;
	return new ECDSA(pub, curve)._verify(value.slice(0, curve.orderSize), r, s);
}

const big = (bytes: Uint8Array): bigint => BigInt.fromArrayBuffer(bytes.slice().buffer);
