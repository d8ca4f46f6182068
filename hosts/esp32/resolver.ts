// ECMA-419 §24 domain name resolver over lwIP's, which cannot be asked before there is a network: such a request waits
// for Wi-Fi and goes out the moment it is there, rather than fail and leave the link to its back-off.
// biome-ignore lint/style/useNodejsImportProtocol: the SDK's "net", not Node's
import Net from "net";
import type { Resolver as HostResolver } from "../../src/host.js";
import type { WiFi } from "./wifi.js";

type Request = Parameters<HostResolver["resolve"]>[0];

export default class Resolver implements HostResolver {
	readonly #wifi: WiFi;
	#waiting: (() => void) | undefined;
	#closed = false;

	constructor(options: { wifi: WiFi }) {
		this.#wifi = options.wifi;
	}

	resolve(request: Request): void {
		if (this.#closed) throw new Error("Resolver: resolve after close");
		const { host } = request;
		if (typeof host !== "string" || host === "") throw new TypeError("Resolver: host must be a name or an address");
		if (this.#wifi.check()) {
			this.#ask(request);
			return;
		}
		if (this.#waiting !== undefined) throw new Error("Resolver: one request at a time");
		this.#waiting = () => {
			this.#waiting = undefined;
			this.#ask(request);
		};
		this.#wifi.waiting.add(this.#waiting);
	}

	close(): void {
		this.#closed = true;
		if (this.#waiting !== undefined) this.#wifi.waiting.delete(this.#waiting);
		this.#waiting = undefined;
	}

	#ask({ host, onResolved, onError }: Request): void {
		// lwIP answers an address with itself, and everything from its event loop.
		Net.resolve(host, (_name, address) => {
			if (this.#closed) return;
			if (address === undefined) onError.call(this, host);
			else onResolved.call(this, host, address);
		});
	}
}
