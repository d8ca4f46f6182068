// What a server may send, and what it may not: MQTT 3.1.1, by normative statement. Data only; `test/mqtt/inbound.test.ts` feeds it whole,
// byte by byte, at every split point, and with a tail.

export interface Good {
	/** Normative statements that this vector shows, or the section where there is none. */
	ids: string;
	name: string;
	/** Hexadecimal. */
	bytes: string;
	expect: Record<string, unknown>;
}

export const good: Good[] = [
	{ ids: "MQTT-3.2.2-3", name: "CONNACK accepted", bytes: "20 02 00 00", expect: { operation: 2, sessionPresent: false, returnCode: 0 } },
	{
		ids: "MQTT-3.2.2-2",
		name: "CONNACK, session present",
		bytes: "20 02 01 00",
		expect: { operation: 2, sessionPresent: true, returnCode: 0 },
	},
	{ ids: "MQTT-3.2.2-4", name: "CONNACK refused", bytes: "20 02 00 05", expect: { operation: 2, sessionPresent: false, returnCode: 5 } },
	{
		ids: "MQTT-3.3.1-2",
		name: "PUBLISH QoS 0",
		bytes: "30 07 00 03 61 2f 62 68 69",
		expect: { operation: 3, flags: 0, topic: "a/b", payload: "68 69" },
	},
	{ ids: "", name: "PUBLISH, empty payload", bytes: "30 05 00 03 61 2f 62", expect: { operation: 3, flags: 0, topic: "a/b", payload: "" } },
	{
		ids: "MQTT-3.3.1-8",
		name: "PUBLISH retained",
		bytes: "31 04 00 01 61 31",
		expect: { operation: 3, flags: 1, topic: "a", payload: "31" },
	},
	{
		ids: "MQTT-2.3.1-1",
		name: "PUBLISH QoS 1",
		bytes: "32 06 00 01 61 00 0a 31",
		expect: { operation: 3, flags: 2, id: 10, topic: "a", payload: "31" },
	},
	{
		ids: "MQTT-3.3.1-1",
		name: "PUBLISH QoS 1, DUP",
		bytes: "3a 06 00 01 61 ff ff 31",
		expect: { operation: 3, flags: 10, id: 65535, topic: "a", payload: "31" },
	},
	{
		ids: "MQTT-4.3.3-2",
		name: "PUBLISH QoS 2, empty",
		bytes: "34 05 00 01 61 00 01",
		expect: { operation: 3, flags: 4, id: 1, topic: "a", payload: "" },
	},
	{
		ids: "MQTT-1.5.3-1",
		name: "PUBLISH, topic of 2, 3 and 4 bytes a character",
		bytes: "30 0b 00 09 c3 bc e2 82 ac f0 9f 92 a1",
		expect: { operation: 3, topic: "ü€💡", payload: "" },
	},
	{
		ids: "MQTT-1.5.3-3",
		name: "PUBLISH, topic with a byte order mark",
		bytes: "30 06 00 04 ef bb bf 61",
		expect: { operation: 3, topic: "\ufeffa", payload: "" },
	},
	{
		ids: "",
		name: "PUBLISH, remaining length in two bytes that need one",
		bytes: "30 84 00 00 01 61 31",
		expect: { operation: 3, topic: "a", payload: "31" },
	},
	{ ids: "", name: "PUBACK", bytes: "40 02 00 07", expect: { operation: 4, id: 7 } },
	{ ids: "", name: "PUBREC", bytes: "50 02 01 00", expect: { operation: 5, id: 256 } },
	{ ids: "MQTT-3.6.1-1", name: "PUBREL", bytes: "62 02 ff ff", expect: { operation: 6, id: 65535 } },
	{ ids: "", name: "PUBCOMP", bytes: "70 02 00 07", expect: { operation: 7, id: 7 } },
	{
		ids: "MQTT-3.9.3-1",
		name: "SUBACK, four codes",
		bytes: "90 06 00 07 00 01 02 80",
		expect: { operation: 9, id: 7, codes: "00 01 02 80" },
	},
	{ ids: "", name: "UNSUBACK", bytes: "b0 02 00 07", expect: { operation: 11, id: 7 } },
	{ ids: "", name: "PINGRESP", bytes: "d0 00", expect: { operation: 13 } },
];

/** Not as the standard has it, and taken all the same, for nothing is lost by that. `odd`: name of the constant in `packets/reason.ts`. */
export const kind: (Good & { odd: string })[] = [
	{
		ids: "MQTT-3.3.1-2",
		name: "PUBLISH QoS 0 with DUP",
		bytes: "38 03 00 01 61",
		expect: { operation: 3, flags: 0, topic: "a", payload: "" },
		odd: "BAD_DUP",
	},
	{ ids: "MQTT-3.9.3-2", name: "SUBACK with return code 3", bytes: "90 03 00 01 03", expect: { operation: 9, id: 1 }, odd: "BAD_SUBACK" },
	{
		ids: "MQTT-3.9.3-2",
		name: "SUBACK with a return code of MQTT 5",
		bytes: "90 03 00 01 87",
		expect: { operation: 9, id: 1 },
		odd: "BAD_SUBACK",
	},
	{
		ids: "",
		name: "CONNACK with reserved bits",
		bytes: "20 02 02 00",
		expect: { operation: 2, sessionPresent: false, returnCode: 0 },
		odd: "BAD_CONNACK",
	},
	{
		ids: "MQTT-3.2.2-4",
		name: "CONNACK that refuses and has a session",
		bytes: "20 02 01 05",
		expect: { operation: 2, sessionPresent: false, returnCode: 5 },
		odd: "BAD_CONNACK",
	},
];

export interface Bad {
	ids: string;
	name: string;
	bytes: string;
	/** Name of the constant in `packets/reason.ts`. */
	reason: string;
}

export const bad: Bad[] = [
	{ ids: "§2.2.1", name: "type 0", bytes: "00 00", reason: "BAD_OPERATION" },
	{ ids: "§2.2.1", name: "type 15", bytes: "f0 00", reason: "BAD_OPERATION" },
	{ ids: "§2.2.1", name: "type 15 with flags", bytes: "f5 00", reason: "BAD_OPERATION" },
	{ ids: "MQTT-2.2.2-2", name: "CONNACK with flags", bytes: "21 02 00 00", reason: "BAD_FLAGS" },
	{ ids: "MQTT-2.2.2-2", name: "PUBACK with flags", bytes: "42 02 00 01", reason: "BAD_FLAGS" },
	{ ids: "MQTT-3.6.1-1", name: "PUBREL without its flags", bytes: "60 02 00 01", reason: "BAD_FLAGS" },
	{ ids: "MQTT-2.2.2-2", name: "PINGRESP with flags", bytes: "d8 00", reason: "BAD_FLAGS" },
	{ ids: "§2.2.3", name: "remaining length of five bytes", bytes: "30 80 80 80 80 01", reason: "BAD_LENGTH" },
	{ ids: "MQTT-3.3.1-4", name: "PUBLISH QoS 3", bytes: "36 06 00 01 61 00 0a 31", reason: "BAD_QOS" },
	{ ids: "MQTT-4.7.3-1", name: "PUBLISH with an empty topic", bytes: "30 03 00 00 31", reason: "BAD_TOPIC" },
	{ ids: "MQTT-3.3.2-2", name: "PUBLISH with + in its topic", bytes: "30 05 00 03 61 2f 2b", reason: "BAD_TOPIC" },
	{ ids: "MQTT-3.3.2-2", name: "PUBLISH with # in its topic", bytes: "30 03 00 01 23", reason: "BAD_TOPIC" },
	{ ids: "MQTT-1.5.3-2", name: "PUBLISH with U+0000 in its topic", bytes: "30 04 00 02 61 00", reason: "BAD_TOPIC" },
	{ ids: "MQTT-1.5.3-1", name: "PUBLISH with half a surrogate pair", bytes: "30 05 00 03 ed a0 80", reason: "BAD_TOPIC" },
	{ ids: "MQTT-1.5.3-1", name: "PUBLISH with an overlong character", bytes: "30 04 00 02 c0 af", reason: "BAD_TOPIC" },
	{ ids: "MQTT-1.5.3-1", name: "PUBLISH with a truncated character", bytes: "30 04 00 02 61 c3", reason: "BAD_TOPIC" },
	{ ids: "MQTT-1.5.3-1", name: "PUBLISH beyond U+10FFFF", bytes: "30 06 00 04 f4 90 80 80", reason: "BAD_TOPIC" },
	{ ids: "MQTT-3.3.2-1", name: "PUBLISH whose topic is longer than the packet", bytes: "30 03 00 05 61", reason: "BAD_PACKET_LENGTH" },
	{ ids: "MQTT-3.3.2-1", name: "PUBLISH of one byte", bytes: "30 01 00", reason: "BAD_PACKET_LENGTH" },
	{ ids: "", name: "PUBLISH QoS 1 without room for its id", bytes: "32 04 00 01 61 00", reason: "BAD_PACKET_LENGTH" },
	{ ids: "MQTT-2.3.1-1", name: "PUBLISH QoS 1 with id 0", bytes: "32 05 00 01 61 00 00", reason: "BAD_ID" },
	{ ids: "MQTT-2.3.1-1", name: "PUBACK with id 0", bytes: "40 02 00 00", reason: "BAD_ID" },
	{ ids: "", name: "PUBACK of length 1", bytes: "40 01 00", reason: "BAD_PACKET_LENGTH" },
	{ ids: "", name: "PUBREC of length 0", bytes: "50 00", reason: "BAD_PACKET_LENGTH" },
	{ ids: "", name: "PUBCOMP of length 3", bytes: "70 03 00 01 00", reason: "BAD_PACKET_LENGTH" },
	{ ids: "", name: "CONNACK of length 3", bytes: "20 03 00 00 00", reason: "BAD_PACKET_LENGTH" },
	{ ids: "", name: "PINGRESP of length 1", bytes: "d0 01 00", reason: "BAD_PACKET_LENGTH" },
	{ ids: "MQTT-3.9.3-1", name: "SUBACK without a return code", bytes: "90 02 00 01", reason: "BAD_PACKET_LENGTH" },
	{ ids: "", name: "CONNECT from a server", bytes: "10 00", reason: "FROM_SERVER" },
	{ ids: "", name: "SUBSCRIBE from a server", bytes: "82 06 00 01 00 01 61 00", reason: "FROM_SERVER" },
	{ ids: "", name: "PINGREQ from a server", bytes: "c0 00", reason: "FROM_SERVER" },
	{ ids: "", name: "DISCONNECT from a server", bytes: "e0 00", reason: "FROM_SERVER" },
];
