// Runs in a network of its own, where multicast works: a broker, a responder that knows one name, and a lamp in mcsim that is given it; then the same
// broker tells of itself as a desk does, and the lamp is told to find it.
import { createSocket, type RemoteInfo } from "node:dgram";
import multicastDns from "multicast-dns";
import { Broker } from "../../../hosts/node/broker/broker.js";
import { announce } from "../../../hosts/node/mdns/announce.js";
import { Display, Simulator } from "../simulator.js";

const name = "lampwire-box.local";
const topic = "light";
const broker = new Broker({ mqttPort: 0, wsPort: 0, host: "0.0.0.0", log: () => {} });
await broker.start();
const responder = multicastDns({ interface: "192.0.2.1", bind: "0.0.0.0" } as multicastDns.Options);
// who asks from another port than 5353 is answered there (RFC 6762 §6.7)
responder.on("query", ({ questions }, { address, port }) => {
	if (!questions.some((question) => question.type === "A" && question.name === name)) return;
	// somebody else is faster: an answer whose name points to itself
	hostile.send(Uint8Array.of(0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xc0, 12), port, address);
	setTimeout(() => responder.respond({ answers: [{ type: "A", name, data: "192.0.2.1", ttl: 10 }] }, { address, port } as RemoteInfo), 200);
});
const hostile = createSocket("udp4");
const display = new Display();
await display.open();

async function lamp(written: string): Promise<void> {
	const one = new Simulator({ device: "lamp", broker: written, brokerPort: broker.mqttPort, id: "lamp77" });
	try {
		await one.start(display);
		await one.until(() => one.shown.up, "to find its broker");
		process.stdout.write(`${one.lines.filter((line) => /online|exception|auto/.test(line)).join("\n")}\n`);
	} finally {
		await one.stop();
	}
}

try {
	await lamp("Lampwire-Box.local");
	const told = new Promise((resolve) =>
		announce({ host: "0.0.0.0", topic, noAnnounce: false }, { mqttPort: broker.mqttPort, wsPort: broker.wsPort, tlsPort: 0 }, (_, line) =>
			resolve(line),
		),
	);
	process.stdout.write(`${await told}\n`);
	await lamp("mqtt://auto");
	await lamp("ws://auto");
} finally {
	await display.close();
	responder.destroy();
	await broker.stop();
}
process.exit(0);
