// What the page must know before it can begin, from the server that it came from: the topic, and where the broker is.
import { bracketed } from "../../../../src/light/topics.js";
import { showWays } from "./ways.js";

/** As `hosts/node/http/site.ts` tells it. */
export interface Config {
	/** The intensity topic. */
	topic: string;
	/** Where MQTT over WebSocket is spoken. */
	host: string;
	port: number;
	path: string;
	secure: boolean;
	/** `/api/events` tells who has set the light. */
	events: boolean;
	/** What else the server has. */
	on: { kept?: boolean; wire?: boolean; class?: boolean };
	/** Another one: the page has been built anew since it was loaded. */
	build: string;
	/** What is wrong with the broker, in words of the server; `""`: nothing. */
	notice: string;
}

const config_retry_ms = 2_000;

/** `undefined` when the server does not answer. Signs in where that asks for it and this tab knows how. */
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
 * Asks until the server answers, for the page may come from a cache before the desk stands; `failed` is told each time that it did not, and
 * when the next try is, in milliseconds since 1970.
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

/** The page's own server is its own version, or nearly: what is missing has a preset, what is more is not looked at. */
function understood(given: Given): Config {
	const on = given.on ?? {};
	const url = new URL(given.mqtt ?? "/mqtt", location.href);
	const secure = url.protocol === "https:" || url.protocol === "wss:";
	return {
		topic: given.topic ?? "light",
		// An IPv6 address stands in brackets in a URL, and nowhere else.
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
/** What this tab calls itself by, whatever its name: a teacher can keep it out. Random, and told to the desk alone. */
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

/** The teacher has taken this phone out, and somebody here wants to come back. */
export async function join(): Promise<void> {
	await fetch("/api/join", { method: "POST", body: JSON.stringify({ mark }) }).catch(() => {});
}

/** Where to open the page instead, if it came by https and the broker speaks ws only; `""`: all is well. */
export function insecureUrl(config: Config): string {
	return location.protocol === "https:" && !config.secure ? `http://${bracketed(config.host)}:${config.port}/` : "";
}

export interface Login {
	user: string;
	password: string;
}

const loginKey = "lampwire-login";
/** The server has asked for it. */
let asked = false;

/** What this tab was told, and no other: not over its end, in no URL, in no log. */
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
 * Keeps what the broker asks for, for MQTT's CONNECT, and tells it to the server, if that asks for it too: then its data is for those who have
 * signed in. Whether it was right, MQTT says.
 */
export async function signIn(login: Login): Promise<void> {
	keepLogin(login);
	if (!asked) return;
	await fetch("/api/login", { method: "POST", body: JSON.stringify(login), credentials: "same-origin" }).catch(() => {});
}

/**
 * What stands behind the address in a QR code: `#login=NAME:PASSWORD`, each percent-encoded. It is taken out of the address at once, where it
 * would be seen and kept.
 */
function takeLogin(): void {
	const [, user, password] = /^#login=([^:]*):(.*)$/.exec(location.hash) ?? [];
	if (user === undefined || password === undefined) return;
	history.replaceState(null, "", location.pathname + location.search);
	try {
		keepLogin({ user: decodeURIComponent(user), password: decodeURIComponent(password) });
	} catch {
		// A % that stands for nothing: the page asks.
	}
}
takeLogin();
