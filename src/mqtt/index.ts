// The exports of `lampwire/mqtt`: the MQTT client and the link, without a host. Firmware imports the files themselves.
export type { Alarm, ByteBuffer, MqttProvider, Resolver, ResolverProvider, Socket, SocketOptions, SocketProvider, Time } from "../host.js";
export { Client } from "./client/client.js";
export type { ClientLimits, ConnectOptions, QoS, Will } from "./client/options.js";
export {
	type ClientCallbacks,
	type ClientOptions,
	type ControlMessage,
	MqttError,
	type ReadableInfo,
	type WriteOptions,
} from "./client/types.js";
export { type Brokers, type BrokerUrl, readBrokers, type Scheme, shownBroker } from "./link/broker-url.js";
export { type Counters, Link, type LinkOptions, type Message } from "./link/link.js";
export type { Policy } from "./link/outbox.js";
export { type Reach, reach } from "./link/turns.js";
export type { Filter } from "./packets/outbound.js";
export { filterFault, matches, topicFault } from "./packets/topic.js";
export { WouldBlock } from "./session/outgoing.js";
