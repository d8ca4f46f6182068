// Runs in a network of its own, where the loopback carries multicast: a broker, a responder that knows one name, and a lamp in mcsim that is given it.
import type { RemoteInfo } from "node:dgram";
import multicastDns from "multicast-dns";
import { Broker } from "../../../hosts/node/broker/broker.js";
import { Display, Simulator } from "../simulator.js";

const name = "lampwire-box.local";
const broker = new Broker({ mqttPort: 0, wsPort: 0, log: () => {} });
await broker.start();
const responder = multicastDns({ interface: "127.0.0.1", bind: "0.0.0.0" } as multicastDns.Options);
// who asks from another port than 5353 is answered there (RFC 6762 §6.7)
responder.on("query", ({ questions }, { address, port }) => {
	if (questions.some((question) => question.type === "A" && question.name === name))
		responder.respond({ answers: [{ type: "A", name, data: "127.0.0.1", ttl: 10 }] }, { address, port } as RemoteInfo);
});
const display = new Display();
await display.open();
const lamp = new Simulator({ device: "lamp", broker: "Lampwire-Box.local", brokerPort: broker.mqttPort, id: "lamp77" });
try {
	await lamp.start(display);
	await lamp.until(() => lamp.shown.up, "to find its broker");
	process.stdout.write(`${lamp.lines.filter((line) => /online|exception/.test(line)).join("\n")}\n`);
} finally {
	await lamp.stop();
	await display.close();
	responder.destroy();
	await broker.stop();
}
process.exit(0);
