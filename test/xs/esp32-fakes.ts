// The SDK's modules as far as the ESP32 host needs them in Node: fakes that write down what is asked of them.
import { register } from "node:module";

/** `import x from "mc/config"` gives `globalThis["mc/config"]`, and so on. */
const names = ["mc/config", "net", "embedded:network/interface/wifi", "embedded:io/pwm"];
const hook = `export async function resolve(specifier, context, next) {
	if (!${JSON.stringify(names)}.includes(specifier) || !context.parentURL?.includes("/hosts/esp32/")) return next(specifier, context);
	return { url: "data:text/javascript,export default globalThis[" + encodeURIComponent(JSON.stringify(specifier)) + "]", shortCircuit: true };
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
const world = globalThis as unknown as Record<string, unknown>;

/** What `mc/config` holds; fill it anew for each test. */
export const given: Record<string, unknown> = {};
world["mc/config"] = given;

/** As wifi-esp32.c: what it tells, and what it does not. */
export class Radio {
	static last: Radio;
	connection = 200;
	/** As the SDK's: none before DHCP has given one. */
	address: string | undefined;
	RSSI: number | undefined = -61;
	readonly MAC = "24:6f:28:A1:B2:C3";
	readonly calls: string[] = [];
	readonly #onChanged: () => void;
	constructor({ onChanged }: { onChanged(): void }) {
		this.#onChanged = onChanged;
		Radio.last = this;
	}
	connect({ SSID, password }: { SSID: string; password?: string }): void {
		if (this.connection > 200) throw new Error("already connecting");
		this.connection = 300;
		this.calls.push(`connect ${SSID} ${password}`);
	}
	/** As the SDK's: it tells nobody, for it changes `connection` itself before the event comes. */
	disconnect(): void {
		this.connection = 200;
		this.address = undefined;
		this.calls.push("disconnect");
	}
	scanning: { onFound(ap: { SSID: string; RSSI: number }): void; onComplete(): void } | undefined;
	scan(options: NonNullable<Radio["scanning"]>): void {
		this.calls.push("scan");
		this.scanning = options;
	}
	scanned(...found: [SSID: string, RSSI: number][]): void {
		for (const [SSID, RSSI] of found) this.scanning?.onFound({ SSID, RSSI });
		this.scanning?.onComplete();
	}
	becomes(connection: number, address = connection >= 500 ? "192.168.1.77" : undefined): void {
		this.connection = connection;
		this.address = address;
		this.#onChanged();
	}
}
world["embedded:network/interface/wifi"] = Radio;

/** Names that were asked for. */
export const asked: [string, (name: string, address?: string) => void][] = [];
world.net = { resolve: (...request: (typeof asked)[0]) => asked.push(request) };

/** The SDK's PWM, of which everything is written down. `taken`: a pin that something else has. */
export class PWM {
	static log: string[] = [];
	static taken = -1;
	readonly #pin: number;
	readonly resolution: number;
	readonly hz: number;
	constructor({ pin, hz, resolution }: { pin: number; hz: number; resolution: number }) {
		if (pin === PWM.taken) throw new Error("in use");
		this.#pin = pin;
		this.resolution = resolution;
		this.hz = hz;
		PWM.log.push(`open ${pin}`);
	}
	write(duty: number): void {
		PWM.log.push(`${this.#pin}=${duty}`);
	}
	close(): void {
		PWM.log.push(`close ${this.#pin}`);
	}
}
world["embedded:io/pwm"] = PWM;

// Not by a constant: the root's tsconfig knows no XS.
export const load = (name: string) => import(`../../hosts/esp32/${name}.js`);
