// Wi-Fi that stays. The SDK's own network setup runs before `main` (too early: the LED must be dark first) and lets go of
// Wi-Fi once it is connected; this one connects again for ever, and never restarts the board.
import Radio from "embedded:network/interface/wifi";
import type { Alarm, Time } from "../../src/host.js";

const retry_min_ms = 1_000;
const retry_max_ms = 30_000;
/** Association and DHCP together. A connection attempt that hangs longer is given up. */
const patience_ms = 20_000;

/** `connection` of ECMA-419 network interfaces: up to 200 nothing, 300 connecting, 400 associated, 500 with an address. */
const disconnected = 200;
const usable = 500;

export interface WiFiOptions {
	ssid: string;
	password: string;
	time: Time;
	random(): number;
	log(line: string): void;
}

export class WiFi {
	/** Called once, and forgotten, when Wi-Fi is up. */
	readonly waiting = new Set<() => void>();
	#options: WiFiOptions | undefined;
	#radio: Radio | undefined;
	#alarm: Alarm | undefined;
	#retry = retry_min_ms;
	#up = false;

	get up(): boolean {
		return this.#up;
	}

	/** Last three bytes of the MAC in hexadecimal. Known once started. */
	get id(): string {
		const mac = this.#radio?.MAC;
		if (mac === undefined) throw new Error("Wi-Fi: no MAC before start");
		return mac.replaceAll(":", "").slice(-6).toLowerCase();
	}

	start(options: WiFiOptions): void {
		this.#options = options;
		this.#alarm = options.time.alarm(() => this.#rang());
		this.#radio = new Radio({ onChanged: () => this.#changed() });
		this.#connect();
	}

	#connect(): void {
		const { ssid, password, log } = this.#options as WiFiOptions;
		log(`Wi-Fi: connecting to "${ssid}"`);
		try {
			this.#radio?.connect(password ? { SSID: ssid, password } : { SSID: ssid });
		} catch (error) {
			log(`Wi-Fi: ${error}`);
		}
		this.#alarm?.set(patience_ms);
	}

	#changed(): void {
		const { log } = this.#options as WiFiOptions;
		const connection = this.#radio?.connection ?? 0;
		if (connection >= usable) {
			this.#retry = retry_min_ms;
			this.#alarm?.clear();
			if (this.#up) return;
			this.#up = true;
			log(`Wi-Fi: up, address ${this.#radio?.address}`);
			for (const then of this.waiting) then();
			this.waiting.clear();
		} else if (connection <= disconnected) {
			log(this.#up ? "Wi-Fi: lost" : "Wi-Fi: not connected (password, or out of reach?)");
			this.#up = false;
			this.#again();
		} else if (this.#up) {
			log("Wi-Fi: no address any more");
			this.#up = false;
			this.#alarm?.set(patience_ms);
		}
	}

	/** The attempt took too long, or it is time for the next. */
	#rang(): void {
		if ((this.#radio?.connection ?? 0) > disconnected) {
			this.#radio?.disconnect();
			this.#again();
		} else this.#connect();
	}

	/** Half of the wait is random, so that a street's lamps do not come back at the same moment after a power cut. */
	#again(): void {
		const { random } = this.#options as WiFiOptions;
		this.#alarm?.set(this.#retry * (0.5 + random() / 2));
		this.#retry = Math.min(this.#retry * 2, retry_max_ms);
	}
}
