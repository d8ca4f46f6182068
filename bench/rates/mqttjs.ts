// MQTT.js as its documentation has it: `publish` with callbacks, the event "message". It comes from bench/mqttjs, a package of its own.
import { createRequire } from "node:module";
import { type Connected, inflight_max, payload, type QoS, serve, topic } from "./side.js";

/** What is used of MQTT.js: its types come with a package that may not be installed. */
interface MqttJs {
	connect(options: object): {
		once(event: "connect", listener: () => void): void;
		on(event: "error", listener: (error: Error) => void): void;
		on(event: "message", listener: (topic: string, payload: Uint8Array) => void): void;
		publish(topic: string, payload: Uint8Array, options: object, done?: (error?: Error) => void): void;
		subscribe(topic: string, options: object, done: (error?: Error) => void): void;
		end(force: boolean): void;
	};
}

const { connect: dial } = createRequire(process.argv[2])("mqtt") as MqttJs;
const bytes = Buffer.from(payload);

/** Messages of QoS 0 given to it before the first has called back. */
const window = Number(process.env.BENCH_WINDOW ?? 256);

function connect(port: number, id: string): Promise<Connected> {
	const client = dial({ host: "127.0.0.1", port, protocol: "mqtt", clientId: id, reconnectPeriod: 0, keepalive: 0 });
	const connected: Connected = {
		publish: (count, qos) =>
			new Promise<void>((resolve, reject) => {
				const options = { qos };
				let given = 0;
				let called = 0;
				const next = () => {
					given += 1;
					client.publish(topic, bytes, options, back);
				};
				const back = (error?: Error) => {
					if (error) return reject(error);
					called += 1;
					if (given < count) next();
					else if (called === count) {
						if (qos !== 0) resolve();
						else client.publish(`${topic}/end`, bytes, { qos: 1 }, () => resolve());
					}
				};
				while (given < count && given < (qos === 0 ? window : inflight_max)) next();
			}),
		subscribe: (qos: QoS, heard) =>
			new Promise<void>((resolve) => {
				client.on("message", (_, message) => heard(message[0]));
				client.subscribe(topic, { qos }, () => resolve());
			}),
		close: () => client.end(true),
	};
	return new Promise((resolve) => {
		client.on("error", (error) => {
			throw error;
		});
		client.once("connect", () => resolve(connected));
	});
}

serve({ connect });
