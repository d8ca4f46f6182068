// The options of a WebSocket over a socket, checked by name.
import type { SocketOptions, SocketProvider, Time } from "../../host.js";
import { frame_max_bytes } from "../../limits.js";

export interface FramedSocketOptions extends SocketOptions {
	/** The inner socket: its class and its options. */
	socket: SocketProvider;
	time: Time;
	/** 0 ≤ random < 1. The host's best: an application that chooses the payload must not be able to predict the mask [RFC 6455 §10.3]. */
	random(): number;
	/** Default "/mqtt". */
	path?: string;
	/** The inner socket is TLS. Only the `Host` header of the request depends on this option. Default false. */
	secure?: boolean;
	/** Longest payload of a frame that is sent, 512 to 65,535 bytes: longer writes go out in several frames. Default 512. */
	frame?: number;
	target?: unknown;
}

export interface FramedSocketSettings {
	address: string;
	host: string;
	port: number;
	path: string;
	/** The `Host` header of the request: host and, where it is not the scheme's own, port [RFC 6455 §4.1]. */
	authority: string;
	socket: SocketProvider;
	time: Time;
	random: FramedSocketOptions["random"];
	frame: number;
	onReadable: SocketOptions["onReadable"];
	onWritable: SocketOptions["onWritable"];
	onError: SocketOptions["onError"];
}

/** Throws a `TypeError` that names the option. `given`: options beyond those of any socket come from the provider, outside the types. */
export function readOptions(given: SocketOptions): FramedSocketSettings {
	const options = given as FramedSocketOptions;
	const { address, host = address, port, path = "/mqtt", secure = false, socket, time, random, frame = frame_max_bytes } = options;
	check("host", host, isVisible(host, "/?#@\\"), "a name or an address");
	check("path", path, isVisible(path, "#") && path[0] === "/", 'a path that begins with "/", of visible characters of ASCII');
	check("socket", socket, typeof socket?.io === "function", "an object whose io is the class of the socket below");
	check("time", time, typeof time?.alarm === "function", "the host's Time");
	check("random", random, typeof random === "function", "a function");
	check("frame", frame, Number.isInteger(frame) && frame >= frame_max_bytes && frame <= 65_535, `${frame_max_bytes} to 65535`);
	for (const name of ["onReadable", "onWritable", "onError"] as const)
		check(name, options[name], typeof options[name] === "function", "a function");
	const { onReadable, onWritable, onError } = options;
	const name = host.includes(":") ? `[${host}]` : host;
	const authority = port === (secure ? 443 : 80) ? name : `${name}:${port}`;
	return { address, host, port, path, authority, socket, time, random, frame, onReadable, onWritable, onError };
}

function check(name: string, value: unknown, right: boolean, wanted: string): void {
	const shown = typeof value === "string" ? `"${value}"` : typeof value === "number" ? value : typeof value;
	if (!right) throw new TypeError(`WebSocket: ${name} must be ${wanted}, not ${shown}`);
}

/** Not empty, of ASCII without white space and control characters, which could end the line of a request, and without those of `not`. */
function isVisible(text: unknown, not: string): boolean {
	if (typeof text !== "string" || text === "") return false;
	for (let i = 0; i < text.length; i++) if (text[i] < "!" || text[i] > "~" || not.includes(text[i])) return false;
	return true;
}
