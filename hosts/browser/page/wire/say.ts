// A packet in plain words; each part of the sentence has the field of the packet that it stands for. Pure.
import { bytesWords, type Packet, returnCodes } from "../../../../src/wire/fields.js";
import type { Entry } from "./entry.js";

/** A part of a sentence. `field`: index into the packet's fields; -1: none. */
export interface Part {
	text: string;
	field: number;
}

class Sentence {
	readonly parts: Part[] = [];
	readonly #packet: Packet;

	constructor(packet: Packet) {
		this.#packet = packet;
	}

	/** Plain words. */
	say(text: string): this {
		this.parts.push({ text, field: -1 });
		return this;
	}

	/** Words for the field called `name`, the `which`th of that name. */
	of(name: string, text: string, which = 0): this {
		let left = which;
		const field = this.#packet.fields.findIndex((each) => each.name === name && left-- === 0);
		this.parts.push({ text, field });
		return this;
	}
}

const quoted = (text: string) => `“${text}”`;
/** The longest part of a payload in a sentence. */
const payload_max = 60;
const shortened = (text: string) => (text.length > payload_max ? `${text.slice(0, payload_max)}…` : text);

/** The sentence of an entry. */
export function sentence(entry: Entry): Part[] {
	const { packet, note } = entry;
	if (packet === undefined) return [{ text: note, field: -1 }];
	const told = new Sentence(packet);
	says[packet.type]?.(told, packet, entry);
	if (packet.fault !== "") told.say(`${told.parts.length > 0 ? ". " : ""}This packet ${packet.fault}`);
	return told.parts;
}

export function words(entry: Entry): string {
	return sentence(entry)
		.map(({ text }) => text)
		.join("");
}

type Say = (told: Sentence, packet: Packet, entry: Entry) => void;

const says: readonly (Say | undefined)[] = [
	undefined,
	connect,
	connack,
	publish,
	(told, { id }) => told.of("packet id", `#${id}`).say(" has arrived (QoS 1: at least once)"),
	(told, { id }) => told.of("packet id", `#${id}`).say(" has arrived; I remember its number (QoS 2)"),
	(told, { id }) => told.of("packet id", `#${id}`).say(" may be handed on now, and its number forgotten"),
	(told, { id }) => told.of("packet id", `#${id}`).say(" is done (QoS 2: exactly once)"),
	subscribe,
	suback,
	(told, { filters, id }) => {
		told.say("I want no more of ");
		filters.forEach(({ filter }, which) => void told.say(which > 0 ? " and " : "").of("filter", filter, which));
		told.say(", ").of("packet id", `#${id}`);
	},
	(told, { id }) => told.of("packet id", `#${id}`).say(": nothing more comes of that"),
	(told) => told.say("Are you there?"),
	(told) => told.say("I am here."),
	(told) => told.say("Goodbye. A will is not needed."),
];

function connect(told: Sentence, packet: Packet): void {
	const { client, clean, keepAlive, will, topic, payload, retain, user, password } = packet;
	told.say("I am ").of("client id", client === "" ? "nobody: give me a name" : client);
	told.of("connect flags", clean ? ", begin anew" : ", go on where we were");
	told.say(", ").of("keep-alive", keepAlive === 0 ? "I may be silent for ever" : `I am never silent for more than ${keepAlive} s`);
	if (will)
		told
			.say("; my will: ")
			.of("will: message", quoted(shortened(payload)))
			.say(" to ")
			.of("will: topic", topic)
			.say(retain ? ", keep it" : "");
	if (user !== undefined) told.say("; user ").of("user name", user);
	if (password !== undefined) told.say(", ").of("password", `password •• ${bytesWords(password[1] - password[0])}`);
}

function connack(told: Sentence, { returnCode, sessionPresent }: Packet): void {
	if (returnCode !== 0) return void told.of("return code", `Refused: ${returnCodes[returnCode] ?? "for a reason that is not known"}`);
	told
		.of("return code", "Welcome")
		.say(". ")
		.of("session present", sessionPresent ? "I have kept your session" : "I know nothing of you from before");
}

function publish(told: Sentence, packet: Packet, { out, by, connection }: Entry): void {
	const { payload, payloadLength, topic, QoS, retain, duplicate, id } = packet;
	if (payloadLength === 0) told.say(out && retain ? "nothing (forget what you keep)" : "nothing");
	else told.of("payload", quoted(shortened(payload)));
	told.say(out ? " to " : " on ").of("topic", topic);
	if (out && retain && payloadLength > 0) told.of("type and flags", ", keep it");
	told.of("type and flags", `, QoS ${QoS}`);
	if (QoS > 0) told.say(", ").of("packet id", `#${id}`);
	if (duplicate) told.of("type and flags", ", sent again");
	if (out) return;
	told.say("; ").of("type and flags", retain ? "a replay: the broker has kept it" : "news, not a replay");
	if (retain || !connection.yours) return;
	told.say(by === undefined ? "; who sent it is not known" : `; sent by ${by}`);
}

function subscribe(told: Sentence, { filters, id }: Packet): void {
	told.say("I want ");
	filters.forEach(({ filter, QoS }, which) => {
		told
			.say(which > 0 ? " and " : "")
			.of("filter", filter, which)
			.say(" at ")
			.of("QoS asked for", `QoS ${QoS}`, which);
	});
	told.say(", ").of("packet id", `#${id}`);
}

function suback(told: Sentence, { codes, id }: Packet): void {
	told.of("packet id", `#${id}`).say(": ");
	codes.forEach((code, which) => {
		told.say(which > 0 ? ", " : "").of("answer", code > 2 ? "refused" : `you get it at QoS ${code}`, which);
	});
}
