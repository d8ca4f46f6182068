// The parts of the SDK's TLS (modules/crypt) that Lampwire uses; @moddable/typings has none of them.
declare module "ssl/stream" {
	export default class SSLStream {
		constructor(bytes?: Uint8Array, initial?: number);
		readonly bytesAvailable: number;
		/** With `reference`, a view; else a copy. */
		readChunk(count: number, reference?: boolean): Uint8Array | ArrayBuffer;
	}
}
declare module "ssl/constants" {
	export const AES: number;
	export const ECDHE_RSA: number;
	export const GCM: number;
	export const SHA256: number;
}
declare module "ssl/alert" {
	const alert: object;
	export default alert;
}
declare module "ssl/session" {
	/** The connection, as the session uses it. The session counts `readable` down itself. */
	export interface Wire {
		readable: number;
		writable: number;
		read(buffer: Uint8Array): void;
		write(packet: Uint8Array): number;
	}
	export default class SSLSession {
		constructor(options: object);
		clientRandom: ArrayBuffer;
		serverRandom: ArrayBuffer;
		dhparams: object | undefined;
		clientCipher: object | null;
		serverCipher: object | null;
		certificateManager: object;
		alert: { level: number; description: number } | undefined;
		handshakeProcess: number;
		initiateHandshake(): void;
		handshake(wire: Wire): boolean;
		read(wire: Wire): Uint8Array | undefined | null;
		write(wire: Wire, data: ArrayBuffer | SharedArrayBuffer | ArrayBufferView): number;
		readPacket(wire: Wire): ArrayBuffer | undefined;
		putData(data: Uint8Array): void;
		doProtocol(wire: Wire, protocol: object, level: number, description: number): void;
	}
}
declare module "ssl/sdk-handshake" {
	import type SSLStream from "ssl/stream";

	const handshake: {
		unpacketize(this: object, session: object, record: SSLStream): void;
		packetize(this: object, session: object, type: number, body: SSLStream): Uint8Array;
		readonly [message: string]: object;
	};
	export default handshake;
}
declare module "crypt" {
	class Digest {
		constructor(name: string);
		write(data: ArrayBuffer | Uint8Array): void;
		close(): ArrayBuffer;
	}
	const Crypt: { Digest: typeof Digest };
	export default Crypt;
}
declare module "x509" {
	import type Curve from "curve";
	import type ECPoint from "ecp";
	/** RSA: `modulus` and `exponent`; ECDSA: `curve` and `pub`. */
	export interface PublicKey {
		modulus?: bigint;
		exponent?: bigint;
		curve?: Curve;
		pub?: ECPoint;
	}
	const X509: { decodeSPKI(certificate: Uint8Array): PublicKey };
	export default X509;
}
declare module "pkcs1_5" {
	export default class PKCS1_5 {
		constructor(key: object, secret: boolean, hash: readonly number[]);
		readonly modulusSize: number;
		readonly rsa: { process(value: bigint): bigint };
		emsaEncode(hash: ArrayBuffer, bytes: number): bigint;
	}
}
declare module "rng" {
	const RNG: { get(count: number): ArrayBuffer };
	export default RNG;
}
declare module "pkcs8" {
	const PKCS8: { parse(der: Uint8Array): unknown };
	export default PKCS8;
}
interface BigIntConstructor {
	fromArrayBuffer(buffer: ArrayBuffer): bigint;
	bitLength(value: bigint): number;
}
