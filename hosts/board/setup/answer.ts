// An answer of HTTP/1.1, whole, as bytes.
import { utf8Length, writeUtf8 } from "../../../src/mqtt/bytes/utf8.js";
import { scriptDigest } from "./page.js";

export interface Answer {
	bytes: Uint8Array;
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
 * One connection, one answer. Never stored, never framed by another page, sent nowhere but back here; and no script but our own.
 * `same-origin`: with `no-referrer` browsers send `Origin: null`, and the origin of a form is what we check.
 */
const headers = `Connection: close\r
Cache-Control: no-store\r
Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src '${scriptDigest}'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'\r
Referrer-Policy: same-origin\r
X-Content-Type-Options: nosniff\r
`;

function compose(status: number, header: string, body: string): Uint8Array {
	const length = utf8Length(body);
	const head = `HTTP/1.1 ${status} ${reasons[status]}\r\n${headers}${header}Content-Length: ${length}\r\n\r\n`;
	const bytes = new Uint8Array(head.length + length);
	writeUtf8(body, bytes, writeUtf8(head, bytes, 0));
	return bytes;
}

export function html(status: number, page: string, whenSent?: () => void): Answer {
	return { bytes: compose(status, "Content-Type: text/html; charset=utf-8\r\n", page), whenSent };
}

/** One line, for whoever is not a browser with our page. */
export function plain(status: number, sentence: string, whenSent?: () => void): Answer {
	return { bytes: compose(status, "Content-Type: text/plain; charset=utf-8\r\n", `${sentence}\n`), whenSent };
}

/** `to` is an address of ours. */
export function redirect(to: string): Answer {
	return { bytes: compose(302, `Location: ${to}\r\n`, "") };
}
