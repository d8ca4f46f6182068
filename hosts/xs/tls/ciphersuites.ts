// What is offered, in the place of the SDK's ssl/ciphersuites: a key exchange with keys of the moment (forward secrecy), and encryption that
// proves the message. The SDK's other suites are left out: with RSA's key exchange a key that leaks later opens what was recorded; and of CBC
// its padding is not checked.
import { AES, ECDHE_RSA, GCM, SHA256 } from "ssl/constants";

/** RFC 5289 §3.2. The SDK has one name for both: which key signs is told by the certificate. */
const suite = (low: number) =>
	Object.freeze({
		value: Object.freeze([0xc0, low]),
		isExportable: false,
		keyExchangeAlgorithm: ECDHE_RSA,
		cipherAlgorithm: AES,
		cipherKeySize: 16,
		cipherBlockSize: 16,
		hashAlgorithm: SHA256,
		hashSize: 32,
		encryptionMode: GCM,
		ivSize: 8,
		saltSize: 4,
	});

const TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 = suite(0x2b);
const TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 = suite(0x2f);

// the first is what a server takes that has both certificates: to check ECDSA costs a board less than its RSA costs the server
export default Object.freeze([TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]);
