// The access to the HTTP port: one function judges every request and every upgrade. Without it, any page that is open in the user's browser could
// read and set the light, also a page whose own name leads to this machine (DNS rebinding). Host and Origin of a request show such pages.
// Passwords are checked in http/login.ts, the key of the teacher's orders in class/api.ts.
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { machineNames } from "./addresses.js";
import { printable } from "./events.js";

export interface AccessRules {
	/** `scheme://host[:port]` of pages that are admitted beside our own. Their hosts are names of this machine too. */
	origins: readonly string[];
	/** Another name of this machine. */
	host: string;
}

/** Why a request is refused, in a sentence that says what to do; `undefined`: the request is admitted. */
export function refusal({ headers }: Pick<IncomingMessage, "headers">, { origins, host: own }: AccessRules): string | undefined {
	const host = headers.host?.toLowerCase() ?? "";
	if (!isOurs(hostname(host), [own, ...origins.map((origin) => hostname(origin.replace(/^.*:\/\//, "")))])) {
		return `"${shown(host)}" is no name of this machine: open this page by its address, by localhost or by the machine's own name (or start with --ws-origin http://${shown(host)})`;
	}
	const origin = headers.origin?.toLowerCase();
	// Programs send no Origin. Pages cannot leave it out.
	if (origin === undefined || origins.includes(origin)) return undefined;
	if (origin === "null")
		return "a page without an address (a file, or a sandboxed frame) is not let in: serve it by a web server, and name that with --ws-origin";
	const from = /^https?:\/\/([^/]*)$/.exec(origin)?.[1];
	if (from === host) return undefined;
	return `a page of ${shown(origin)} is not let in: start with --ws-origin ${shown(origin)} if it may switch and listen`;
}

/** `host` without its port, and an IPv6 address without its brackets. */
function hostname(host: string): string {
	return host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
}

function isOurs(name: string, named: readonly string[]): boolean {
	// An address cannot be the name of another server.
	if (isIP(name) !== 0 || name === "localhost") return true;
	return name !== "" && [...machineNames(), ...named.map((other) => other.toLowerCase())].includes(name);
}

function shown(text: string): string {
	return printable(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

const form = "give pages as scheme://host[:port], more than one with commas: http://192.0.2.5:5173,https://class.example";

/** The value of `--ws-origin`. Throws in words. */
export function readOrigins(text: string): string[] {
	return text.split(",").map((part) => {
		const origin = part.trim().toLowerCase();
		if (origin === "null")
			throw new Error('"null" is every page without an address, anybody\'s: serve yours by a web server and name that');
		if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#\s@*]*$/.test(origin)) throw new Error(`"${part.trim()}" is no page's origin; ${form}`);
		// A browser leaves out the default port of the scheme.
		return origin.replace(/^(http:\/\/[^:]*):80$/, "$1").replace(/^(https:\/\/[^:]*):443$/, "$1");
	});
}
