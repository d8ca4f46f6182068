// The cipher suites of this client, in the place of the SDK's ssl/ciphersuites: a key exchange with ephemeral keys (forward secrecy), and
// authenticated encryption. The SDK's other suites are left out: with RSA's key exchange a key that leaks later decrypts recorded connections;
// and the SDK does not check the padding of CBC.
import { AES, ECDHE_RSA, GCM, SHA256 } from "ssl/constants";

/** RFC 5289 §3.2. The SDK has one name for both suites: the certificate says which kind of key signs. */
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

// a server with both certificates takes the first suite: to check ECDSA costs a board less than its RSA costs the server
export default Object.freeze([TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]);
