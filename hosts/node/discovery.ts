// `--discovery-remove`: removes a device's discovery messages for Home Assistant, and ends.
import { discoveryTopics } from "../../src/light/discovery.js";
import type { RoleOptions } from "../../src/light/role.js";
import { Link } from "../../src/mqtt/link/link.js";
import type { Emit } from "./events.js";
import { closed, goodbye } from "./goodbye.js";

/** An empty retained message clears each of them. The link's goodbye waits until they are acknowledged. */
export function removeDiscovery(role: string, options: RoleOptions & { id: string; where(): string }, prefix: string, emit: Emit): void {
	const { device, host, port, where, user, password, id } = options;
	const { own, signal, uptime } = discoveryTopics(prefix, role === "dimmer" ? "sensor" : "light", id);
	let removed = false;
	let complaint = "";
	const link = new Link({
		...device.network.mqtt,
		host,
		port,
		// not the device's own id, under which it may be online
		id: `remove-${id}`.slice(0, 60),
		user,
		password,
		random: () => device.random(),
		onUp() {
			for (const topic of [own, signal, uptime]) link.publish(topic, new Uint8Array(0), 1, true);
			removed = true;
			quit();
		},
		onDown(reason) {
			if (reason !== complaint) emit("log", `offline: ${reason}; tried again until it works`);
			complaint = reason;
		},
	});
	const quit = goodbye(async () => {
		await closed(link);
		if (!removed) process.exitCode = 1;
		emit("bye", removed ? `Home Assistant is told no more of ${id}.` : `${where()} was not reached: nothing is removed.`);
	});
}
