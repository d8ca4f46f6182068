// The brokers' addresses, as users write them: `mqtt://[user@]host[:port]`, `ws://[user@]host[:port][/path]`, the same with an s behind for TLS,
// a bare name for mqtt://; several with commas. One parser for every host, for not every host has the class URL.

export type Scheme = "mqtt" | "mqtts" | "ws" | "wss";

export interface BrokerUrl {
	scheme: Scheme;
	/** Name or address; an IPv6 address without brackets. */
	host: string;
	port: number;
	/** Path and query. "" where the scheme has none. */
	path: string;
	user: string | undefined;
}

/** Whether its scheme uses TLS. */
export function isSecure({ scheme }: BrokerUrl): boolean {
	return scheme === "mqtts" || scheme === "wss";
}

const ports: Readonly<Record<Scheme, number>> = Object.freeze({ mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 });

/** The names of these schemes in other programs. */
const elsewhere: Readonly<Record<string, string>> = Object.freeze({ tcp: "mqtt", ssl: "mqtts", tls: "mqtts", http: "ws", https: "wss" });

/** The path of MQTT over WebSocket at most brokers; brokers that do not check the path take it too. */
const default_path = "/mqtt";

/** DNS has names of up to 253 letters (RFC 1035 §2.3.4). */
const host_max = 253;

const form = "write mqtt://, mqtts://, ws:// or wss://[user@]host[:port], with ws and wss [/path]";

/** Throws a message for people, which never repeats a text that may hold a password. */
function fail(fault: string): never {
	throw new Error(`${fault}; ${form}`);
}

function decoded(what: string, text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return fail(`${what} has a % that stands for nothing: write %25 where it has a %, %40 for @, %2C for a comma`);
	}
}

function hasOneOf(text: string, forbidden: string): boolean {
	for (let i = 0; i < text.length; i++) if (text[i] <= " " || text[i] === "\u007f" || forbidden.includes(text[i])) return true;
	return false;
}

/** The position of the first of `ends` in `text`, or the end of `text`. */
function firstOf(text: string, ends: string): number {
	let at = 0;
	while (at < text.length && !ends.includes(text[at])) at++;
	return at;
}

function readPort(text: string): number {
	let value = 0;
	for (let i = 0; i < text.length; i++) {
		if (text[i] < "0" || text[i] > "9") fail("its port is no number");
		value = Math.min(value * 10 + Number(text[i]), 65_536);
	}
	if (value < 1 || value > 65_535) throw new Error(`there is no port ${text.slice(0, 12)}; give 1 to 65535`);
	return value;
}

/** Host and port of `[::1]:1883`, `broker:1883` or `broker`. */
function readHost(text: string): { host: string; port: number | undefined } {
	const inBrackets = text[0] === "[";
	const end = inBrackets ? text.indexOf("]") : firstOf(text, ":");
	if (end < 0) fail("an address of IPv6 has a bracket [ and none that closes it");
	const rest = text.slice(inBrackets ? end + 1 : end);
	if (rest !== "" && rest[0] !== ":") fail("only a port may follow an address in brackets");
	const port = rest.length > 1 ? rest.slice(1) : undefined;
	if (!inBrackets && port !== undefined && port.includes(":")) fail("an address of IPv6 stands in brackets, as in [2001:db8::1]");
	const host = inBrackets ? text.slice(1, end) : decoded("the name of the host", text.slice(0, end));
	if (host === "") fail("it names no host");
	const wrong = inBrackets ? !host.includes(":") || hasOneOf(host, "%/") : hasOneOf(host, '<>"\\^`{|}%/?#@[]:');
	if (wrong || host.length > host_max) fail("this is no name of a host, nor an address");
	return { host, port: port === undefined ? undefined : readPort(port) };
}

function readScheme(text: string): Scheme {
	const scheme = text.toLowerCase();
	if (Object.hasOwn(ports, scheme)) return scheme as Scheme;
	if (Object.hasOwn(elsewhere, scheme)) return fail(`${scheme}:// is written ${elsewhere[scheme]}:// here`);
	return hasOneOf(scheme, "@:") ? fail("this is no address of a broker") : fail(`"${scheme.slice(0, 20)}://" is not spoken here`);
}

/** `port`: the port that is used where the URL has none, if it is given. */
function readOne(text: string, port: number | undefined): BrokerUrl {
	const at = text.indexOf("://");
	const rest = at < 0 ? text : text.slice(at + 3);
	const behindUser = rest.lastIndexOf("@") + 1;
	// checked even where a slash in the password looks like the beginning of the path
	if (rest.slice(0, Math.max(0, behindUser - 1)).includes(":"))
		throw new Error("a password does not belong into a URL, where process lists, shell histories and logs show it: give it apart");
	const scheme = at < 0 ? "mqtt" : readScheme(text.slice(0, at));
	const begin = firstOf(rest, "/?#");
	if (behindUser > begin) fail("its path has an @: write %40");
	const named = readHost(rest.slice(behindUser, begin));
	let path = rest.slice(begin);
	if (scheme === "mqtt" || scheme === "mqtts") {
		if (path !== "" && path !== "/") fail("nothing may follow host and port");
		path = "";
	} else {
		if (hasOneOf(path, "#") || firstAbove(path, "~") < path.length) fail("its path may have visible characters of ASCII only, and no #");
		if (path === "" || path === "/") path = default_path;
		else if (path[0] === "?") path = default_path + path;
	}
	if (port !== undefined && named.port !== undefined && named.port !== port)
		throw new Error(`the port is ${named.port} in the URL and ${port} beside it: leave out one of them`);
	const user = behindUser > 1 ? decoded("the user's name", rest.slice(0, behindUser - 1)) : undefined;
	return { scheme, host: named.host, port: named.port ?? port ?? ports[scheme], path, user };
}

function firstAbove(text: string, last: string): number {
	let at = 0;
	while (at < text.length && text[at] <= last) at++;
	return at;
}

export interface Brokers {
	/** One or more brokers, to be tried in turn. */
	all: readonly BrokerUrl[];
	/** The user, the same at all of them. */
	user: string | undefined;
}

/**
 * Reads `text`, with a port and a user that were given beside it. Throws an `Error` whose message says what is wrong and what to write, and never
 * repeats a text that may be a password.
 */
export function readBrokers(text: string, port?: number, user?: string): Brokers {
	const all = text.split(",").map((one) => {
		if (one.trim() === "") fail(text.trim() === "" ? "it is empty" : "a broker is missing between commas");
		return readOne(one.trim(), port);
	});
	let one = user;
	for (const broker of all) {
		if (broker.user === undefined) continue;
		if (one !== undefined && one !== broker.user)
			throw new Error(
				user === undefined
					? "its brokers have different users: a device has one"
					: "the user in the URL is another than the one beside it: leave out one of them",
			);
		one = broker.user;
	}
	return { all, user: one };
}

/** A broker's address for a log and a screen: without the user, and without a query, which may hold a secret. */
export function shownBroker({ scheme, host, port, path }: BrokerUrl): string {
	const where = `${host.includes(":") ? `[${host}]` : host}:${port}`;
	return scheme === "mqtt" ? where : `${scheme}://${where}${path.slice(0, firstOf(path, "?"))}`;
}
