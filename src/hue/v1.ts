// Hue API v1: the key stands in the path, and an error comes inside HTTP 200, one item for each field (Hue developer programme, "Error messages").
import { type Dialect, field, parsed, type Resource, shownAs, textOf, type Verdict, verdictOfStatus } from "./dialect.js";
import { commandV1, levelOfBri } from "./mapping.js";

const unauthorized = 1;
const missing = 3;
const internal = 901;

const kinds: Readonly<Record<string, Resource["kind"]>> = { Room: "room", Zone: "zone" };

/** The worst of the errors that the answer names. A bridge that answers without an error has taken the command. */
export function verdictV1(body: string): Verdict {
	const value = parsed(body);
	if (value === undefined) return { kind: "failed", text: "the answer is not JSON" };
	if (!Array.isArray(value)) return { kind: "taken" };
	let verdict: Verdict = { kind: "taken" };
	for (const item of value) {
		const error = field(item, "error");
		if (error === undefined) continue;
		const type = field(error, "type");
		const text = textOf(error, "description") ?? `error ${type}`;
		if (type === unauthorized) return { kind: "unauthorized" };
		if (type === missing) verdict = { kind: "missing" };
		else if (verdict.kind === "taken") verdict = { kind: type === internal ? "failed" : "refused", text };
	}
	return verdict;
}

export function makeV1(key: string): Dialect {
	const base = `/api/${key}`;
	const place = ({ kind }: Pick<Resource, "kind">) => (kind === "light" ? "lights" : "groups");
	return {
		version: "v1",
		headers: {},
		listing: [`${base}/lights`, `${base}/groups`],
		resources([lights = "", groups = ""]) {
			return [...entries(lights, "light"), ...entries(groups)];
		},
		named(text) {
			const [, place, id] = /^(?:\/?(lights|groups)\/)?(\d{1,9})$/.exec(text) ?? [];
			return id === undefined ? undefined : { id, kind: place === "groups" ? "group" : "light" };
		},
		resource: (body, { id, kind }) => entry(id, parsed(body), kind === "light" ? kind : undefined),
		commandPath: (resource) => `${base}/${place(resource)}/${resource.id}/${resource.kind === "light" ? "state" : "action"}`,
		command: commandV1,
		statePath: (resource) => `${base}/${place(resource)}/${resource.id}`,
		shown(body, { kind }) {
			const value = parsed(body);
			return field(value, kind === "light" ? "state" : "action") === undefined ? undefined : shownOf(value, kind);
		},
		verdict(status, body) {
			const verdict = verdictOfStatus(status) ?? (status === 200 ? verdictV1(body) : { kind: "refused", text: `HTTP ${status}` });
			// some descriptions repeat the path, and with it the key
			return "text" in verdict ? { ...verdict, text: verdict.text.split(key).join("KEY") } : verdict;
		},
	};
}

/** A group is lit when any of its lights is; `action` is the last command, which a wall switch does not change. */
function shownOf(value: unknown, kind: Resource["kind"]) {
	if (kind === "light") return shownAs(field(field(value, "state"), "on"), field(field(value, "state"), "bri"), levelOfBri);
	const on = field(field(value, "state"), "any_on") ?? field(field(value, "action"), "on");
	return shownAs(on, field(field(value, "action"), "bri"), levelOfBri);
}

function entries(body: string, kind?: "light"): Resource[] {
	const value = parsed(body);
	if (typeof value !== "object" || value === null || Array.isArray(value))
		throw new Error("the list of lights is not what API v1 promises");
	return Object.entries(value).map(([id, each]) => entry(id, each, kind));
}

function entry(id: string, value: unknown, kind?: "light"): Resource {
	if (typeof value !== "object" || value === null) throw new Error("the light is not what API v1 promises");
	const own = kind ?? kinds[textOf(value, "type") ?? ""] ?? "group";
	return {
		id,
		idV1: `/${own === "light" ? "lights" : "groups"}/${id}`,
		name: textOf(value, "name") ?? id,
		kind: own,
		shown: shownOf(value, own),
	};
}
