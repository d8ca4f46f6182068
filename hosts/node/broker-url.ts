// `--broker mqtt://[user@]host[:port]`.
import { domainToASCII } from "node:url";
import { printable } from "./events.js";

export interface BrokerAddress {
	host: string;
	port: number;
	user: string | undefined;
}

const form = "write mqtt://[user@]host[:port]";

/** Throws in words that never repeat the text while it may hold a password: messages end up in logs and screenshots. */
export function brokerAddress(text: string): BrokerAddress {
	if (/(^|:\/\/)[^/]*:[^/@]*@/.test(text)) {
		throw new Error(
			`a password does not belong into a URL, where process lists and shell histories show it; ${form}, and set LAMPWIRE_PASSWORD, or give --password-file`,
		);
	}
	// a board takes `broker=192.0.2.10`; so does this
	const whole = text.includes("://") ? text : `mqtt://${text}`;
	const given = /:(\d+)$/.exec(text)?.[1];
	if (given !== undefined && Number(given) > 65_535) throw new Error(`there is no port ${given}; give 1 to 65535`);
	const url = URL.canParse(whole) ? new URL(whole) : undefined;
	if (!url) throw new Error(`this is no address of a broker; ${form}`);
	if (url.protocol !== "mqtt:") throw new Error(`"${url.protocol}//" is not spoken here; ${form}`);
	if (url.hostname === "") throw new Error(`it names no host; ${form}`);
	if (url.pathname.length > 1 || url.search || url.hash) throw new Error(`nothing may follow host and port; ${form}`);
	const port = url.port === "" ? 1883 : Number(url.port);
	if (port === 0) throw new Error("port 0 is no port to connect to; give 1 to 65535");
	return { host: hostName(url.hostname), port, user: url.username === "" ? undefined : userName(url.username) };
}

function hostName(written: string): string {
	// An IPv6 address stands in brackets in a URL, and nowhere else.
	if (written.startsWith("[")) return written.slice(1, -1);
	if (!written.includes("%")) return written;
	// A URL that is not of the web writes what is not ASCII in percent; DNS has letters of its own for it (RFC 3492).
	const name = decoded(written);
	if (name === undefined) throw new Error(`the name of the host has a % that stands for nothing; ${form}`);
	const ascii = domainToASCII(name);
	if (ascii === "") throw new Error(`"${printable(name)}" is no name of a host; ${form}`);
	return ascii;
}

function userName(written: string): string {
	const name = decoded(written);
	if (name === undefined)
		throw new Error(`the user's name has a % that stands for nothing: write %25 where it has a %, %40 for @; ${form}`);
	return name;
}

function decoded(text: string): string | undefined {
	try {
		return decodeURIComponent(text);
	} catch {
		return undefined;
	}
}

const webSocketForm = "write ws://host[:port][/path]";

/** `lampwire page --broker`: where MQTT over WebSocket is spoken. Throws in words that repeat no password. */
export function webSocketUrl(text: string): string {
	const whole = text.includes("://") ? text : `ws://${text}`;
	const url = URL.canParse(whole) ? new URL(whole) : undefined;
	if (!url) throw new Error(`this is no address of a broker; ${webSocketForm}`);
	if (url.username || url.password) throw new Error(`the page asks for name and password itself; ${webSocketForm}`);
	if (url.protocol !== "ws:" && url.protocol !== "wss:")
		throw new Error(`a page speaks MQTT over WebSocket, not "${url.protocol}//"; ${webSocketForm}`);
	if (url.hash) throw new Error(`nothing may follow the path; ${webSocketForm}`);
	// The path that most brokers have, and those that look at none take.
	if (url.pathname === "/" && !url.search) url.pathname = "/mqtt";
	return url.href;
}
