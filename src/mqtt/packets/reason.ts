// Why a connection ends: a number while nothing may be allocated, a sentence for people. The sentence names whose fault it is,
// what was wrong and, where MQTT 3.1.1 has one, the normative statement.

export const NEED_MORE = 0;

export const BAD_OPERATION = -1;
export const BAD_FLAGS = -2;
export const BAD_LENGTH = -3;
export const BAD_QOS = -4;
export const BAD_DUP = -5;
export const BAD_TOPIC = -6;
export const BAD_ID = -7;
export const BAD_PACKET_LENGTH = -8;
export const BAD_CONNACK = -9;
export const BAD_SUBACK = -10;
export const NOT_FIRST = -11;
export const SECOND_CONNACK = -12;
export const FROM_SERVER = -13;
export const SUBACK_TOO_LONG = -14;
export const TOO_MANY_RECEIVED = -15;
export const RESOLVE_TIMEOUT = -16;
export const CONNECT_TIMEOUT = -17;
export const CONNACK_TIMEOUT = -18;
export const SUBACK_TIMEOUT = -19;
export const PINGRESP_TIMEOUT = -20;
export const NOT_FOUND = -21;
export const CONNECTION_LOST = -22;
export const REFUSED = -23;
export const OTHER_ACK = -24;
export const SESSION_KEPT = -25;

// frozen, so that on XS they stay in flash
const sentences = Object.freeze([
	"",
	"peer: packet type 0 or 15 [§2.2.1]",
	"peer: reserved flags of the fixed header are wrong [MQTT-2.2.2-2]",
	"peer: the remaining length has more than four bytes [§2.2.3]",
	"peer: PUBLISH with QoS 3 [MQTT-3.3.1-4]",
	"peer: PUBLISH with QoS 0 and DUP [MQTT-3.3.1-2]",
	"peer: PUBLISH whose topic is empty, has a wildcard, is no UTF-8 or is longer than its packet [MQTT-3.3.2-1] [MQTT-3.3.2-2]",
	"peer: packet id 0 [MQTT-2.3.1-1]",
	"peer: a packet of a length that its type does not have [§2.2.3]",
	"peer: CONNACK with reserved bits, or session present with a refusal [MQTT-3.2.2-4]",
	"peer: SUBACK with an unknown return code, or not one for each filter [MQTT-3.9.3-2] [MQTT-3.8.4-5]",
	"peer: the first packet is not CONNACK [MQTT-3.2.0-1]",
	"peer: a second CONNACK [MQTT-3.2.0-1]",
	"peer: a packet that only a client sends",
	"peer: SUBACK for more filters than were sent [MQTT-3.8.4-5]",
	"resource: more QoS 2 messages at once than limits.received allows; raise it, or set the broker's in-flight limit lower",
	"transport: the resolver did not answer in time",
	"transport: TCP did not connect in time",
	"transport: no CONNACK in time",
	"transport: no SUBACK or UNSUBACK in time",
	"transport: nothing received after PINGREQ: the connection is dead",
	"transport: the host name could not be resolved",
	"transport: the connection was lost or refused",
	"configuration: the broker refused the connection",
	"peer: PUBACK for a QoS 2 message, which asks for PUBREC [§4.3.3]",
	"peer: CONNACK with session present, though a clean session was asked for [MQTT-3.2.2-1]",
]);

/** CONNACK return codes 1 to 5 (MQTT 3.1.1 §3.2.2.3). */
const refusals = Object.freeze([
	"",
	"unacceptable protocol version: the broker does not speak MQTT 3.1.1",
	"identifier rejected: choose another client id",
	"server unavailable",
	"bad user name or password",
	"not authorized",
]);

/** The sentence for a reason, and for a refusal that of its return code. */
export function reasonText(reason: number, returnCode = 0): string {
	const sentence = sentences[-reason];
	return returnCode === 0 ? sentence : `${sentence}: ${refusals[returnCode] ?? `return code ${returnCode}`} (${returnCode})`;
}
