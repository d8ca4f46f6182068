// The command line: one table has the options of each command; parsing, checking and `--help` all follow from it.
import { parseArgs } from "node:util";
import { calibrations } from "../../src/light/dimmer/calibration.js";
import { readRate } from "../../src/light/dimmer/rate.js";
import { makeCurve } from "../../src/light/lamp/curve.js";
import { powerOns } from "../../src/light/lamp/kept-level.js";
import { checkId, checkTopic } from "../../src/light/topics.js";
import type { Brokers } from "../../src/mqtt/link/broker-url.js";
import { readOrigins } from "./access.js";
import { defaults } from "./broker/limits.js";
import { brokerAddresses, webSocketUrl } from "./broker-option.js";
import { type HuePlace, hueLights, huePlace } from "./hue/options.js";
import { duration, filters, moment, size, storeUrl } from "./recorder/options.js";
import { Refusal } from "./refusal.js";
import { stateFolder } from "./store.js";
import { closest } from "./suggest.js";

export interface Settings {
	host: string;
	mqttPort: number;
	wsPort: number;
	/** `undefined`: no MQTT over TLS. */
	tlsPort: number | undefined;
	strictPort: boolean;
	/** The broker is not announced in the network. */
	noAnnounce: boolean;
	/** The port of `lampwire page`. */
	port: number;
	open: boolean;
	/** The page shows every client's packets. */
	wire: boolean;
	/** `scheme://host[:port]` of further pages. `undefined`: our own page alone. */
	wsOrigin: string[] | undefined;
	/** Bytes, connections, messages, milliseconds. `undefined`: the broker's own limits. */
	maxPacket: number | undefined;
	maxClients: number | undefined;
	maxQueue: number | undefined;
	sessionExpiry: number | undefined;
	/** The broker checks no credentials. */
	openToAll: boolean;
	/** File. `undefined`: the file of the state folder, where credentials are needed. */
	credentials: string | undefined;
	showCredentials: boolean;
	broker: Brokers;
	/** File. `undefined`: the password of the environment, if there is one. */
	passwordFile: string | undefined;
	/** Files: the trusted authorities, and the certificate and key of this device. */
	ca: string | undefined;
	cert: string | undefined;
	key: string | undefined;
	/** Any server is taken for the broker. */
	tlsInsecure: boolean;
	/** The broker of `lampwire page`: a whole ws:// or wss:// URL. */
	brokerUrl: string;
	topic: string;
	/** `undefined`: made of the command and the machine's own id. */
	id: string | undefined;
	/** Milliseconds. `undefined`: the link's own default. */
	keepAlive: number | undefined;
	noStatus: boolean;
	/** Messages a minute. `undefined`: no limit. */
	rate: number | undefined;
	pickup: boolean;
	invert: boolean;
	calibrate: (typeof calibrations)[number];
	powerOn: (typeof powerOns)[number];
	/** Percent of full duty. */
	minimum: number;
	maximum: number;
	/** Milliseconds. `undefined`: the lamp's own defaults. */
	fade: number | undefined;
	streamFade: number | undefined;
	/** Folder. */
	state: string;
	/** `undefined`: the only bridge that is paired; with `pair`, the only bridge that answers. */
	hueBridge: HuePlace | undefined;
	hueLights: string[] | undefined;
	hueHttp: boolean;
	/** File. */
	hueCa: string | undefined;
	follow: boolean;
	askVendor: boolean;
	virtualHue: boolean;
	/** First level of the topics of Home Assistant's discovery. `undefined`: no discovery. */
	discovery: string | undefined;
	discoveryRemove: boolean;
	noRecord: boolean;
	/** Further filters, beside the topic and its devices' status. */
	filter: string[] | undefined;
	/** The time in milliseconds, and the bytes, that history is kept. */
	keep: number;
	keepBytes: number;
	/** `postgres://…`; `undefined`: a SQLite file in `state`. */
	store: string | undefined;
	/** The URL of a desk. */
	url: string | undefined;
	/** Moments and a length of time, as they were written. */
	from: string;
	to: string;
	step: string | undefined;
	format: string;
}

export interface Option {
	readonly key: keyof Settings;
	/** The text after the name in the help; without it the option is a flag. */
	readonly value?: string;
	/** The default, as text of the command line. */
	readonly preset?: string;
	readonly help: string;
	/** All possible values. */
	readonly choices?: readonly string[];
	/** The value of `text`. Throws in words, without the option's name. */
	read?(text: string): unknown;
}

export const options: Readonly<Record<string, Option>> = {
	"mqtt-port": { key: "mqttPort", value: "PORT", preset: "1883", help: "where MQTT listens; 0: any free port", read: port },
	"ws-port": { key: "wsPort", value: "PORT", preset: "9001", help: "where MQTT over WebSocket listens; 0: any free port", read: port },
	"tls-port": {
		key: "tlsPort",
		value: "PORT",
		help: "MQTT over TLS too, mostly on 8883, with a certificate of its own that is made once, in --state (default none)",
		read: port,
	},
	host: { key: "host", value: "ADDRESS", preset: "127.0.0.1", help: "who may connect: 127.0.0.1 this machine only, 0.0.0.0 the network" },
	"strict-port": { key: "strictPort", help: "refuse a taken port; without it the next free one is used" },
	"no-announce": { key: "noAnnounce", help: "with --host beyond this machine, do not tell the network of it (mDNS)" },
	"ws-origin": {
		key: "wsOrigin",
		value: "ORIGINS",
		help: "pages of other servers that may switch and listen: scheme://host[:port], with commas (default none)",
		read: readOrigins,
	},
	"max-packet": {
		key: "maxPacket",
		value: "KIB",
		help: "largest packet in KiB; who sends a larger one is cut (default 256)",
		read: whole("size of a packet", 1, 65_536, "KiB", 1_024),
	},
	"max-clients": {
		key: "maxClients",
		value: "COUNT",
		help: "clients at once; those beyond are refused (default 250)",
		read: whole("number of clients", 2, 10_000, "clients"),
	},
	"max-queue": {
		key: "maxQueue",
		value: "COUNT",
		help: "messages kept for a client that is away; older ones give way (default 1000)",
		read: whole("length of a queue", 1, 100_000, "messages"),
	},
	"session-expiry": {
		key: "sessionExpiry",
		value: "SECONDS",
		help: "how long they are kept (default 86400, a day)",
		read: whole("time for a session", 1, 2_000_000, "seconds", 1_000),
	},
	broker: {
		key: "broker",
		value: "URL",
		preset: "mqtt://127.0.0.1:1883",
		help: "mqtt://[user@]host[:port], or ws://[user@]host[:port][/path], with TLS mqtts:// and wss://; several with commas are tried in turn; auto for host: the one that tells of itself on this network (mDNS)",
		read: brokerAddresses,
	},
	"password-file": {
		key: "passwordFile",
		value: "FILE",
		help: "one line with the password, in a file for yourself alone to read (default: the environment variable LAMPWIRE_PASSWORD)",
	},
	ca: {
		key: "ca",
		value: "FILE",
		help: "with mqtts and wss: certificates of who has signed the broker's, PEM or DER (default: those that Node.js trusts)",
	},
	cert: { key: "cert", value: "FILE", help: "the same: a certificate of this device, for a broker that asks for one" },
	key: { key: "key", value: "FILE", help: "its key, in PEM, for yourself alone to read" },
	"tls-insecure": { key: "tlsInsecure", help: "the same: takes whoever answers for the broker; for tests only" },
	open: { key: "open", help: "open the page in your browser" },
	wire: { key: "wire", help: "the page's wire view shows every client's packets, to whoever opens it; passwords are masked" },
	port: { key: "port", value: "PORT", preset: "8080", help: "where the page is served; 0: any free port", read: port },
	topic: { key: "topic", value: "TOPIC", preset: "light", help: "where the intensity stands, 0 to 254", read: topic },
	id: { key: "id", value: "ID", help: "name of this device; no two may share one (default: made of this machine's)", read: id },
	"keep-alive": {
		key: "keepAlive",
		value: "SECONDS",
		help: "longest silence of this end; 1.5 times that, and the broker takes it for dead (default 15)",
		read: seconds,
	},
	"no-status": { key: "noStatus", help: "no status and no info: for a broker that allows nothing but the level" },
	rate: { key: "rate", value: "N/min", help: "at most so many messages: 30/min or 2/s, where the broker has a limit", read: readRate },
	pickup: { key: "pickup", help: "soft take-over: once others have set the light, the knob is silent until it is turned to their level" },
	invert: { key: "invert", help: "the knob's ends are swapped" },
	calibrate: {
		key: "calibrate",
		value: "WHEN",
		preset: "kept",
		help: "learn the knob's ends, guided: now, once (unless done before) or kept (never; use what was learned)",
		choices: calibrations,
	},
	"power-on": {
		key: "powerOn",
		value: "WHAT",
		preset: "follow",
		help: "what a start shows: follow (the topic), last (the level of before, kept 10 s after it was set) or off",
		choices: powerOns,
	},
	minimum: { key: "minimum", value: "PERCENT", preset: "0", help: "light at level 1, of the LED's full; 0 stays off", read: number },
	maximum: { key: "maximum", value: "PERCENT", preset: "100", help: "light at level 254, of the LED's full", read: number },
	"fade-ms": { key: "fade", value: "MS", help: "time of a fade to a new level (default 350)", read: milliseconds },
	"stream-fade-ms": { key: "streamFade", value: "MS", help: "the same while a knob is turned (default 40)", read: milliseconds },
	"open-to-all": { key: "openToAll", help: "with --host beyond this machine, ask nobody for a name and a password" },
	credentials: {
		key: "credentials",
		value: "FILE",
		help: "users and passwords as JSON, for yourself alone to read (default: made once, in --state, where --host needs them)",
	},
	"show-credentials": { key: "showCredentials", help: "print users and passwords, and end" },
	state: {
		key: "state",
		value: "FOLDER",
		preset: stateFolder(),
		help: "where this device keeps what outlives a restart",
	},
	"hue-bridge": {
		key: "hueBridge",
		value: "BRIDGE",
		help: "its name, address (either with :PORT) or id (default: the only one that is paired; for pair, that answers)",
		read: huePlace,
	},
	"hue-lights": {
		key: "hueLights",
		value: "NAMES",
		help: "names or ids of lights, rooms and zones, with commas (needed)",
		read: hueLights,
	},
	"hue-http": { key: "hueHttp", help: "plain http and API v1, for the round bridge of 2012: who listens can read the key" },
	"hue-ca": { key: "hueCa", value: "FILE", help: "certificate (PEM) of who has signed the bridge's, in place of the one seen at pairing" },
	follow: { key: "follow", help: "also publish what wall switches and apps do to these lights" },
	"ask-vendor": { key: "askVendor", help: "also ask the vendor's page (discovery.meethue.com), which learns this network's address" },
	"virtual-hue": { key: "virtualHue", help: "with a virtual Hue bridge and two lights, moved by the real Hue role" },
	discovery: {
		key: "discovery",
		value: "PREFIX",
		help: "tell Home Assistant of this device, at its discovery prefix, mostly: homeassistant",
		read: discovery,
	},
	"discovery-remove": { key: "discoveryRemove", help: "take that back (with --discovery), and end" },
	"no-record": { key: "noRecord", help: "no history: nothing is recorded" },
	filter: {
		key: "filter",
		value: "FILTERS",
		help: "record these topics too, with commas; never # by itself (default none)",
		read: filters,
	},
	keep: {
		key: "keep",
		value: "TIME",
		preset: "1y",
		help: "how long history is kept: 90d, 2y; levels older than 8 days as minutes",
		read: duration,
	},
	"keep-bytes": {
		key: "keepBytes",
		value: "SIZE",
		preset: "1G",
		help: "how large it may become: 500M, 2G; the oldest goes first",
		read: size,
	},
	store: {
		key: "store",
		value: "URL",
		help: "PostgreSQL in place of a file: postgres://user@host/database; password by PGPASSWORD or ~/.pgpass",
		read: storeUrl,
	},
	url: { key: "url", value: "URL", help: "of a desk, to ask it in place of the file: http://[user@]192.0.2.10:9001", read: deskUrl },
	from: {
		key: "from",
		value: "TIME",
		preset: "1h",
		help: "2026-11-28T18:00 (your time), or so long ago: 10m, 1h, 7d",
		read: someMoment,
	},
	to: { key: "to", value: "TIME", preset: "now", help: "the same", read: someMoment },
	step: { key: "step", value: "TIME", help: "one line for so long: 10s, 5m, 1h (default: each message)", read: someStep },
	format: {
		key: "format",
		value: "FORMAT",
		preset: "chart",
		help: "chart, csv, json or ndjson",
		choices: ["chart", "csv", "json", "ndjson"],
	},
};

export interface Command {
	readonly summary: string;
	readonly options: readonly string[];
	readonly notes: string;
	/** Options that have another meaning for this command. */
	readonly instead?: Readonly<Record<string, Option>>;
}

const brokerOfPage: Option = {
	key: "brokerUrl",
	value: "URL",
	preset: "ws://127.0.0.1:9001/mqtt",
	help: "MQTT over WebSocket: ws://host:port[/path]",
	read: webSocketUrl,
};

const listening = [
	"host",
	"mqtt-port",
	"ws-port",
	"tls-port",
	"strict-port",
	"no-announce",
	"ws-origin",
	"max-packet",
	"max-clients",
	"max-queue",
	"session-expiry",
	"open-to-all",
	"credentials",
];
const connecting = ["broker", "ca", "cert", "key", "tls-insecure", "password-file", "topic", "id", "keep-alive", "no-status"];
const announcing = ["discovery", "discovery-remove"];
const knob = ["pickup", "invert"];
const light = ["minimum", "maximum", "fade-ms", "stream-fade-ms"];
const keeping = ["filter", "keep", "keep-bytes", "store"];
const hueNotes = "Pair first: lampwire hue pair. What is known of bridges: docs/hue.md.";
const secret = "A password is read from the environment variable LAMPWIRE_PASSWORD or a file, never from the command line.";

export const commands: Readonly<Record<string, Command>> = {
	desk: {
		summary: "a broker, a dimmer and a lamp in one window",
		options: [
			...listening,
			"open",
			"wire",
			"topic",
			"keep-alive",
			...knob,
			...light,
			"virtual-hue",
			"discovery",
			"no-record",
			"state",
			...keeping,
		],
		notes:
			"Arrow keys, Page Up/Down, Home/End and digits turn the knob; q or Ctrl-C says goodbye.\nWithout a terminal: one line an event, and lines on stdin turn the knob (50%, 127, +, -), as exactly as a hand.",
	},
	dimmer: {
		summary: "a knob alone, at any broker",
		options: [...connecting, "rate", ...knob, "calibrate", "state", ...announcing],
		notes: `Keys turn the knob; without a terminal, lines on stdin do (50%, 127, +, -), as exactly as a hand.\n${secret}`,
	},
	lamp: {
		summary: "a lamp alone, at any broker",
		options: [...connecting, "power-on", ...light, "state", ...announcing],
		notes: `Draws the lamp; q or Ctrl-C says goodbye. Without a terminal: one line an event, level and duty.\n${secret}`,
	},
	broker: {
		summary: "the broker and its page alone",
		options: [...listening, "show-credentials", "state", "open", "wire", "topic", "discovery"],
		notes: "Prints one line an event.",
	},
	record: {
		summary: "the recorder alone: keeps the history of a topic, at any broker",
		options: [...connecting, "state", ...keeping],
		notes: `Keeps it in history.sqlite, in the folder of --state. Prints one line an event. More: docs/recorder.md.\n${secret}`,
	},
	history: {
		summary: "prints and draws what was recorded",
		options: ["state", "store", "url", "password-file", "topic", "from", "to", "step", "format"],
		notes: "Reads the file while it is being written, too. Times in csv, json and ndjson are UTC.",
	},
	page: {
		summary: "the page alone, for any broker that speaks MQTT over WebSocket",
		options: ["broker", "host", "port", "strict-port", "open", "topic"],
		notes: "Prints one line an event. Where the broker asks for a name and a password, so does the page.",
		instead: { broker: brokerOfPage },
	},
	hue: {
		summary: "lights of a Philips Hue bridge as a lamp",
		options: [...connecting, "hue-bridge", "hue-lights", "hue-http", "hue-ca", "follow", "state", ...announcing],
		notes: `${hueNotes}\n${secret}`,
	},
	"hue pair": {
		summary: "gets a key from the bridge whose button you press",
		options: ["hue-bridge", "hue-http", "hue-ca", "state"],
		notes: "Waits 40 seconds for the round button. The key goes into a file that only you may read.",
	},
	"hue find": {
		summary: "lists the bridges on this network (mDNS)",
		options: ["ask-vendor", "state"],
		notes: "Listens for three seconds. Nobody outside of this network is asked, unless you say so.",
	},
};

/** The settings of `command` from `args` and the presets, checked. Throws a `Refusal` that names the option. */
export function readSettings(command: string, args: string[]): Settings {
	const { options: names, instead } = commands[command] as Command;
	const given = parse(command, names, args);
	const settings: Record<string, unknown> = {};
	for (const [name, option] of Object.entries({ ...options, ...instead })) {
		const text = given[name] ?? option.preset;
		settings[option.key] = typeof text === "string" ? read(name, option, text) : option.value ? undefined : text === true;
	}
	try {
		makeCurve(8, settings); // minimum and maximum can only be checked together
	} catch (error) {
		throw new Refusal(`--${(error as Error).message}`, 2);
	}
	if (settings.discoveryRemove && settings.discovery === undefined)
		throw new Refusal("--discovery-remove needs --discovery PREFIX, mostly homeassistant", 2);
	if (settings.openToAll && settings.credentials !== undefined)
		throw new Refusal("--open-to-all asks nobody, --credentials asks everybody: give one of them", 2);
	return settings as unknown as Settings;
}

function read(name: string, option: Option, text: string): unknown {
	if (text === "") throw new Refusal(`--${name} needs a value${oneOf(option)}`, 2);
	try {
		if (option.choices && !option.choices.includes(text)) throw new Error(`"${text}" is unknown${oneOf(option)}`);
		return option.read ? option.read(text) : text;
	} catch (error) {
		// The messages of the roles' own checks begin with the option's name in code.
		throw new Refusal(`--${name}: ${(error as Error).message.replace(`${option.key}: `, "")}`, 2);
	}
}

function parse(command: string, names: readonly string[], args: string[]): Record<string, string | boolean | undefined> {
	const known = Object.fromEntries(
		names.map((name) => [name, { type: options[name]?.value ? ("string" as const) : ("boolean" as const) }]),
	);
	try {
		return parseArgs({ args, options: known, strict: true, allowPositionals: false }).values;
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		const [, quoted = ""] = /'([^']*)'/.exec(message) ?? [];
		if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") throw new Refusal(unknownOption(command, names, quoted), 2);
		if (code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL")
			throw new Refusal(`${command} takes options only, not "${quoted}"${help(command)}`, 2);
		if (code !== "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") throw error;
		const name = quoted.split(" ")[0] ?? "";
		const option = options[name.replace(/^-+/, "")];
		if (!option?.value) throw new Refusal(`${name} takes no value`, 2);
		const dash = args[args.indexOf(name) + 1]?.startsWith("-") ? `; write ${name}=… where it begins with -` : "";
		throw new Refusal(`${name} needs a value${oneOf(option)}${dash}`, 2);
	}
}

/** The options of the desk's broker from the command line. */
export function brokerOptions({
	host,
	mqttPort,
	wsPort,
	strictPort,
	wsOrigin = [],
	maxPacket,
	maxClients,
	maxQueue,
	sessionExpiry,
}: Settings) {
	const limits = {
		...(maxPacket === undefined ? {} : { packet_max: maxPacket }),
		...(maxClients === undefined ? {} : { clients_max: maxClients }),
		...(maxQueue === undefined ? {} : { queue_max: maxQueue, queue_bytes: Math.max(defaults.queue_bytes, maxQueue * 2_048) }),
		...(sessionExpiry === undefined ? {} : { session_expiry_ms: sessionExpiry }),
	};
	return { host, mqttPort, wsPort, strictPort, wsOrigin, limits };
}

function oneOf({ choices }: Option): string {
	return choices ? `; give one of ${choices.join(", ")}` : "";
}

function unknownOption(command: string, names: readonly string[], written: string): string {
	const name = written.replace(/^-+/, "");
	const elsewhere = Object.keys(commands).filter((other) => commands[other]?.options.includes(name));
	const near = closest(name, names);
	const hint = near ? `; did you mean --${near}?` : elsewhere.length > 0 ? `; it belongs to ${elsewhere.join(" and ")}` : "";
	return `${command} has no option ${written}${hint}${help(command)}`;
}

function help(command: string): string {
	return ` (lampwire ${command} --help lists them)`;
}

function port(text: string): number {
	if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new Error(`"${text}" is no port; give 0 to 65535`);
	return Number(text);
}

function seconds(text: string): number {
	if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 65_535)
		throw new Error(`"${text}" is no keep-alive; give 1 to 65535 seconds`);
	return Number(text) * 1_000;
}

/** Reads a whole number of `unit`, and multiplies it. */
function whole(what: string, least: number, most: number, unit: string, factor = 1): (text: string) => number {
	return (text) => {
		const value = /^\d{1,7}$/.test(text) ? Number(text) : -1;
		if (value < least || value > most) throw new Error(`"${text}" is no ${what}; give ${least} to ${most} ${unit}`);
		return value * factor;
	};
}

function number(text: string): number {
	if (!/^\d{1,5}(\.\d{1,3})?$/.test(text)) throw new Error(`"${text}" is no number`);
	return Number(text);
}

function milliseconds(text: string): number {
	if (!/^\d{1,5}$/.test(text) || Number(text) > 60_000) throw new Error(`"${text}" is no time for a fade; give 0 to 60000 milliseconds`);
	return Number(text);
}

function deskUrl(text: string): string {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (!url || !/^https?:$/.test(url.protocol)) throw new Error("give the address of a desk: http://[user@]192.0.2.10:9001");
	if (url.password)
		throw new Error("a password does not belong into a URL, where process lists show it; set LAMPWIRE_PASSWORD, or give --password-file");
	return url.username === "" ? url.origin : `${url.protocol}//${url.username}@${url.host}`;
}

function someMoment(text: string): string {
	moment(text, 0);
	return text;
}

function someStep(text: string): string {
	duration(text);
	return text;
}

/** Levels of a topic, such as `homeassistant`. */
function discovery(text: string): string {
	checkTopic(text);
	if (text.startsWith("/") || text.endsWith("/")) throw new Error(`"${text}" may not begin or end with "/"`);
	return text;
}

function topic(text: string): string {
	checkTopic(text);
	return text;
}

function id(text: string): string {
	checkId(text);
	return text;
}
