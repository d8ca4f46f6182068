// Pairs with a bridge: gets its certificate, waits for its button, keeps the key.
import os from "node:os";
import tls from "node:tls";
import type { HttpSecurity } from "../../../src/host.js";
import { field, parsed, textOf } from "../../../src/hue/dialect.js";
import { bracketed } from "../../../src/light/topics.js";
import Http, { fingerprint } from "../http.js";
import { Refusal } from "../refusal.js";
import type { Pairing } from "./keys.js";

/** The button's window is 30 s; it may be pressed at the last moment. */
const patience_s = 40;
const second_ms = 1_000;
const tls_ms = 5_000;
const answer_max_bytes = 65_536;

const button_not_pressed = 101;

export interface PairOptions {
	host: string;
	port: number | undefined;
	/** Plain http, for a bridge of the first generation. */
	http: boolean;
	/** PEM of the authority that has signed the bridge's certificate: then this proves the bridge, where a pin only recognises it later. */
	authority?: string;
	/** Seconds that are left. */
	onWait(left: number): void;
	signal?: AbortSignal;
	/** Waits between two tries. Default: for a second. */
	pause?(): Promise<unknown>;
}

/** Throws a `Refusal` in words: there is no bridge, its button was not pressed, or it is another kind of device. */
export async function pair({ host, port, http, authority, onWait, signal, pause = second }: PairOptions): Promise<Pairing> {
	const place = { host, port: port ?? (http ? 80 : 443) };
	const seen = http ? undefined : await certificateOf(place);
	const first = seen && { pin: seen.fingerprint };
	const config = await ask(place, first, "GET", "/api/config");
	const bridge = textOf(config, "bridgeid")?.toLowerCase() ?? "";
	if (!/^[0-9a-f]{16}$/.test(bridge)) throw new Refusal(`${host} answers, but is no Hue bridge`, 1);
	if (seen && seen.name.toLowerCase() !== bridge)
		throw new Refusal(`the certificate of ${host} is that of "${seen.name}", and the bridge calls itself ${bridge}: not paired`, 1);
	const secure = first && { ...first, name: bridge };
	if (authority !== undefined && secure) await ask(place, { certificate: authority, name: bridge }, "GET", "/api/config");
	const devicetype = `lampwire#${os.hostname().replaceAll("#", "-").slice(0, 19) || "node"}`;
	const body = JSON.stringify({ devicetype, generateclientkey: true });
	for (let left = patience_s; left > 0; left--) {
		signal?.throwIfAborted();
		onWait(left);
		const [answer] = asList(await ask(place, secure, "POST", "/api", body));
		const key = textOf(field(answer, "success"), "username");
		if (key !== undefined) return { bridge, ...place, key, ...(seen ? { fingerprint: seen.fingerprint } : {}) };
		const error = field(answer, "error");
		if (field(error, "type") !== button_not_pressed)
			throw new Refusal(`the bridge does not pair: ${textOf(error, "description") ?? "its answer is not understood"}`, 1);
		await pause();
	}
	throw new Refusal(`the bridge's round button was not pressed within ${patience_s} s; press it, and pair again`, 1);
}

function second(): Promise<unknown> {
	return new Promise((resolve) => setTimeout(resolve, second_ms));
}

function asList(value: unknown): unknown[] {
	return Array.isArray(value) ? value : [];
}

function ask(
	place: { host: string; port: number },
	secure: HttpSecurity | undefined,
	method: "GET" | "POST",
	path: string,
	body?: string,
): Promise<unknown> {
	const http = new Http({ ...place, secure, limit: answer_max_bytes });
	const fail = (reason: string) => new Refusal(`the Hue bridge ${place.host}: ${reason}`, 1);
	return new Promise<unknown>((resolve, reject) => {
		const late = setTimeout(() => reject(fail("no answer within 5 s")), tls_ms);
		const end = (then: () => void) => {
			clearTimeout(late);
			then();
		};
		http.request({
			method,
			path,
			...(body === undefined ? {} : { body }),
			onDone: (status, text) =>
				end(() => {
					if (status >= 300 && status < 400) reject(fail("it speaks https only; leave out --hue-http"));
					else if (status !== 200) reject(fail(`HTTP ${status}; is this a Hue bridge?`));
					else resolve(parsed(text));
				}),
			onError: (reason) => end(() => reject(fail(reason))),
		});
	}).finally(() => http.close());
}

/** A first connection: there is no pin yet to compare the certificate with, so no secret is sent. */
function certificateOf({ host, port }: { host: string; port: number }): Promise<{ fingerprint: string; name: string }> {
	return new Promise((resolve, reject) => {
		const socket = tls.connect({ host, port, rejectUnauthorized: false, timeout: tls_ms });
		const fail = (reason: string) => {
			socket.destroy();
			reject(
				new Refusal(
					`no Hue bridge answers by https at ${bracketed(host)}:${port} (${reason}). A square bridge does; a round one of 2012 needs --hue-http`,
					1,
				),
			);
		};
		socket.once("error", (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
		socket.once("timeout", () => fail("no answer"));
		socket.once("secureConnect", () => {
			const certificate = socket.getPeerCertificate();
			socket.destroy();
			resolve({ fingerprint: fingerprint(certificate), name: String(certificate.subject?.CN ?? "") });
		});
	});
}
