// The network of the SDK's example, but for the world round it: every name is this machine, and every port the broker's.
import TCP from "embedded:io/socket/tcp";
import config from "mc/config";
import Timer from "timer";

class Resolver {
	#timer;
	resolve({ host, onResolved }) {
		this.#timer = Timer.set(() => {
			this.#timer = undefined;
			onResolved.call(this, host, "127.0.0.1");
		}, 1);
	}
	close() {
		if (this.#timer) Timer.clear(this.#timer);
	}
}

class LocalTCP extends TCP {
	constructor(options) {
		super({ ...options, port: Number(config.port) });
	}
}

const { mqtt } = device.network;
globalThis.device = {
	...device,
	network: { ...device.network, mqtt: { ...mqtt, dns: { ...mqtt.dns, io: Resolver }, socket: { ...mqtt.socket, io: LocalTCP } } },
};
