// Every capacity and every timeout, with its derivation. The unit is the last word of the name; a bare `_max` counts entries.
// Each can be given to the class that uses it; these are the defaults, sized for one lamp on an ESP32.

import { fixed_header_bytes } from "./mqtt/packets/wire.js";

/** Longest topic that is received whole. `home/floor/room/light/abcdef/status` has 35; a longer one is drained, counted and reported. */
export const topic_max_bytes = 128;

/** One read of the socket. A third of a TCP segment (1,460): a level is 10 bytes, and larger payloads are streamed. */
export const receive_chunk_bytes = 512;

/** Header and topic of a PUBLISH, and a payload that goes out in one piece with them; SUBSCRIBE and CONNECT are composed here too. */
export const transmit_buffer_bytes = 512;

/** QoS 1 and 2 publishes, SUBSCRIBEs and UNSUBSCRIBEs that wait for their acknowledgement. 5 bytes each. */
export const inflight_max = 16;

/**
 * QoS 2 messages that the link has on their way at once, from PUBLISH to PUBCOMP. Mosquitto 2.0.11 takes 20 (`max_inflight_messages`): it
 * acknowledges further messages, but delivers none of them. aedes 1.2 closes the connection at more than 100 without PUBREL.
 */
export const inflight_qos2_max = 20;

/** QoS 2 messages received and not yet released. 2 bytes each. Mosquitto keeps 20 in flight by default; 34 were observed. */
export const received_max = 64;

/** Acknowledgements that wait for room in the socket. 4 bytes each; while so many wait, nothing more is read. */
export const pending_acks_max = 8;

/** Messages at QoS 1 that wait for `acknowledge`, with the option `deferAcknowledge`. 3 bytes each, taken only then. */
export const unacknowledged_max = 64;

/** Topics whose string is kept, so that a message on one of them makes no new string. */
export const topic_cache_max = 4;

/** Topics whose bytes are kept, so that publishing to each in turn allocates nothing: a level, and a device's info. */
export const topics_sent_max = 2;

/** Filters in one SUBSCRIBE. Bounds the largest SUBACK, which must be received whole. */
export const filters_max = 16;

/** User name and password: a token (JWT, SAS) has 900 to 2,000 bytes; a board's store keeps 3,999. Memory is taken for the actual length only. */
export const login_max_bytes = 4_096;

/** The part of the socket's writable count that is kept for acknowledgements and PINGREQ: two of the longest, 4 bytes each. */
export const transmit_reserve_bytes = 8;

/** Longest payload of a WebSocket frame that is sent: a packet composed in `transmit_buffer_bytes` goes out in one frame. */
export const frame_max_bytes = 512;

/** Head of a server's answer to the request for a WebSocket: Node's own limit for headers is 16 KiB, Mosquitto's answer has 150 bytes. */
export const answer_max_bytes = 8_192;

/** Bytes of a line of that answer that are read: `Sec-WebSocket-Accept` has 50. */
export const answer_line_max_bytes = 128;

/** From the TCP connection to the end of the TLS or WebSocket handshake. Within `connect_timeout_ms`, so that this reason is the one reported. */
export const handshake_timeout_ms = 8_000;

/** The resolver of the SDK tries three servers for a few seconds each. */
export const resolve_timeout_ms = 15_000;

/** A SYN and three of its repetitions (1 + 2 + 4 s, RFC 6298). */
export const connect_timeout_ms = 10_000;

/** From CONNECT to CONNACK. A broker that authenticates against a slow directory needs seconds, not tens of them. */
export const connack_timeout_ms = 10_000;

/** From SUBSCRIBE to SUBACK, and from UNSUBSCRIBE to UNSUBACK. */
export const suback_timeout_ms = 10_000;

/** From PINGREQ to anything received: MQTT 3.1.1 §3.1.2.10 says "a reasonable amount of time". */
export const pingresp_timeout_ms = 10_000;

/** Longest keep-alive that CONNECT can carry: 65,535 s (MQTT 3.1.1 §3.1.2.10). */
export const keep_alive_max_ms = 65_535_000;

/** The link's default keep-alive. Mosquitto and others disconnect a client that is silent for 1.5 keep-alives. */
export const keep_alive_ms = 15_000;

/** First and longest wait before the link connects again, before jitter. */
export const backoff_min_ms = 1_000;
export const backoff_max_ms = 60_000;

/** A connection must last so long before the back-off starts again from its minimum: a broker that accepts and closes at once does not count. */
export const backoff_stable_ms = 30_000;

/** A try that fails within so long was refused by a host that is there: the second SYN goes out after 1 s (RFC 6298), ARP ends after 3 s. */
export const refused_ms = 2_000;

/**
 * Shortest wait after a CONNACK that refuses (user, password, client id, version): a person has to correct that, and failed logins lock accounts.
 * The longest wait is twice this.
 */
export const denied_ms = 60_000;

/** Messages that the link keeps for later: not yet acknowledged, or published while the broker was away. */
export const outbox_max = 8;

/** Payload bytes of these messages, together. A status is 7 bytes, a level 3. */
export const outbox_bytes = 256;

/** Subscriptions that the link renews after each connect. */
export const subscriptions_max = 8;

/** Payload that the link hands over in one piece: a colour bulb's whole state, from Zigbee2MQTT, has 400 bytes. Longer ones come in fragments. */
export const message_bytes = 1_024;

/** How long a clean goodbye may take before the socket is closed all the same. */
export const goodbye_timeout_ms = 2_000;

/** Largest SUBACK: fixed header, id, a return code for each filter. It must fit where an incomplete packet waits, before the chunk. */
const suback_max_bytes = fixed_header_bytes + 2 + filters_max;
const publish_head_max_bytes = fixed_header_bytes + 2 + topic_max_bytes + 2;

function relation(holds: boolean, what: string): void {
	if (!holds) throw new Error(`limits: ${what}`);
}

relation(suback_max_bytes <= publish_head_max_bytes, "a whole SUBACK must fit where an incomplete packet waits");
relation(frame_max_bytes >= transmit_buffer_bytes, "a packet must fit in a frame");
relation(handshake_timeout_ms < connect_timeout_ms, "a server that does not answer must be told from a host that is not there");
relation(subscriptions_max <= 32, "subscriptions are the bits of a number");
relation(transmit_buffer_bytes >= publish_head_max_bytes, "a topic that can be received must be one that can be sent");
relation(received_max >= 40, "Mosquitto may send twice its 20 QoS 2 messages before it waits");
relation(backoff_max_ms >= backoff_min_ms && backoff_stable_ms >= connack_timeout_ms, "the back-off must grow, and outlast a handshake");
