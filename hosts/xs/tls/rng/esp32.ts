// In the place of the SDK's `rng`, which stretches a short seed: ESP-IDF's hardware generator. Its numbers are random while the radio is on (ESP-IDF,
// Random Number Generation), and without the radio there is no TLS.
import FFI from "mc/ffi";

let native: FFI | undefined;

export default Object.freeze({
	get(count: number): ArrayBuffer {
		const bytes = new ArrayBuffer(count);
		native ??= new FFI();
		native.esp_fill_random(bytes, count);
		return bytes;
	},
});
