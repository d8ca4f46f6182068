// `--broker`: the parser is src/mqtt/link/broker-url.ts; this module adds the checks that only Node can do.
import { domainToASCII } from "node:url";
import { bracketed } from "../../src/light/topics.js";
import { type Brokers, readBrokers } from "../../src/mqtt/link/broker-url.js";
import { printable } from "./events.js";

/** One broker or more, with commas. Throws in words that never repeat a text that may hold a password: messages end up in logs and screenshots. */
export function brokerAddresses(text: string): Brokers {
	try {
		const { all, user } = readBrokers(text);
		return { all: all.map((broker) => ({ ...broker, host: hostName(broker.host) })), user };
	} catch (error) {
		const { message } = error as Error;
		const where = "in the environment variable LAMPWIRE_PASSWORD, or --password-file";
		throw new Error(message.startsWith("a password") ? `${message}, ${where}` : message);
	}
}

/** DNS has an encoding for letters that are not ASCII (RFC 3492). */
function hostName(name: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
	if (/^[\x00-\x7f]*$/.test(name)) return name;
	const ascii = domainToASCII(name);
	if (ascii === "") throw new Error(`"${printable(name)}" is no name of a host`);
	return ascii;
}

const webSocketForm = "write ws://host[:port][/path]";

/** `lampwire page --broker`: the URL of a broker's MQTT over WebSocket. Throws in words that repeat no password. */
export function webSocketUrl(text: string): string {
	const secret = text.includes("@");
	if (secret) throw new Error(`the page asks for name and password itself; ${webSocketForm}`);
	const { all } = brokerAddresses(text.includes("://") ? text : `ws://${text}`);
	const [{ scheme, host, port, path }] = all;
	if (all.length > 1) throw new Error(`a page has one broker; ${webSocketForm}`);
	if (scheme !== "ws" && scheme !== "wss") throw new Error(`a page speaks MQTT over WebSocket, not "${scheme}://"; ${webSocketForm}`);
	return new URL(`${scheme}://${bracketed(host)}:${port}${path}`).href;
}
