// The types of the MQTT client: ECMA-419 §25, and the client's additions.
import type { ByteBuffer, MqttProvider } from "../../host.js";
import { reasonText } from "../packets/sentences.js";
import type { WriteOptions } from "../session/checks.js";
import type { Client } from "./client.js";
import type { ConnectOptions, QoS } from "./options.js";

export type { WriteOptions };

/** Argument of `onReadable`. The object is the client's own and changes with the next fragment. */
export interface ReadableInfo {
	/** More fragments of this message follow. */
	more: boolean;
	/** On the first fragment of a message, `undefined` on the others. */
	topic: string | undefined;
	QoS: QoS | undefined;
	/** Length of the whole payload, on the first fragment. */
	byteLength: number | undefined;
	retain: boolean;
	duplicate: boolean;
	/** Packet id, for `acknowledge`; 0 at QoS 0 and 2, and without `deferAcknowledge`. */
	id: number;
}

/** Argument of `onControl`. The object is the client's own and changes with the next packet. */
export interface ControlMessage {
	operation: number;
	id: number;
	/** SUBACK: one return code for each filter, 0x80 where the filter was refused. */
	payload: number[] | undefined;
	/** CONNACK. */
	sessionPresent: boolean;
	/** CONNACK: always 0. A refusal comes as `onError`, so that an application that subscribes on any CONNACK is right. */
	returnCode: number;
}

export interface ClientCallbacks<Self> {
	/** `count` bytes of a message can be read. */
	onReadable?(this: Self, count: number, info: ReadableInfo): void;
	/** `count` bytes can be written. Never called with 0. */
	onWritable?(this: Self, count: number): void;
	onControl?(this: Self, opcode: number, message: ControlMessage): void;
	/** The connection has ended or could not be made. */
	onError?(this: Self, error: MqttError): void;
	/** A message was drained because its topic is longer than `limits.topic`; the connection goes on. */
	onOversize?(this: Self, topicLength: number, byteLength: number): void;
	/** The broker broke the standard; its packet was taken, for nothing is lost by that. Called once for each kind of fault; `tolerated` counts. */
	onTolerated?(this: Self, what: string): void;
}

/** The application's callbacks, as a connection calls them. */
export interface ConnectionEvents {
	onReadable(count: number, info: ReadableInfo): void;
	onControl(operation: number, message: ControlMessage): void;
	onWritable?(count: number): void;
	onError?(error: MqttError): void;
	onOversize?(topicLength: number, byteLength: number): void;
	onTolerated?(what: string): void;
}

/** `Client.write`. */
export type Write = (data?: ByteBuffer | null, options?: WriteOptions) => number;

export interface ClientOptions extends Omit<MqttProvider, "io" | "limits">, ConnectOptions, ClientCallbacks<Client> {
	/** A value of the application's own, for its callbacks. */
	target?: unknown;
}

/** Why a connection ended. `message` begins with whose fault it is: configuration, peer, resource or transport. */
export class MqttError extends Error {
	/** One of the constants of `packets/reason.ts`. */
	readonly reason: number;
	/** CONNACK's return code when the broker refused (1 to 5), else 0. */
	readonly returnCode: number;
	/** The state in which the connection ended: one of `state.ts`. */
	readonly state: number;
	constructor(code: number, returnCode = 0, detail = "", state = 0) {
		super(detail === "" ? reasonText(code, returnCode) : `${reasonText(code, returnCode)} (${detail})`);
		this.reason = code;
		this.returnCode = returnCode;
		this.state = state;
	}
}
