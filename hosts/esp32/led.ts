// ECMA-419 §10 PWM: the SDK's class. Its constructor drives the pin low.
import PWM from "embedded:io/pwm";
import type { PWM as HostPWM, Provider } from "../../src/host.js";

export function provider(pin: number, hz: number, resolution: number): Provider<HostPWM> {
	return { io: PWM as unknown as new (options: object) => HostPWM, pin, hz, resolution };
}

/** Opens the LED now, dark, and provides what was opened: a lamp must not flash while Wi-Fi starts. */
export function dark(led: Provider<HostPWM>): Provider<HostPWM> {
	const open = new led.io(led);
	open.write(0);
	return {
		io: function held() {
			return open;
		} as unknown as new () => HostPWM,
	};
}
