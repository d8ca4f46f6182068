// Keeps a client's messages in order: MQTT 3.1.1 §4.6. aedes begins with all packets of a chunk at once, and takes more steps for a message of a
// higher QoS, or a retained one, than for others. A message that passes another one is not only too early: aedes may keep the older one of the two
// as the retained message, or take it for one that its receivers have had, and drop it.
import { PUBLISH, typeOf } from "./packets.js";

export class Order {
	readonly #pass: (packets: Buffer) => void;
	/** Packets that wait, oldest first, from index `#first` on. */
	#waiting: Buffer[] = [];
	#first = 0;
	/** Messages that the broker has begun with and not distributed, and the first byte of each: with the same QoS and retain they take equally long. */
	#underway = 0;
	#alike = 0;

	/** `pass` hands packets to the broker. */
	constructor(pass: (packets: Buffer) => void) {
		this.#pass = pass;
	}

	/** Packets wait until messages before them have been distributed. */
	get waits(): boolean {
		return this.#waiting.length > 0;
	}

	/** Passes the packets on, in one piece where it can: a chunk may hold a thousand. DUP of a PUBLISH has been cleared. */
	take(packets: Buffer[]): void {
		this.#waiting = this.waits ? [...this.#waiting.slice(this.#first), ...packets] : packets;
		this.#first = 0;
		this.#go();
	}

	/** The broker has distributed a message, or found that it had distributed it before. */
	distributed(): void {
		if (this.#underway > 0 && --this.#underway === 0 && this.waits) this.#go();
	}

	#go(): void {
		const begin = this.#first;
		for (; this.#first < this.#waiting.length; this.#first++) {
			const packet = this.#waiting[this.#first] as Buffer;
			if (typeOf(packet) !== PUBLISH) continue;
			const [alike = 0] = packet;
			if (this.#underway > 0 && alike !== this.#alike) break;
			this.#alike = alike;
			this.#underway += 1;
		}
		const passing = this.#waiting.slice(begin, this.#first);
		if (this.#first === this.#waiting.length) this.#waiting = [];
		if (passing.length > 0) this.#pass(passing.length === 1 ? (passing[0] as Buffer) : Buffer.concat(passing));
	}
}
