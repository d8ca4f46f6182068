// A topic or filter that can never be sent, or is known to end the connection, is refused by name when it is handed over, not at every connect.
import { utf8Length } from "../bytes/utf8.js";
import { controlFault, topicFault } from "../packets/topic.js";
import * as wire from "../packets/wire.js";

/** Bytes around the text in a SUBSCRIBE: packet id, length of the text, QoS. A PUBLISH has fewer. */
const around_bytes = 5;

export class Admission {
	readonly #transmit: number;
	/** The topic checked last, and the one before: on XS, to read a string's characters costs slots. */
	#topic: string | undefined;
	#before: string | undefined;

	/** `transmit`: the limit, in bytes. */
	constructor(transmit: number) {
		this.#transmit = transmit;
	}

	/** Throws unless `topic` may be published to. Two topics in turn are checked once each. */
	topic(topic: string): void {
		if (topic === this.#topic || topic === this.#before) return;
		this.check("topic", topic, topicFault);
		this.#before = this.#topic;
		this.#topic = topic;
	}

	/** Throws, naming `option`, when `faultOf` finds a fault in `text`, when it is too long, or has a character that brokers end connections upon. */
	check(option: string, text: string, faultOf: (text: string) => string | undefined): void {
		const fault = faultOf(text) ?? controlFault(text);
		if (fault !== undefined) throw new RangeError(`${option}: ${JSON.stringify(text)} ${fault}`);
		const most = this.#transmit - wire.fixed_header_bytes - around_bytes;
		const length = utf8Length(text);
		if (length > most) throw new RangeError(`${option}: has ${length} bytes; limits.transmit of ${this.#transmit} allows ${most}`);
	}
}
