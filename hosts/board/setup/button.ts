// The button that every board has, "BOOT" or "IO0": held for three seconds in the first minute after a start, it opens the setup page. Held during
// the reset, it would make the chip wait for a download. After the minute the pin and its memory are free again.
import Digital from "embedded:io/digital";
import type { Time } from "../../../src/host.js";

/** Sources: the data sheets, "strapping pins". The button pulls the pin low. */
const bootPins: Readonly<Record<string, number>> = Object.freeze({ esp32: 0, esp32s3: 0, esp32c3: 9, esp32c6: 9 });

const watch_ms = 60_000;
const hold_ms = 3_000;

/** `taken`: pins that are a knob or an LED, and so no button. */
export function watchButton(chip: string, taken: readonly number[], time: Time, onHeld: () => void): void {
	const pin = bootPins[chip];
	if (pin === undefined || taken.includes(pin)) return;
	const close = () => {
		button.close();
		held.close();
		end.close();
	};
	const button = new Digital({
		pin,
		mode: Digital.InputPullUp,
		edge: Digital.Falling | Digital.Rising,
		onReadable() {
			// Each bounce begins the three seconds anew.
			if (this.read() === 0) held.set(hold_ms);
			else held.clear();
		},
	});
	const held = time.alarm(() => {
		const low = button.read() === 0;
		if (!low) return;
		close();
		onHeld();
	});
	const end = time.alarm(() => {
		// A button that is pressed at the end of the minute still has its three seconds.
		if (button.read() === 0) end.set(hold_ms);
		else close();
	});
	end.set(watch_ms);
}
