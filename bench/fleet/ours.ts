// The lamp's role itself, over hosts/node's TCP, with the limits of a board. Without fades, which are the LED's, and without its info once a minute,
// which MQTT.js has not.
import { createDevice } from "../../hosts/node/index.js";
import TCP, { type TCPOptions } from "../../hosts/node/tcp.js";
import type { SocketProvider, Store } from "../../src/host.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import { Link, type LinkOptions } from "../../src/mqtt/link/link.js";
import { type Heard, keepAlive_ms, now, serve, topic } from "./side.js";

const log = () => {};
const store: Store = { read: () => undefined, write: () => {} };

class Counted extends TCP {
	constructor(options: TCPOptions & { heard: Heard }) {
		super(options);
		options.heard.tried();
	}
}

/** Tells when the next try falls due: what the back-off has said, whether or not the machine has time then. */
class Told extends Link {
	constructor(options: LinkOptions) {
		const { heard } = options.socket as unknown as { heard: Heard };
		super({
			...options,
			onDown(reason, retry, last) {
				heard.due(now() + retry);
				options.onDown?.(reason, retry, last);
			},
		});
	}
}

function make(index: number, host: string, port: number, heard: Heard): void {
	const id = `ours-${index}`;
	const socket = { io: Counted, heard } as unknown as SocketProvider;
	const device = createDevice({ id, log, store, socket });
	const { limits: _, ...mqtt } = device.network.mqtt;
	let [up, level] = [false, -1];
	const lamp = new Lamp({
		device: { ...device, network: { ...device.network, mqtt } },
		host,
		port,
		topic,
		id,
		keepAlive: keepAlive_ms,
		link: Told,
		info: false,
		fade: 0,
		onChange() {
			if (lamp.up !== up) {
				up = lamp.up;
				if (up) heard.up();
				else heard.down();
			}
			if (lamp.level === level) return;
			level = lamp.level;
			heard.level(level);
		},
	});
}

serve({ make });
