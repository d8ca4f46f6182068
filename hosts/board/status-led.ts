// ECMA-419 §10 Digital: the status LED.
import Digital from "embedded:io/digital";
import type { StatusSettings } from "./config.js";

/** Opens the pin, dark, and returns the function that switches the LED. */
export function openStatusLed({ pin, activeLow }: StatusSettings): (lit: boolean) => void {
	const led = new Digital({ pin, mode: Digital.Output as never });
	const write = (lit: boolean) => led.write(lit === activeLow ? 0 : 1);
	write(false);
	return write;
}
