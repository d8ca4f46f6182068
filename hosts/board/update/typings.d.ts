// The SDK's classes that are used here: @moddable/typings 5.6.0 has none of them, and the SDK's own typings lack the arithmetic and the FFI.
declare module "crypt" {
	export class Digest {
		constructor(type: "SHA256");
		write(data: ArrayBufferLike): void;
		close(): ArrayBuffer;
	}
}
declare module "curve" {
	export default class Curve {
		constructor(name: "secp256r1");
		/** The order of the curve's group, and the bytes of that order. */
		n: bigint;
		orderSize: number;
	}
}
declare module "ecp" {
	export default class ECPoint {
		constructor(x: bigint, y: bigint);
	}
}
declare module "ecdsa" {
	import type Curve from "curve";
	import type ECPoint from "ecp";
	export default class ECDSA {
		constructor(key: ECPoint, curve: Curve);
		verify(digest: ArrayBufferLike, signature: ArrayBufferLike): boolean;
		_verify(digest: ArrayBufferLike, r: bigint, s: bigint): boolean;
	}
}
declare module "embedded:storage/flash" {
	interface Flash {
		status(): { size: number };
		read(byteLength: number, byteOffset: number): ArrayBuffer;
		eraseBlock(block: number): void;
		close(): void;
	}
	const flash: { open(options: { path: string; mode?: "r" | "r+" }): Flash };
	export default flash;
}
declare module "embedded:update" {
	interface Updater {
		write(bytes: Uint8Array): void;
		complete(): void;
		close(): void;
	}
	const update: { open(options: { partition: object; mode: "a" }): Updater };
	export default update;
}
