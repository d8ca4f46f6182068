// The handshake of the SDK (ssl/handshake) with guards. The SDK's takes messages in any order, takes TLS 1.0 for an end of the handshake, after
// which it writes in the clear, and takes an unsigned key exchange.
import original from "ssl/sdk-handshake";
import SSLStream from "ssl/stream";
import {
	decode_error,
	decrypt_error,
	handshake_failure,
	protocol_version,
	Refusal,
	unexpected_message,
	unsupported_certificate,
} from "./refusal.js";
import type { Guarded } from "./session.js";
import { verify } from "./signature.js";

const server_hello = 2;
const certificate = 11;
const server_key_exchange = 12;
const certificate_request = 13;
const server_hello_done = 14;
const finished = 20;

/** For each message of a server, the messages that may come before it (RFC 5246 §7.3); -1: no message yet. */
const before: { readonly [message: number]: readonly number[] } = Object.freeze({
	[server_hello]: Object.freeze([-1]),
	[certificate]: Object.freeze([server_hello]),
	[server_key_exchange]: Object.freeze([certificate]),
	[certificate_request]: Object.freeze([server_key_exchange]),
	[server_hello_done]: Object.freeze([server_key_exchange, certificate_request]),
	[finished]: Object.freeze([server_hello_done]),
});

const words: { readonly [message: number]: string } = Object.freeze({
	[-1]: "ClientHello",
	[server_hello]: "ServerHello",
	[certificate]: "Certificate",
	[server_key_exchange]: "ServerKeyExchange",
	[certificate_request]: "CertificateRequest",
	[server_hello_done]: "ServerHelloDone",
	[finished]: "Finished",
});

/** The name of the last handshake message, for an Error's text. */
export const messageName = (message: number): string => words[message] ?? `message ${message}`;

/** A chain of four certificates with RSA keys has 6 KB; a server's list of authorities in CertificateRequest may have more. */
const message_bytes = 16_384;

const named_curve = 3;
const secp256r1 = 23;
const sha256 = 4;
const rsa = 1;
const ecdsa = 3;

const handshake = {
	/** All functions that are not below are right in the SDK. */
	__proto__: original,

	/** A record may hold a part of a message, or several messages (§6.2.1); the SDK reads the second kind alone. */
	unpacketize(session: Guarded, record: SSLStream): void {
		const part = record.readChunk(record.bytesAvailable, true) as Uint8Array;
		let bytes = part;
		if (session.part) {
			bytes = new Uint8Array(session.part.length + part.length);
			bytes.set(session.part);
			bytes.set(part, session.part.length);
			session.part = undefined;
		}
		let at = 0;
		while (bytes.length - at >= 4) {
			const length = ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
			if (length > message_bytes) throw new Refusal(decode_error, `a handshake message of ${length} bytes; ${message_bytes} are the most`);
			const end = at + 4 + length;
			if (end > bytes.length) break;
			admit(session, bytes, at);
			original.unpacketize.call(handshake, session, new SSLStream(bytes.subarray(at, end)));
			if (session.message === finished) session.finished = true;
			at = end;
		}
		if (at < bytes.length) session.part = bytes.slice(at);
	},

	serverKeyExchange: {
		msgType: server_key_exchange,
		/** RFC 8422 §5.4: the server's ephemeral key, on P-256, signed by the key of its certificate. */
		unpacketize(session: Guarded, body: SSLStream | undefined): void {
			const bytes = body?.readChunk(body.bytesAvailable, true) as Uint8Array | undefined;
			const length = bytes?.[3] ?? 0;
			const point = bytes?.subarray(4, 4 + length);
			if (!bytes || !point || bytes[0] !== named_curve || bytes[1] !== 0 || bytes[2] !== secp256r1 || length !== 65 || point[0] !== 4)
				throw new Refusal(handshake_failure, "the broker's key exchange is not on the curve P-256, which was asked for");
			const at = 4 + length;
			const hash = bytes[at];
			const algorithm = bytes[at + 1];
			const size = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
			const signature = bytes.subarray(at + 4);
			if (hash === undefined || algorithm === undefined || (hash === 0 && algorithm === 0) || size === 0)
				throw new Refusal(decrypt_error, "the broker's key exchange is not signed: whoever this is has no key for its certificate");
			if (hash !== sha256 || (algorithm !== rsa && algorithm !== ecdsa))
				throw new Refusal(
					unsupported_certificate,
					`the broker's key exchange is signed by ${algorithm} with hash ${hash}; RSA (1) or ECDSA (3) with SHA-256 (4) were asked for`,
				);
			if (signature.length !== size) throw new Refusal(decode_error, "the broker's key exchange is cut short");
			const signed = [session.clientRandom, session.serverRandom, bytes.subarray(0, at)];
			if (!verify(session.certificateManager.peer, algorithm === rsa, "SHA256", signed, signature))
				throw new Refusal(
					decrypt_error,
					"the broker's key exchange is not signed by the key of its certificate: whoever this is does not have it",
				);
			session.dhparams = { named_curve: secp256r1, dh_Ys: point.slice().buffer };
		},
	},
};

/** Throws unless this message may come now. */
function admit(session: Guarded, bytes: Uint8Array, at: number): void {
	const type = bytes[at] as number;
	if (session.finished) throw new Refusal(unexpected_message, "the broker begins a second handshake, which is not done here");
	if (!before[type]?.includes(session.message))
		throw new Refusal(unexpected_message, `the broker sends ${messageName(type)} after ${messageName(session.message)}`);
	if (type === server_hello) {
		const version = ((bytes[at + 4] ?? 0) << 8) | (bytes[at + 5] ?? 0);
		if (version !== 0x0303)
			throw new Refusal(protocol_version, `the broker speaks ${versionName(version)}, and no newer version; this device asks for TLS 1.2`);
	}
	// ChangeCipherSpec has come, so that Finished was encrypted
	if (type === finished && !session.serverCipher) throw new Refusal(unexpected_message, "the broker does not encrypt");
	session.message = type;
}

const versionName = (version: number) => (version === 0x0300 ? "SSL 3.0" : version >> 8 === 3 ? `TLS 1.${(version & 0xff) - 1}` : "no TLS");

export default Object.freeze(handshake);
