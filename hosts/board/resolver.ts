// ECMA-419 §24 domain name resolver over lwIP's, which fails while there is no network: a request then waits for Wi-Fi, and goes out
// once it is up, rather than fail and leave the link to its back-off. A `.local` name is asked by multicast DNS.
// biome-ignore lint/style/useNodejsImportProtocol: the SDK's "net", not Node's
import Net from "net";
import type { Alarm, Resolver as HostResolver, Time } from "../../src/host.js";
import { resolve_timeout_ms } from "../../src/limits.js";
import type { Ask } from "../xs/auto.js";
import { askNetwork, isLocal } from "../xs/local.js";
import type { WiFi } from "./wifi.js";

type Request = Parameters<HostResolver["resolve"]>[0];

export default class Resolver implements HostResolver {
	readonly #wifi: WiFi;
	readonly #time: Time;
	readonly #late: Alarm;
	readonly #ready = () => this.#ask();
	/** The request that has not been answered. */
	#request: Request | undefined;
	#closed = false;
	/** Ends a question to the network. */
	#giveUp: (() => void) | undefined;

	/** The search of `broker=auto`. */
	readonly #find: Ask | undefined;

	/**
	 * `time` bounds lwIP's answer from the moment that there is a network: the caller does not know that moment. `find` replaces DNS, for all names.
	 */
	constructor(options: { wifi: WiFi; time: Time; find?: Ask }) {
		this.#wifi = options.wifi;
		this.#find = options.find;
		this.#time = options.time;
		this.#late = options.time.alarm(() => this.#answer(undefined));
	}

	resolve(request: Request): void {
		if (this.#closed) throw new Error("Resolver: resolve after close");
		const { host } = request;
		if (typeof host !== "string" || host === "") throw new TypeError("Resolver: host must be a name or an address");
		if (this.#request !== undefined) throw new Error("Resolver: one request at a time");
		const up = this.#wifi.check();
		this.#request = request;
		if (up) this.#ask();
		else this.#wifi.waiting.add(this.#ready);
	}

	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		this.#request = undefined;
		this.#giveUp?.();
		this.#wifi.waiting.delete(this.#ready);
		this.#late.close();
	}

	#ask(): void {
		const request = this.#request as Request;
		this.#late.set(resolve_timeout_ms);
		try {
			const answered = (address: string | undefined) => this.#answer(address);
			if (this.#find !== undefined || isLocal(request.host)) {
				this.#giveUp = this.#find?.(request.host, answered) ?? askNetwork(request.host, this.#time, answered);
				return;
			}
			// lwIP answers an address with itself, and everything from its event loop.
			Net.resolve(request.host, (_name, address) => {
				// a late answer belongs to no request any more
				if (this.#request === request) this.#answer(address);
			});
		} catch {
			// No memory, or no socket. The failure comes from the event loop, like any other answer.
			this.#late.set(0);
		}
	}

	#answer(address: string | undefined): void {
		const { host, onResolved, onError } = this.#request as Request;
		this.#request = undefined;
		this.#giveUp?.();
		this.#giveUp = undefined;
		this.#late.clear();
		if (address === undefined) onError.call(this, host);
		else onResolved.call(this, host, address);
	}
}
