// ECMA-419 §24 domain name resolver over the system's; a `.local` name is asked for by multicast DNS.
// biome-ignore lint/style/useNodejsImportProtocol: the SDK's "net", not Node's
import Net from "net";
import Timer from "timer";
import type { Resolver as HostResolver, Time } from "../../src/host.js";
import type { Ask } from "../xs/auto.js";
import { askNetwork, isLocal } from "../xs/local.js";

type Request = Parameters<HostResolver["resolve"]>[0];

const address_pattern = /^\d+\.\d+\.\d+\.\d+$/;

export default class Resolver implements HostResolver {
	/** The search of `broker=auto`, in the place of DNS, for all names. */
	readonly #find: Ask | undefined;
	readonly #time: Time;
	#closed = false;
	/** Functions that end the questions to the network. */
	readonly #giveUps: (() => void)[] = [];

	constructor(options: { time: Time; find?: Ask }) {
		this.#time = options.time;
		this.#find = options.find;
	}

	resolve(request: Request): void {
		if (this.#closed) throw new Error("Resolver: resolve after close");
		const { host } = request;
		if (typeof host !== "string" || host === "") throw new TypeError("Resolver: host must be a name or an address");
		// mcsim's resolver fails where a name's first address is IPv6; on many systems, localhost is such a name.
		const known = host === "localhost" ? "127.0.0.1" : address_pattern.test(host) ? host : undefined;
		if (this.#find) this.#giveUps.push(this.#find(host, (address) => this.#answer(request, address)));
		else if (known) Timer.set(() => this.#answer(request, known), 1);
		else if (isLocal(host)) this.#giveUps.push(askNetwork(host, this.#time, (address) => this.#answer(request, address)));
		else Net.resolve(host, (_name, address) => this.#answer(request, address));
	}

	close(): void {
		this.#closed = true;
		for (const giveUp of this.#giveUps.splice(0)) giveUp();
	}

	#answer({ host, onResolved, onError }: Request, address: string | undefined): void {
		if (this.#closed) return;
		if (address === undefined) onError.call(this, host);
		else onResolved.call(this, host, address);
	}
}
