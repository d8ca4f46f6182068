// In the place of the SDK's `rng`, whose seed is from `rand()` in mcsim, and so the same at every start: the system's generator.
import FFI from "mc/ffi";

let native: FFI | undefined;

export default Object.freeze({
	/** At most 256 bytes (getentropy(3)). */
	get(count: number): ArrayBuffer {
		const bytes = new ArrayBuffer(count);
		native ??= new FFI();
		if (native.getentropy(bytes, BigInt(count)) !== 0) throw new Error("rng: the system has no random numbers");
		return bytes;
	},
});
