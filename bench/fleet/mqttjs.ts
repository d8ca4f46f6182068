// MQTT.js as its documentation has it, at its defaults: a lamp is a will, a retained "online", a subscription at QoS 1, and a number.
import { createRequire } from "node:module";
import { type Heard, keepAlive_ms, serve, topic } from "./side.js";

interface MqttJs {
	connect(options: object): {
		on(event: "connect" | "reconnect" | "close", listener: () => void): void;
		on(event: "error", listener: (error: Error) => void): void;
		on(event: "message", listener: (topic: string, payload: Uint8Array) => void): void;
		publish(topic: string, payload: string, options: object): void;
		subscribe(topic: string, options: object, done: (error?: Error | null) => void): void;
	};
}

const { connect } = createRequire(process.argv[2] as string)("mqtt") as MqttJs;

function make(index: number, host: string, port: number, heard: Heard): void {
	const clientId = `mqttjs-${index}`;
	const status = `${topic}/${clientId}/status`;
	heard.tried();
	const client = connect({
		host,
		port,
		protocol: "mqtt",
		clientId,
		keepalive: keepAlive_ms / 1000,
		// the lamp subscribes by itself, so that it knows when it may say that it is online
		resubscribe: false,
		will: { topic: status, payload: "offline", qos: 1, retain: true },
	});
	let up = false;
	client.on("connect", () => {
		client.subscribe(topic, { qos: 1 }, (error) => {
			if (error || up) return;
			up = true;
			client.publish(status, "online", { qos: 1, retain: true });
			heard.up();
		});
	});
	client.on("reconnect", () => heard.tried());
	client.on("close", () => {
		if (up) heard.down();
		up = false;
	});
	client.on("error", () => {});
	client.on("message", (_, payload) => heard.level(Number(payload.toString())));
}

serve({ make });
