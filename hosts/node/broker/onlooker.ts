// Looks on at a connection of the broker: its packets, both ways, for a page that shows them. Passwords are masked here, before anybody sees them.
import { CONNECT, DISCONNECT } from "../../../src/mqtt/packets/wire.js";
import { Cutter } from "../../../src/wire/cut.js";
import { readPacket } from "../../../src/wire/fields.js";
import { redactPassword } from "../../../src/wire/redact.js";

/** Of a packet, what is told. */
const told_max_bytes = 16 * 1024;

export interface SeenPacket {
	/** Counts from 1. */
	connection: number;
	/** The client's id; "" until its CONNECT has come. */
	client: string;
	/** From the client. */
	out: boolean;
	/** All of it, or its beginning. */
	bytes: Uint8Array;
	/** On the wire. */
	length: number;
}

export interface Look {
	packet(packet: SeenPacket): void;
	/** `polite`: with DISCONNECT. */
	closed(connection: number, polite: boolean): void;
}

let connections = 0;

export class Onlooker {
	readonly #look: Look;
	readonly #connection = ++connections;
	readonly #cutter = new Cutter();
	#client = "";
	#polite = false;

	constructor(look: Look) {
		this.#look = look;
	}

	/** A whole packet from the client; lent. */
	from(packet: Uint8Array): void {
		// A copy: what is masked here must reach the broker as it was. (`slice` of a Buffer would be a view.)
		const bytes = Uint8Array.from(packet.subarray(0, told_max_bytes));
		const type = (bytes[0] ?? 0) >> 4;
		if (type === CONNECT) {
			redactPassword(bytes, packet.length);
			this.#client = readPacket(bytes, packet.length).client;
		}
		this.#polite ||= type === DISCONNECT;
		this.#tell(true, bytes, packet.length);
	}

	/** Bytes to the client; lent. */
	to(bytes: Uint8Array): void {
		this.#cutter.take(bytes, (packet, length) => this.#tell(false, packet.subarray(0, told_max_bytes), length));
	}

	closed(): void {
		this.#look.closed(this.#connection, this.#polite);
	}

	#tell(out: boolean, bytes: Uint8Array, length: number): void {
		this.#look.packet({ connection: this.#connection, client: this.#client, out, bytes, length });
	}
}
