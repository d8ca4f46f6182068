// What a client sends: MQTT 3.1.1, by normative statement, as the options or the call that leads to it and the bytes that must go out. Data
// only; `test/mqtt/outbound.test.ts` sends each in every room, and each payload in every split. The bytes were made with `mqtt-packet`.
import type { ClientOptions, WriteOptions } from "../../src/mqtt/client/types.js";

export interface Connect {
	/** Normative statements that this vector shows. */
	ids: string;
	name: string;
	options: Partial<ClientOptions>;
	/** Hexadecimal. */
	bytes: string;
}

const none = Uint8Array.of();

export const connects: Connect[] = [
	{ ids: "MQTT-3.1.3-7", name: "CONNECT without id", options: { id: "" }, bytes: "10 0c 00 04 4d 51 54 54 04 02 00 00 00 00" },
	{
		ids: "MQTT-3.1.2-1 MQTT-3.1.2-2",
		name: "CONNECT, session kept, keep-alive of a minute",
		options: { id: "lamp", clean: false, keepAlive: 60_000 },
		bytes: "10 10 00 04 4d 51 54 54 04 00 00 3c 00 04 6c 61 6d 70",
	},
	{
		ids: "MQTT-3.1.2-23",
		name: "CONNECT, longest keep-alive",
		options: { id: "a", keepAlive: 65_535_000 },
		bytes: "10 0d 00 04 4d 51 54 54 04 02 ff ff 00 01 61",
	},
	{
		ids: "MQTT-3.1.2-19 MQTT-3.1.2-20",
		name: "CONNECT, user",
		options: { id: "a", user: "u" },
		bytes: "10 10 00 04 4d 51 54 54 04 82 00 00 00 01 61 00 01 75",
	},
	{
		ids: "MQTT-3.1.2-21 MQTT-3.1.3-1",
		name: "CONNECT, user and password",
		options: { id: "a", user: "u", password: "pw" },
		bytes: "10 14 00 04 4d 51 54 54 04 c2 00 00 00 01 61 00 01 75 00 02 70 77",
	},
	{
		ids: "MQTT-3.1.2-22",
		name: "CONNECT, empty user, password of bytes",
		options: { id: "a", user: "", password: Uint8Array.of(0, 255) },
		bytes: "10 13 00 04 4d 51 54 54 04 c2 00 00 00 01 61 00 00 00 02 00 ff",
	},
	{
		ids: "MQTT-3.1.2-9 MQTT-3.1.2-17",
		name: "CONNECT, will of text, QoS 1, retained",
		options: { id: "a", will: { topic: "w", message: "offline", QoS: 1, retain: true } },
		bytes: "10 19 00 04 4d 51 54 54 04 2e 00 00 00 01 61 00 01 77 00 07 6f 66 66 6c 69 6e 65",
	},
	{
		ids: "MQTT-3.1.2-16",
		name: "CONNECT, empty will",
		options: { id: "a", will: { topic: "w" } },
		bytes: "10 12 00 04 4d 51 54 54 04 06 00 00 00 01 61 00 01 77 00 00",
	},
	{
		ids: "MQTT-3.1.2-14 MQTT-3.1.3-10",
		name: "CONNECT, will of bytes, QoS 2, user and password",
		options: { id: "a", will: { topic: "w", message: Uint8Array.of(0, 1), QoS: 2 }, user: "u", password: "p" },
		bytes: "10 1a 00 04 4d 51 54 54 04 d6 00 00 00 01 61 00 01 77 00 02 00 01 00 01 75 00 01 70",
	},
	{
		ids: "MQTT-3.1.3-4",
		name: "CONNECT, id of 2, 3 and 4 bytes a character",
		options: { id: "ü€💡" },
		bytes: "10 15 00 04 4d 51 54 54 04 02 00 00 00 09 c3 bc e2 82 ac f0 9f 92 a1",
	},
];

export interface Sent {
	ids: string;
	name: string;
	options: WriteOptions;
	/** Of a PUBLISH. */
	payload: Uint8Array;
	/** Hexadecimal; of a longer packet, how it begins. */
	bytes: string;
	/** Length of the packet, where `bytes` is not all of it. */
	length?: number;
}

const text = (value: string) => new TextEncoder().encode(value);

export const sent: Sent[] = [
	{ ids: "MQTT-2.3.1-5 MQTT-3.3.1-2", name: "QoS 0", options: { topic: "t" }, payload: text("127"), bytes: "30 06 00 01 74 31 32 37" },
	{ ids: "MQTT-3.3.1-5", name: "retained", options: { topic: "t", retain: true }, payload: text("0"), bytes: "31 04 00 01 74 30" },
	{ ids: "MQTT-3.3.1-10", name: "retained, empty", options: { topic: "t", retain: true }, payload: none, bytes: "31 03 00 01 74" },
	{ ids: "MQTT-2.3.1-1", name: "QoS 1", options: { topic: "t", QoS: 1 }, payload: text("a"), bytes: "32 06 00 01 74 00 01 61" },
	{ ids: "MQTT-4.3.3-1", name: "QoS 2", options: { topic: "t", QoS: 2 }, payload: text("a"), bytes: "34 06 00 01 74 00 01 61" },
	{
		ids: "MQTT-3.3.1-1",
		name: "QoS 1, sent again",
		options: { topic: "t", QoS: 1, id: 10, duplicate: true },
		payload: text("a"),
		bytes: "3a 06 00 01 74 00 0a 61",
	},
	{
		ids: "MQTT-3.3.2-1",
		name: "topic of 2, 3 and 4 bytes a character, payload of any bytes",
		options: { topic: "ü€💡" },
		payload: Uint8Array.of(0, 255),
		bytes: "30 0d 00 09 c3 bc e2 82 ac f0 9f 92 a1 00 ff",
	},
	{ ids: "MQTT-4.7.3-1", name: "shortest topic", options: { topic: "/" }, payload: text("x"), bytes: "30 04 00 01 2f 78" },
	{
		ids: "",
		name: "remaining length 127",
		options: { topic: "t" },
		payload: text("x".repeat(124)),
		bytes: "30 7f 00 01 74 78",
		length: 129,
	},
	{ ids: "", name: "128", options: { topic: "t" }, payload: text("x".repeat(125)), bytes: "30 80 01 00 01 74 78", length: 131 },
	{ ids: "", name: "16,384", options: { topic: "t" }, payload: text("x".repeat(16_381)), bytes: "30 80 80 01 00 01 74", length: 16_388 },
	{
		ids: "MQTT-3.8.3-1 MQTT-3.8.1-1",
		name: "SUBSCRIBE",
		options: { operation: 8, items: [{ topic: "a/+", QoS: 2 }, { topic: "#" }] },
		payload: none,
		bytes: "82 0c 00 01 00 03 61 2f 2b 02 00 01 23 00",
	},
	{
		ids: "MQTT-3.10.3-1 MQTT-3.10.1-1",
		name: "UNSUBSCRIBE",
		options: { operation: 10, items: [{ topic: "a/+" }, { topic: "#" }] },
		payload: none,
		bytes: "a2 0a 00 01 00 03 61 2f 2b 00 01 23",
	},
	{ ids: "MQTT-2.3.1-6", name: "PUBACK", options: { operation: 4, id: 513 }, payload: none, bytes: "40 02 02 01" },
	{ ids: "MQTT-2.3.1-6", name: "PUBREC", options: { operation: 5, id: 513 }, payload: none, bytes: "50 02 02 01" },
	{ ids: "MQTT-3.6.1-1", name: "PUBREL", options: { operation: 6, id: 513 }, payload: none, bytes: "62 02 02 01" },
	{ ids: "MQTT-2.3.1-6", name: "PUBCOMP", options: { operation: 7, id: 65_535 }, payload: none, bytes: "70 02 ff ff" },
	{ ids: "MQTT-2.2.2-1", name: "PINGREQ", options: { operation: 12 }, payload: none, bytes: "c0 00" },
	{ ids: "MQTT-3.14.1-1", name: "DISCONNECT", options: { operation: 14 }, payload: none, bytes: "e0 00" },
];
