// In the place of hosts/esp32/setup: the setup page needs the SDK's access point, which the Pico W does not have. Everything comes by cable.
import words from "mc/config";

export function beginSetup(): { words: Readonly<Record<string, unknown>>; attach(): void } {
	return { words, attach() {} };
}
