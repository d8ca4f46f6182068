// What could never be sent, or is known to end the connection, is refused when it is handed over, by name; not at every connect.
import { utf8Length } from "../bytes/utf8.js";
import { controlFault, topicFault } from "../packets/topic.js";
import * as wire from "../packets/wire.js";

/** Beside the text: its length and a packet id, or its length and a QoS. */
const around_bytes = 5;

export class Admission {
	readonly #transmit: number;
	/** The topic let in last, and the one before: to look at a string's characters costs slots on XS. */
	#topic: string | undefined;
	#before: string | undefined;

	/** `transmit`: the limit, in bytes. */
	constructor(transmit: number) {
		this.#transmit = transmit;
	}

	/** Throws unless `topic` may be published to. Topics that take turns are looked at once. */
	topic(topic: string): void {
		if (topic === this.#topic || topic === this.#before) return;
		this.check("topic", topic, topicFault);
		this.#before = this.#topic;
		this.#topic = topic;
	}

	/** Throws, naming `option`, when `faultOf` finds something wrong with `text`, when it is too long, or has what brokers end connections for. */
	check(option: string, text: string, faultOf: (text: string) => string | undefined): void {
		const fault = faultOf(text) ?? controlFault(text);
		if (fault !== undefined) throw new RangeError(`${option}: ${JSON.stringify(text)} ${fault}`);
		const most = this.#transmit - wire.fixed_header_bytes - around_bytes;
		const length = utf8Length(text);
		if (length > most) throw new RangeError(`${option}: has ${length} bytes; limits.transmit of ${this.#transmit} allows ${most}`);
	}
}
