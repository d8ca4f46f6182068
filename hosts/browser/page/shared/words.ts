// The words of the page. Pure: no document, no clock.
import { level_max } from "../../../../src/light/level/intensity.js";

const timeOfDay = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const timeWithSeconds = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

/** `14:03`; `at` in milliseconds since 1970. */
export const clock = (at: number): string => timeOfDay.format(at);
/** `14:03:31`. */
export const exactly = (at: number): string => timeWithSeconds.format(at);

/** A length of time in its largest unit: `4 s`, `52 min`, `3 h`, `2 days`. */
export function span(milliseconds: number): string {
	const seconds = Math.max(Math.round(milliseconds / 1000), 0);
	if (seconds < 60) return `${seconds} s`;
	if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
	if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
	const days = Math.floor(seconds / 86_400);
	return days === 1 ? "1 day" : `${days} days`;
}

export const percent = (level: number): number => Math.round((100 * level) / level_max);
/** The text behind the number. */
export const share = (level: number): string => `of ${level_max} · ${percent(level)} %`;
/** The text for a screen reader, which reads "of 254" aloud. */
export const spoken = (level: number): string => `${level} of ${level_max}, ${percent(level)} percent`;

/** The state of the page's connection to the desk, and of the light. Times in milliseconds since 1970. */
export interface Situation {
	state: "connecting" | "empty" | "known" | "checking" | "lost";
	topic: string;
	now: number;
	/** When the page began. */
	started: number;
	/** When the shown level was received; 0: never. */
	heard: number;
	/** The time of the next try; 0: no try is due. */
	retry: number;
	/** Why the last connection ended. */
	reason: string;
	/** The hand has set a level that waits for a connection. */
	pending: boolean;
	/** The length of the sleep from which the page has just woken; 0: none. */
	slept: number;
	notPassedOn: number;
	/** The last message that was no level. */
	refused: string;
	/** The URL to open instead, when the page came by https and the broker has ws only. */
	insecure: string;
	/** The broker's fault, in words of the server. */
	broker: string;
	/** The server has another page by now. */
	updated: boolean;
	/** A teacher holds the light. */
	held: boolean;
}

export interface Notice {
	words: string;
	/** Text that changes beside the words, and is not spoken. */
	aside?: string;
	/** The text of a button beside the words, and its action. */
	button?: string;
	act?: "try" | "rename" | "reload" | "join";
	form?: "login";
}

/** One or two words beside the name of the page, which are always there. */
export function connectionWords({ state, topic, started, now }: Situation): string {
	if (state === "known" || state === "empty") return `connected · ${topic}`;
	if (state === "checking") return "checking…";
	if (state === "lost") return "not connected";
	return now - started < 1_000 ? "" : "connecting…";
}

/** The notice after a teacher's dismissal (hosts/node/class/classroom.ts); `undefined`: there was none. */
function sentAway(reason: string): Notice | undefined {
	const [, code] = /closed with (400[134]) /.exec(reason) ?? [];
	if (code === "4001") return { words: "The teacher has taken this phone out.", button: "Join again", act: "join" };
	if (code === "4003") return { words: "The teacher keeps this phone out." };
	return code === undefined ? undefined : { words: "The door of this class is closed. Ask your teacher to open it." };
}

/** The level, 0 to 254, of a text of bare digits; undefined: the text has another form. */
export function bareLevel(text: string | null | undefined): number | undefined {
	return text && /^\s*\d{1,3}\s*$/.test(text) ? Math.min(Number(text), 254) : undefined;
}

/** The request for a login after the broker's refusal: CONNACK's return code 4, or 5, which may also mean that there were no credentials. */
function askLogin(reason: string): Notice | undefined {
	if (/\(4\)$/.test(reason)) return { words: "The broker refuses this name or password.", form: "login" };
	if (/\(5\)$/.test(reason)) return { words: "The broker asks for a name and a password that it knows.", form: "login" };
	return undefined;
}

/** The sentence about a fault; `undefined` where all is well. */
export function notice(situation: Situation): Notice | undefined {
	const { state, now, started, heard, retry, reason, pending, slept, notPassedOn, refused, insecure, broker, updated } = situation;
	if (insecure !== "") return { words: `This page came by https and may only use wss. Open ${insecure}` };
	const away = state === "lost" || state === "connecting" ? (askLogin(reason) ?? sentAway(reason)) : undefined;
	if (away !== undefined) return away;
	const silent = broker === "" ? "The desk does not answer." : broker;
	if (state === "lost") {
		const old = heard === 0 ? "" : ` What you see is from ${clock(heard)}.`;
		const later = pending ? " What you set now is sent when it is back." : "";
		return { words: `${silent}${old}${later}`, ...nextTry(retry, now) };
	}
	if (state === "connecting") {
		if (now - started < 1_000) return undefined;
		return reason === "" ? { words: "Connecting to the desk…" } : { words: silent, ...nextTry(retry, now) };
	}
	if (state === "checking") return checking(slept);
	if (situation.held) return { words: "The teacher holds the light." };
	if (refused !== "") return { words: refused };
	if (notPassedOn >= 0) return { words: `The broker took ${notPassedOn}, but passes on something else.` };
	if (updated) return { words: "The desk has been updated.", button: "Reload", act: "reload" };
	if (state === "empty") return { words: "Nobody has set the light yet. Turn the knob." };
	return undefined;
}

/** The state of a screen that is a device. */
export interface DeviceSituation {
	/** `lamp`, `knob`. */
	kind: string;
	name: string;
	up: boolean;
	now: number;
	started: number;
	retry: number;
	reason: string;
	thrownOut: boolean;
	nextName: string;
	slept: number;
	/** The page is visible again, and the broker has not answered yet. */
	waking: boolean;
	/** The screen does not go dark by itself. */
	awake: boolean;
	/** It is a small screen with touch. */
	phone: boolean;
	soft: boolean;
	/** The level that a knob waits to be turned through; -1: none. */
	target: number;
}

/** The words of a screen that is a device, beside its name. */
export function deviceWords({ kind, name, up, awake, phone, target }: DeviceSituation): string {
	if (!up) return "";
	if (target >= 0) return `Somebody else has set ${target}: turn the knob to the mark.`;
	const stay = kind === "lamp" ? ` Keep this page open${awake ? "" : ", and set your screen to stay on"}.` : "";
	return `This ${phone ? "phone" : "screen"} is a ${kind} called ${name}.${stay}`;
}

export function deviceNotice(situation: DeviceSituation): Notice | undefined {
	const { name, up, now, started, retry, reason, thrownOut, nextName, slept, waking, soft } = situation;
	if (thrownOut) return { words: `Another device is called ${name}. Choose a name:`, button: nextName, act: "rename" };
	const away = up ? undefined : (askLogin(reason) ?? sentAway(reason));
	if (away !== undefined) return away;
	if (!up && reason !== "") return { words: "The desk does not answer.", ...nextTry(retry, now) };
	if (!up) return now - started < 1_000 ? undefined : { words: "Connecting to the desk…" };
	if (waking) return checking(slept);
	if (soft) return { words: "Fast flashing is softened on this screen, not on the wire." };
	return undefined;
}

function checking(slept: number): Notice {
	return { words: slept >= 10_000 ? `This page slept for ${span(slept)}. Checking…` : "Checking what the light is now…" };
}

function nextTry(retry: number, now: number): Pick<Notice, "aside" | "button" | "act"> {
	return { aside: retry > now ? `Next try in ${span(retry - now)}.` : "Trying…", button: "Try now", act: "try" };
}
