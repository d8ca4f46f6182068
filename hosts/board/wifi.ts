// Wi-Fi that stays. The SDK's own network setup runs before `main` (too early: the LED must be dark first) and does not watch
// Wi-Fi once it is connected; this class connects again for ever, and never restarts the board. No call here blocks: there are events and
// one alarm, so that no knob and no fade stalls.
import Radio from "embedded:network/interface/wifi";
import type { Alarm, Time } from "../../src/host.js";
import { cleanSsid, looksLike } from "./ssid.js";

const retry_min_ms = 1_000;
const retry_max_ms = 30_000;
/** Association and DHCP together. A connection attempt that takes longer is ended. */
const patience_ms = 20_000;
/** After so many failures in a row, one scan tells a wrong password from an access point that is away. */
const failures_look = 3;

/** `connection` of ECMA-419 network interfaces: up to 200 not connected, 300 connecting, 400 associated, 500 with an address. */
const disconnected = 200;
const associated = 400;
const usable = 500;

export interface WiFiOptions {
	ssid: string;
	password: string;
	time: Time;
	random(): number;
	log(line: string): void;
	/** `up` has changed. */
	onChange?(): void;
}

export class WiFi {
	/** Called once, and removed, when Wi-Fi is up. An exception in one of them is logged; the others are called all the same. */
	readonly waiting = new Set<() => void>();
	#options: WiFiOptions | undefined;
	#radio: Radio | undefined;
	#alarm: Alarm | undefined;
	#retry = retry_min_ms;
	#failures = 0;
	/** A connection attempt is under way, and the alarm is its deadline. */
	#trying = false;
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

	/** The address of IPv4; undefined while Wi-Fi is not up. */
	get address(): string | undefined {
		return this.#up && this.#networked() ? this.#radio?.address : undefined;
	}

	/** Signal strength in dBm; undefined while Wi-Fi is not up. */
	get rssi(): number | undefined {
		return this.#up ? this.#radio?.RSSI : undefined;
	}

	start(options: WiFiOptions): void {
		this.#options = options;
		this.#alarm = options.time.alarm(() => this.#rang());
		this.#radio = new Radio({ onChanged: () => this.#changed() });
		options.log(`Wi-Fi: connecting to "${options.ssid}"`);
		this.#connect();
	}

	/**
	 * True when there is a network; checks whether link and address are still there. The SDK does not report the loss of DHCP's lease (its events for
	 * that are dropped, and `connection` stays at 500), so the resolver calls this before every lookup: after a lost lease, the next connection
	 * attempt comes soon enough.
	 */
	check(): boolean {
		if (this.#up && !this.#networked()) {
			const linked = (this.#radio?.connection ?? 0) >= associated;
			this.#down(linked ? "the address is gone (DHCP), connecting anew" : "lost");
			this.#radio?.disconnect();
			this.#again();
		}
		return this.#up;
	}

	/**
	 * Associated, with an address of IPv4: where there is none, the ESP32's class returns the link-local address of IPv6; and the Pico's returns
	 * the last address that there was, also when the link is down.
	 */
	#networked(): boolean {
		const radio = this.#radio;
		return radio !== undefined && radio.connection >= associated && radio.address?.includes(".") === true;
	}

	#connect(): void {
		const { ssid, password } = this.#options as WiFiOptions;
		this.#trying = true;
		this.#alarm?.set(patience_ms);
		try {
			this.#radio?.connect(password ? { SSID: ssid, password } : { SSID: ssid });
		} catch {
			this.#again();
		}
	}

	#changed(): void {
		const connection = this.#radio?.connection ?? 0;
		if (connection >= usable) this.#comeUp();
		else if (connection <= disconnected) {
			if (this.#up) this.#down("lost");
			// a late end of an attempt that has been ended here: the alarm is waiting for the next try
			else if (!this.#trying) return;
			this.#again();
		} else if (this.#up && !this.#networked()) {
			this.#down("no address any more");
			this.#trying = true;
			this.#alarm?.set(patience_ms);
		}
	}

	#comeUp(): void {
		if (this.#up) return;
		const { log, onChange } = this.#options as WiFiOptions;
		this.#retry = retry_min_ms;
		this.#failures = 0;
		this.#trying = false;
		this.#alarm?.clear();
		this.#up = true;
		log(`Wi-Fi: up, address ${this.#radio?.address}`);
		for (const then of this.waiting) {
			try {
				then();
			} catch (error) {
				log(`Wi-Fi: up, and then: ${error instanceof Error ? error.message : error}`);
			}
		}
		this.waiting.clear();
		onChange?.();
	}

	#down(why: string): void {
		const { log, onChange } = this.#options as WiFiOptions;
		this.#up = false;
		log(`Wi-Fi: ${why}`);
		onChange?.();
	}

	/** The attempt took too long, or the next attempt is due. */
	#rang(): void {
		// The SDK reports 500 once IPv6 has its address too; a network without IPv6 must not keep a lamp away.
		if (this.#trying && this.#networked()) this.#comeUp();
		else if (this.#trying) {
			this.#radio?.disconnect();
			this.#again();
		} else this.#connect();
	}

	#again(): void {
		this.#trying = false;
		this.#failures++;
		if (this.#failures !== failures_look || !this.#look()) this.#later();
	}

	/** Half of the wait is random, so that a street's lamps do not come back at the same moment after a power cut. */
	#later(): void {
		const { random } = this.#options as WiFiOptions;
		this.#alarm?.set(this.#retry * (0.5 + random() / 2));
		this.#retry = Math.min(this.#retry * 2, retry_max_ms);
	}

	/** A scan, once an outage, for the log: the SDK does not say why a connection failed. The next try waits for its end. False: no scan now. */
	#look(): boolean {
		const { ssid, log } = this.#options as WiFiOptions;
		let others = 0;
		let strongest: number | undefined;
		let alike: string | undefined;
		try {
			this.#radio?.scan({
				onFound({ SSID, RSSI }) {
					const name = cleanSsid(SSID);
					if (name === ssid) strongest = Math.max(RSSI, strongest ?? RSSI);
					else others++;
					if (name !== undefined && looksLike(name, ssid)) alike = name;
				},
				onComplete: () => {
					if (this.#up || this.#trying) return;
					let line = `Wi-Fi: "${ssid}" is in sight (${strongest} dBm) and does not let us in: is the password right?`;
					if (strongest === undefined)
						line =
							alike === undefined
								? `Wi-Fi: "${ssid}" is not in sight, ${others} others are: out of reach, hidden, misspelt, or at 5 GHz only?`
								: `Wi-Fi: "${ssid}" is not in sight, but "${alike}" is: write the name exactly like that`;
					log(line);
					this.#later();
				},
			});
		} catch {
			return false;
		}
		// after a scan that never ends, the alarm starts the next try
		this.#alarm?.set(patience_ms);
		return true;
	}
}
