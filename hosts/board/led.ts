// ECMA-419 §10 PWM: the SDK's class, whose constructor drives the pin low.
import PWM from "embedded:io/pwm";
import type { PWM as HostPWM, Provider } from "../../src/host.js";

const NativePWM = PWM as unknown as new (options: object) => HostPWM;

interface Options {
	pins: readonly number[];
	hz: number;
	resolution: number;
}

/** Several pins as one lamp: they share a timer, for frequency and resolution are the same, and each takes a channel. */
class Together implements HostPWM {
	readonly resolution: number;
	readonly hz: number;
	readonly #parts: HostPWM[] = [];

	constructor({ pins, hz, resolution }: Options) {
		this.resolution = resolution;
		this.hz = hz;
		for (const pin of pins) {
			try {
				const part = new NativePWM({ pin, hz, resolution });
				this.#parts.push(part);
				// before the next pin is opened
				part.write(0);
			} catch (error) {
				this.close();
				throw new Error(`leds: pin ${pin}: ${error instanceof Error ? error.message : error}`);
			}
		}
	}

	write(duty: number): void {
		const parts = this.#parts;
		for (let i = 0; i < parts.length; i++) (parts[i] as HostPWM).write(duty);
	}

	close(): void {
		for (const part of this.#parts.splice(0)) part.close();
	}
}

/** For one pin, the SDK's class itself: a fade step costs no further call. */
export function provider(pins: readonly number[], hz: number, resolution: number): Provider<HostPWM> {
	if (pins.length === 1) return { io: NativePWM, pin: pins[0], hz, resolution };
	return { io: Together, pins, hz, resolution };
}

/** A lamp that is held dark. */
export interface Held extends Provider<HostPWM> {
	/** Gives the pins back, instead of passing them to a role. */
	close(): void;
}

/** Opens the LED now, dark, and provides the open LED: a lamp must not flash while Wi-Fi starts. */
export function dark(led: Provider<HostPWM>): Held {
	const open = new led.io(led);
	open.write(0);
	return {
		io: function held() {
			return open;
		} as unknown as new () => HostPWM,
		close: () => open.close(),
	};
}
