// The reasons of `reason.ts` in words: whose fault it is, the fault and, where MQTT 3.1.1 has one, the normative statement. An image that is
// short of flash has numbers in the place of this module (hosts/board/terse).

// frozen, so that on XS the sentences stay in flash
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

/** The sentence for a reason; for a refusal, with the words for its return code. */
export function reasonText(reason: number, returnCode = 0): string {
	const sentence = sentences[-reason];
	return returnCode === 0 ? sentence : `${sentence}: ${refusals[returnCode] ?? `return code ${returnCode}`} (${returnCode})`;
}
