// The form of every answer of the HTTP port: its headers, and the few pages of words.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { PageFile } from "./files.js";

/** No inline code, no files of other servers, no text that becomes markup. `elsewhere`: a further broker that the page may connect to. */
export function policy(elsewhere?: string): string {
	return [
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"img-src 'self'",
		`connect-src 'self'${elsewhere ? ` ${elsewhere}` : ""}`,
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types 'none'",
	].join("; ");
}

export class Answers {
	readonly #headers: Readonly<Record<string, string>>;

	constructor(elsewhere?: string) {
		this.#headers = {
			"content-security-policy": policy(elsewhere),
			"cross-origin-resource-policy": "same-origin",
			"permissions-policy": "camera=(), geolocation=(), microphone=()",
			"referrer-policy": "no-referrer",
			"x-content-type-options": "nosniff",
		};
	}

	/** A file of the page. `fixed`: its name changes with its content, so that a browser need never request it again. */
	file(request: IncomingMessage, response: ServerResponse, file: PageFile, fixed: boolean): void {
		const zipped = takesGzip(request);
		const etag = `"${file.hash}${zipped ? "-gzip" : ""}"`;
		const headers = {
			...this.#headers,
			"cache-control": fixed ? "public, max-age=31536000, immutable" : "no-cache",
			etag,
			vary: "accept-encoding",
		};
		if (knows(request, etag)) {
			response.writeHead(304, headers).end();
			return;
		}
		const body = zipped ? file.gzip : file.bytes;
		send(request, response, 200, { ...headers, "content-type": file.type, ...(zipped ? { "content-encoding": "gzip" } : {}) }, body);
	}

	json(request: IncomingMessage, response: ServerResponse, value: unknown, status = 200): void {
		const headers = { ...this.#headers, "cache-control": "no-store", "content-type": "application/json" };
		send(request, response, status, headers, Buffer.from(JSON.stringify(value)));
	}

	/** A page of words. `text` is ours: no part of it comes from a client. */
	words(request: IncomingMessage, response: ServerResponse, status: number, text: string, more: Record<string, string> = {}): void {
		const html = `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n<title>Lampwire</title>\n<p>${text}</p>\n<p><a href="/">To the light</a></p>\n</html>\n`;
		const headers = { ...this.#headers, "cache-control": "no-store", "content-type": "text/html; charset=utf-8", ...more };
		send(request, response, status, headers, Buffer.from(html));
	}

	/** One line of text, which may hold text from a client. */
	plain(request: IncomingMessage, response: ServerResponse, status: number, text: string, more: Record<string, string> = {}): void {
		const headers = { ...this.#headers, "cache-control": "no-store", "content-type": "text/plain; charset=utf-8", ...more };
		send(request, response, status, headers, Buffer.from(`${text}\n`));
	}

	/** The head of an answer whose length is not known yet; the caller writes the body. */
	begin(response: ServerResponse, type: string, more: Record<string, string> = {}): void {
		response.writeHead(200, { ...this.#headers, "cache-control": "no-store", "content-type": type, ...more });
	}

	/** The client has not signed in, or may not read this (RFC 9110 §15.5.2). Browsers do not know the scheme, and so do not ask by themselves. */
	unknown(request: IncomingMessage, response: ServerResponse): void {
		const text = "This desk asks for a name and a password: sign in under Light. (A program sends them with each request: Basic.)";
		this.plain(request, response, 401, text, { "www-authenticate": 'Lampwire realm="lampwire"' });
	}

	/** The head of a stream of events; the caller writes the events. */
	stream(response: ServerResponse): void {
		response.writeHead(200, { ...this.#headers, "cache-control": "no-store", "content-type": "text/event-stream" });
		response.flushHeaders();
	}
}

function send(request: IncomingMessage, response: ServerResponse, status: number, headers: Record<string, string>, body: Buffer): void {
	response.writeHead(status, { ...headers, "content-length": String(body.length) });
	if (request.method === "HEAD") response.end();
	else response.end(body);
}

function takesGzip({ headers }: IncomingMessage): boolean {
	return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(String(headers["accept-encoding"] ?? ""));
}

/** Whether the browser has this version. RFC 9110 §13.1.2: compared weakly. */
function knows({ headers }: IncomingMessage, etag: string): boolean {
	const tags = headers["if-none-match"];
	return tags !== undefined && tags.split(",").some((tag) => ["*", etag].includes(tag.trim().replace(/^W\//, "")));
}
