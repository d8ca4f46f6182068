// A whole answer of HTTP/1.1, as bytes.
import { utf8Length, writeUtf8 } from "../../../src/mqtt/bytes/utf8.js";
import { scriptDigest } from "./page.js";

export interface Answer {
	bytes: Uint8Array;
	/** How many of the bytes are the head, which is the whole answer to HEAD. */
	head: number;
	/** Called when the browser has its answer. */
	whenSent?: () => void;
}

const reasons: Readonly<Record<number, string>> = Object.freeze({
	200: "OK",
	302: "Found",
	400: "Bad Request",
	403: "Forbidden",
	404: "Not Found",
	405: "Method Not Allowed",
	409: "Conflict",
	413: "Content Too Large",
	415: "Unsupported Media Type",
	422: "Unprocessable Content",
	431: "Request Header Fields Too Large",
	500: "Internal Server Error",
	501: "Not Implemented",
	505: "HTTP Version Not Supported",
});

/**
 * One connection, one answer. A page is never stored, never framed by another page, sends its form to this server alone, and has our script alone.
 * `same-origin`: with `no-referrer` browsers send `Origin: null`, but this server checks the origin of a form.
 */
const headers = `Connection: close\r
Cache-Control: no-store\r
Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src '${scriptDigest}'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'\r
Referrer-Policy: same-origin\r
X-Content-Type-Options: nosniff\r
`;

const lengthless = "This answer cannot be sent.\n";

/**
 * `body` may hold names that strangers have chosen: where a name is no text, no length could be right, and the answer is a 500. `typed` goes into the
 * text area of `body`.
 */
function compose(status: number, header: string, body: string, whenSent?: () => void, typed = ""): Answer {
	const lengths = [utf8Length(body), utf8Length(typed)];
	if (lengths.includes(-1)) return compose(500, "Content-Type: text/plain; charset=utf-8\r\n", lengthless, whenSent);
	const length = lengths[0] + lengths[1];
	const head = `HTTP/1.1 ${status} ${reasons[status]}\r\n${headers}${header}Content-Length: ${length}\r\n\r\n`;
	const bytes = new Uint8Array(head.length + length);
	let at = writeUtf8(head, bytes, 0);
	const middle = typed === "" ? 0 : body.indexOf("</textarea>");
	if (middle > 0) at = writeUtf8(typed, bytes, writeUtf8(body.slice(0, middle), bytes, at));
	writeUtf8(middle > 0 ? body.slice(middle) : body, bytes, at);
	return { bytes, head: head.length, whenSent };
}

/** `typed`, HTML: the content of the page's text area. Apart, for it is long, and XS copies a text whenever something is added to it. */
export function html(status: number, page: string, whenSent?: () => void, typed?: string): Answer {
	return compose(status, "Content-Type: text/html; charset=utf-8\r\n", page, whenSent, typed);
}

/** One line, for a client that is not a browser with our page. */
export function plain(status: number, sentence: string, whenSent?: () => void): Answer {
	return compose(status, "Content-Type: text/plain; charset=utf-8\r\n", `${sentence}\n`, whenSent);
}

/** The answer to an unknown method: `Allow` lists the known methods (RFC 9110 §15.5.6). */
export function notAllowed(methods: string): Answer {
	return compose(405, `Content-Type: text/plain; charset=utf-8\r\nAllow: ${methods}\r\n`, `Only ${methods}.\n`);
}

/** `to` is an address of ours. */
export function redirect(to: string): Answer {
	return compose(302, `Location: ${to}\r\n`, "");
}
