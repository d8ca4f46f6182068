// The settings that the page needs to begin, from the server that it came from: the topic, and the address of the broker.
import { bracketed } from "../../../../src/light/topics.js";
import { showWays } from "./ways.js";

/** The answer of `hosts/node/http/site.ts`. */
export interface Config {
	/** The intensity topic. */
	topic: string;
	/** The address of MQTT over WebSocket. */
	host: string;
	port: number;
	path: string;
	secure: boolean;
	/** There is `/api/events`, with the clients that set the light. */
	events: boolean;
	/** Further parts of the server. */
	on: { kept?: boolean; wire?: boolean; class?: boolean };
	/** The hash of the page. When it changes, the page has been built anew since it was loaded. */
	build: string;
	/** A fault of the broker, in words of the server; `""`: none. */
	notice: string;
}

const config_retry_ms = 2_000;

/** `undefined` when the server does not answer. Signs in where the server asks for it and this tab has credentials. */
export async function askConfig(): Promise<Config | undefined> {
	try {
		const response = await fetch("/api/config", { cache: "no-store", credentials: "same-origin" });
		if (!response.ok) return undefined;
		const given: Given = await response.json();
		showWays(given.on ?? {});
		asked ||= given.login === true;
		const login = keptLogin();
		if (given.login && login !== undefined) await signIn(login);
		return understood(given);
	} catch {
		return undefined;
	}
}

/**
 * Asks until the server answers, for the page may come from a cache before the desk has started; `failed` is called after each failure, with
 * the time of the next try, in milliseconds since 1970.
 */
export async function readConfig(failed: (retry: number) => void): Promise<Config> {
	for (;;) {
		const config = await askConfig();
		if (config !== undefined) return config;
		failed(Date.now() + config_retry_ms);
		await new Promise((resolve) => setTimeout(resolve, config_retry_ms));
	}
}

interface Given {
	topic?: string;
	mqtt?: string;
	on?: { events?: boolean; history?: boolean; kept?: boolean; wire?: boolean; class?: boolean };
	build?: string;
	notice?: string | null;
	login?: boolean;
}

/** The page's server has the same version, or nearly: a missing field has a preset, a further field is not read. */
function understood(given: Given): Config {
	const on = given.on ?? {};
	const url = new URL(given.mqtt ?? "/mqtt", location.href);
	const secure = url.protocol === "https:" || url.protocol === "wss:";
	return {
		topic: given.topic ?? "light",
		// An IPv6 address is in brackets in a URL, and only there.
		host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
		port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
		path: on.class ? `${url.pathname}?mark=${mark}` : url.pathname + url.search,
		secure,
		events: on.events ?? false,
		on,
		build: given.build ?? "",
		notice: given.notice ?? "",
	};
}

const markKey = "lampwire-mark";
/** The mark of this tab, the same under every name, by which a teacher can keep it out. Random, and sent to the desk alone. */
const mark = keptMark();

function keptMark(): string {
	const made = crypto.getRandomValues(new Uint32Array(3)).join("-");
	try {
		const kept = sessionStorage.getItem(markKey) ?? made;
		sessionStorage.setItem(markKey, kept);
		return kept;
	} catch {
		return made;
	}
}

/** The teacher has taken this phone out, and its user asks to come back. */
export async function join(): Promise<void> {
	await fetch("/api/join", { method: "POST", body: JSON.stringify({ mark }) }).catch(() => {});
}

/** The URL to open instead, if the page came by https and the broker has ws only; `""`: all is well. */
export function insecureUrl(config: Config): string {
	return location.protocol === "https:" && !config.secure ? `http://${bracketed(config.host)}:${config.port}/` : "";
}

export interface Login {
	user: string;
	password: string;
}

const loginKey = "lampwire-login";
/** The server has asked for credentials. */
let asked = false;

/** The credentials that were entered in this tab. They do not outlive the tab, and are in no URL and in no log. */
export function keptLogin(): Login | undefined {
	try {
		const { user, password } = JSON.parse(sessionStorage.getItem(loginKey) ?? "{}");
		return typeof user === "string" && typeof password === "string" ? { user, password } : undefined;
	} catch {
		return undefined;
	}
}

function keepLogin(login: Login): void {
	try {
		sessionStorage.setItem(loginKey, JSON.stringify(login));
	} catch {
		// Storage may be switched off; then a reload asks again.
	}
}

/**
 * Keeps the credentials for MQTT's CONNECT, and sends them to the server, if that asks for them too: then it has data for signed-in clients only.
 * The broker's CONNACK says whether the credentials are right.
 */
export async function signIn(login: Login): Promise<void> {
	keepLogin(login);
	if (!asked) return;
	await fetch("/api/login", { method: "POST", body: JSON.stringify(login), credentials: "same-origin" }).catch(() => {});
}

/**
 * Takes the login behind the address of a QR code: `#login=NAME:PASSWORD`, each percent-encoded. It is removed from the address at once, where it
 * would be visible and kept.
 */
function takeLogin(): void {
	const [, user, password] = /^#login=([^:]*):(.*)$/.exec(location.hash) ?? [];
	if (user === undefined || password === undefined) return;
	history.replaceState(null, "", location.pathname + location.search);
	try {
		keepLogin({ user: decodeURIComponent(user), password: decodeURIComponent(password) });
	} catch {
		// A % without two digits: the page asks for the login.
	}
}
takeLogin();
