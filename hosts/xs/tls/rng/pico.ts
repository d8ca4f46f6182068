// In the place of the SDK's `rng`, whose seed is from `rand()` on a Pico, and so the same at every start: the Pico SDK's generator (pico_rand), which
// mixes the ring oscillator, the clock and the bus.
import FFI from "mc/ffi";

let native: FFI | undefined;

export default Object.freeze({
	get(count: number): ArrayBuffer {
		const words = new Uint32Array((count + 3) >> 2);
		native ??= new FFI();
		for (let i = 0; i < words.length; i++) words[i] = native.get_rand_32();
		return words.buffer.slice(0, count);
	},
});
