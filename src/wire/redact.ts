// Passwords must not be shown: in a CONNECT, all bytes that may be a password are made unreadable before the packet is shown, kept or sent.
import { CONNECT } from "../mqtt/packets/wire.js";
import { readPacket } from "./fields.js";

const star = 0x2a;

/** Writes over the password of a CONNECT with `*`, in place; the length stays. A malformed CONNECT keeps its header only. */
export function redactPassword(bytes: Uint8Array, length = bytes.length): void {
	if ((bytes[0] ?? 0) >> 4 !== CONNECT) return;
	const { password, fields, fault } = readPacket(bytes, length);
	if (password !== undefined) bytes.fill(star, password[0], password[1]);
	// The password of a malformed CONNECT may stand anywhere.
	if (fault !== "") bytes.fill(star, fields.find(({ name }) => name === "remaining length")?.end ?? 2);
}
