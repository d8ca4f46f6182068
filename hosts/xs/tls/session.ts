// The session of the SDK (ssl/session), with the state of the guards.
import SSLAlert from "ssl/alert";
import SSLSession, { type Wire } from "ssl/session";
import type CertificateManager from "./authenticate.js";
import type { SessionOptions } from "./authenticate.js";
import { alertName, Refusal, record_overflow, unexpected_message } from "./refusal.js";

/** RFC 5246 §6.2.3: the longest content of a record, encrypted. */
const record_bytes = 16_384 + 2_048;
const head_bytes = 5;

/** Levels of alerts. */
const warning = 1;
const fatal = 2;

export class Guarded extends SSLSession {
	/** The handshake message that came last; -1: none. */
	message = -1;
	/** The bytes of a handshake message that has come in part. */
	part: Uint8Array | undefined;
	/** The broker's Finished was right: from now on all bytes received are the broker's, and all bytes sent are encrypted. */
	finished = false;
	declare certificateManager: CertificateManager;
	readonly #head = new Uint8Array(head_bytes);
	#record: Uint8Array | undefined;
	#read = 0;

	constructor(options: SessionOptions, serverName: string | undefined) {
		// no session is resumed: no state outlives a connection
		super({ ...options, ...(serverName === undefined ? {} : { serverName }), protocolVersion: 0x303, cache: false });
		this.initiateHandshake();
	}

	/** One whole record; undefined: a part of it has not come. */
	override readPacket(wire: Wire): ArrayBuffer | undefined {
		if (!this.#record) {
			this.#fill(wire, this.#head);
			if (this.#read < head_bytes) return undefined;
			const head = this.#head;
			const length = ((head[3] as number) << 8) | (head[4] as number);
			if (head[1] !== 3)
				throw new Refusal(unexpected_message, "what answers does not speak TLS: is this the broker's port for TLS (8883)?");
			if (length > record_bytes) throw new Refusal(record_overflow, `a record of ${length} bytes; ${record_bytes} are the most`);
			this.#record = new Uint8Array(head_bytes + length);
			this.#record.set(head);
		}
		const record = this.#record;
		this.#fill(wire, record);
		if (this.#read < record.length) return undefined;
		this.#record = undefined;
		this.#read = 0;
		return record.buffer as ArrayBuffer;
	}

	#fill(wire: Wire, target: Uint8Array): void {
		const count = Math.min(target.length - this.#read, wire.readable);
		if (count === 0) return;
		wire.read(target.subarray(this.#read, this.#read + count));
		wire.readable -= count;
		this.#read += count;
	}

	/** Data for the application. Before Finished, any device may have sent them. */
	override putData(data: Uint8Array): void {
		if (!this.finished) throw new Refusal(unexpected_message, "somebody sends data before the handshake is done");
		super.putData(data);
	}

	/** Runs one step of the handshake. Returns true once it is done. */
	override handshake(wire: Wire): boolean {
		try {
			const done = super.handshake(wire);
			// The SDK takes a close_notify for the end of a handshake, and then writes in the clear.
			if (this.alert) throw new Refusal(0, "the broker closes the connection in the middle of the handshake (close_notify)");
			if (done && !(this.finished && this.clientCipher)) throw new Refusal(unexpected_message, "the handshake was cut short");
			return done;
		} catch (error) {
			throw this.#told(error);
		}
	}

	/** The application's data that have come, or undefined; null: the broker has closed the connection. */
	override read(wire: Wire): Uint8Array | undefined | null {
		try {
			return super.read(wire);
		} catch (error) {
			throw this.#told(error);
		}
	}

	/** Sends an alert that refuses or closes: `description` 0 is close_notify. */
	say(wire: Wire, description: number): void {
		this.doProtocol(wire, SSLAlert, description === 0 ? warning : fatal, description);
	}

	/** An alert of the broker in words; the SDK throws its numbers. */
	#told(error: unknown): unknown {
		const { alert } = this;
		if (error instanceof Refusal || !alert) return error;
		return new Refusal(0, `the broker refuses: ${alertName(alert.description)}`);
	}
}
