// A small MQTT client over node:net that is not ours: what the tests see and send, our own code had no part in.
import assert from "node:assert/strict";
import { connect as dial, type Socket } from "node:net";
import mqtt, { type IConnectPacket, type Packet } from "mqtt-packet";
import { reset } from "../reset.js";
import { until } from "./contract/probe.js";

export interface Seen {
	topic: string;
	text: string;
	retain: boolean;
}

export class Wire {
	readonly seen: Seen[] = [];
	readonly packets: Packet[] = [];
	ended = false;
	readonly #socket: Socket;

	/** Resolves once CONNACK has come. */
	static async connect(port: number, clientId: string, will?: { topic: string; text: string }): Promise<Wire> {
		const options = will ? { will: { topic: will.topic, payload: Buffer.from(will.text), qos: 0 as const, retain: true } } : {};
		const wire = await Wire.ask(port, { clientId, ...options });
		assert.deepEqual([clientId, wire.connack], [clientId, 0]);
		return wire;
	}

	/** Resolves once the broker has answered, or cut. */
	static async ask(port: number, fields: Partial<IConnectPacket>): Promise<Wire> {
		const wire = new Wire(dial(port, "127.0.0.1"));
		wire.send({ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, clientId: "", keepalive: 0, ...fields });
		await until(() => wire.ended || wire.connack !== undefined, "CONNACK");
		return wire;
	}

	/** A connection that has not said anything. */
	static raw(port: number): Wire {
		return new Wire(dial(port, "127.0.0.1"));
	}

	/** The return code of its CONNACK. */
	get connack(): number | undefined {
		return this.packets.find((packet) => packet.cmd === "connack")?.returnCode;
	}

	private constructor(socket: Socket) {
		this.#socket = socket;
		const parser = mqtt.parser({ protocolVersion: 4 });
		parser.on("packet", (packet) => {
			this.packets.push(packet);
			if (packet.cmd !== "publish") return;
			this.seen.push({ topic: packet.topic, text: packet.payload.toString(), retain: packet.retain });
			if (packet.qos === 1) this.send({ cmd: "puback", messageId: packet.messageId ?? 0 });
		});
		socket.on("data", (chunk) => parser.parse(chunk));
		socket.on("error", () => {});
		socket.on("close", () => {
			this.ended = true;
		});
	}

	async subscribe(topic: string, qos: 0 | 1 | 2 = 1): Promise<void> {
		const before = this.packets.length;
		this.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos }] });
		await until(() => this.packets.slice(before).some((packet) => packet.cmd === "suback"), "SUBACK");
	}

	publish(topic: string, text: string | Buffer, retain = false): void {
		this.send({ cmd: "publish", topic, payload: text, qos: 0, retain, dup: false });
	}

	/** Waits until `topic` has said `text` as its last word. */
	async says(topic: string, text: string): Promise<void> {
		await until(() => this.last(topic) === text, `${topic} says ${text}`);
	}

	last(topic: string): string | undefined {
		return this.seen.findLast((message) => message.topic === topic)?.text;
	}

	/** Bytes as they are. */
	bytes(bytes: Iterable<number>): void {
		this.#socket.write(Buffer.from([...bytes]));
	}

	/** Reads nothing any more: a laptop that sleeps. */
	sleep(): void {
		this.#socket.pause();
	}

	wake(): void {
		this.#socket.resume();
	}

	/** DISCONNECT, then the end. */
	disconnect(): void {
		this.send({ cmd: "disconnect" });
		this.end();
	}

	/** The end without DISCONNECT: a process that has come to its end. */
	end(): void {
		this.#socket.end();
	}

	/** As a crash does it. */
	cut(): void {
		reset(this.#socket);
	}

	send(packet: Packet): void {
		this.#socket.write(mqtt.generate(packet));
	}
}
