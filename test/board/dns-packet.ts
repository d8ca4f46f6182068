// The codec of the npm package multicast-dns, so that our bytes are read by somebody else's code.
import { createRequire } from "node:module";
import type * as DnsPacket from "dns-packet";

const require = createRequire(import.meta.url);
const { decode, encode } = createRequire(require.resolve("multicast-dns"))("dns-packet") as typeof DnsPacket;

export type Packet = DnsPacket.Packet;
export type Answer = DnsPacket.Answer;

export const decoded = (bytes: Uint8Array) => decode(Buffer.from(bytes));
export const encoded = (packet: Packet) => new Uint8Array(encode(packet));
