// Copies the packets of one connection of the broker, in both directions, for a page that shows them. Passwords are masked here, before all else.
import { CONNECT, DISCONNECT } from "../../../src/mqtt/packets/wire.js";
import { Cutter } from "../../../src/wire/cut.js";
import { readPacket } from "../../../src/wire/fields.js";
import { redactPassword } from "../../../src/wire/redact.js";

/** The bytes of a packet that are copied. */
const told_max_bytes = 16 * 1024;

export interface SeenPacket {
	/** The number of the connection, from 1. */
	connection: number;
	/** The client's id; "" until its CONNECT has come. */
	client: string;
	/** The client has sent it. */
	out: boolean;
	/** The whole packet, or its beginning. */
	bytes: Uint8Array;
	/** Bytes of the packet on the wire. */
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
		// A copy: the broker must get the password unmasked. (`slice` of a Buffer would be a view.)
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
