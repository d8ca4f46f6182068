// The common part of the two versions of the Hue API for this role: the resources, the command with a level, and the meaning of an answer.
import type { Shown } from "./mapping.js";

/** A resource that takes commands: a light, or the group of a room or a zone. */
export interface Resource {
	/** As the API names it: a number in v1, a UUID in v2. */
	readonly id: string;
	/** v1's path of a v2 resource (`/lights/3`), so that a number names a light in both. */
	readonly idV1: string | undefined;
	readonly name: string;
	readonly kind: "light" | "room" | "zone" | "group";
	/** The state at the time of the listing. */
	readonly shown: Shown;
}

/** The meaning of an answer. `text` is the bridge's own description, without the key. */
export type Verdict =
	/** `note`: the part that was not done (207), in the bridge's words. */
	| { readonly kind: "taken"; readonly note?: string }
	/** 429 or 503: too many commands. */
	| { readonly kind: "busy" }
	/** The key is not known to the bridge (v1: error 1 inside HTTP 200; v2: 401 or 403). */
	| { readonly kind: "unauthorized" }
	/** No such light (v1: error 3; v2: 404). */
	| { readonly kind: "missing" }
	/** A redirect: the bridge no longer serves plain http. The redirect is never followed, because a PUT would become a GET. */
	| { readonly kind: "redirected" }
	/** The bridge itself has failed (v1: error 901; 5xx): worth another try. */
	| { readonly kind: "failed"; readonly text: string }
	/** The command is at fault: not worth another try. */
	| { readonly kind: "refused"; readonly text: string };

export interface Dialect {
	readonly version: "v1" | "v2";
	/** Headers of every request. */
	readonly headers: Readonly<Record<string, string>>;
	/** The paths that must be read to have all resources, in this order. */
	readonly listing: readonly string[];
	/** The resources in the bodies of `listing`. Throws when a body is not as the API promises. */
	resources(bodies: readonly string[]): Resource[];
	/** The resource that `text` names if it is an id of this API, without a request; `undefined`: all resources must be read. */
	named(text: string): Pick<Resource, "id" | "kind"> | undefined;
	/** The resource whose `statePath` has answered with `body`. Throws when `body` is not as the API promises. */
	resource(body: string, named: Pick<Resource, "id" | "kind">): Resource;
	commandPath(resource: Pick<Resource, "id" | "kind">): string;
	command(level: number, fade_ms: number): string;
	statePath(resource: Pick<Resource, "id" | "kind">): string;
	/** The state in the body of `statePath`. */
	shown(body: string, resource: Pick<Resource, "id" | "kind">): Shown | undefined;
	verdict(status: number, body: string): Verdict;
}

/** The meaning of a status that both versions share; `undefined`: the body decides. */
export function verdictOfStatus(status: number): Verdict | undefined {
	if (status === 429 || status === 503) return { kind: "busy" };
	if (status >= 300 && status < 400) return { kind: "redirected" };
	if (status === 401 || status === 403) return { kind: "unauthorized" };
	if (status === 404) return { kind: "missing" };
	if (status >= 500) return { kind: "failed", text: `HTTP ${status}` };
	return undefined;
}

/** Why the role has to end, and what to do; `undefined`: it goes on. */
export function endOf({ kind }: Verdict): string | undefined {
	if (kind === "unauthorized") return "the bridge does not know this key any more; pair again: lampwire hue pair --hue-bridge ADDRESS";
	if (kind === "redirected")
		return "the bridge answers plain http with a redirect: it speaks https only; leave out --hue-http (hue_http=1) and pair again";
	return undefined;
}

/** The value of JSON text; `undefined` when the text is not JSON. */
export function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** `value[name]`, if `value` is an object. */
export function field(value: unknown, name: string): unknown {
	return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** The same, if the value is a text. */
export function textOf(value: unknown, name: string): string | undefined {
	const text = field(value, name);
	return typeof text === "string" ? text : undefined;
}

/** The state in the form that `levelOf` of mapping.ts takes. */
export function shownAs(on: unknown, level: unknown, scale: (value: number) => number): Shown {
	return {
		on: typeof on === "boolean" ? on : undefined,
		level: typeof level === "number" && Number.isFinite(level) ? scale(level) : undefined,
	};
}
