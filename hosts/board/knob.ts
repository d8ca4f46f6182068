// ECMA-419 §10 Analog: the SDK's class, raw. Calibrated (its default), the class scales 2,450 mV to full, and the top quarter of a
// 3.3 V potentiometer would be flat: the ends are found by the knob's own two-point calibration instead.
import Analog from "embedded:io/analog";
import type { Analog as HostAnalog, Provider } from "../../src/host.js";

export function provider(pin: number): Provider<HostAnalog> {
	return { io: Analog as unknown as new (options: object) => HostAnalog, pin, esp32: { calibrated: false } };
}
