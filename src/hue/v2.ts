// Hue API v2 ("CLIP"): https only, the key in a header. A room or a zone is commanded through its `grouped_light`, and has its name from itself.
import { type Dialect, field, parsed, type Resource, shownAs, textOf, type Verdict, verdictOfStatus } from "./dialect.js";
import { commandV2, levelOfPercent, type Shown } from "./mapping.js";

const base = "/clip/v2/resource";
export const eventPath = "/eventstream/clip/v2";

/** The state in a `light` or `grouped_light`; parts of it in an event. */
export function shownV2(value: unknown): Shown {
	return shownAs(field(field(value, "on"), "on"), field(field(value, "dimming"), "brightness"), levelOfPercent);
}

function verdictV2(status: number, body: string): Verdict {
	const [first] = listOf(parsed(body), "errors");
	const text = textOf(first, "description");
	// the command was taken in part: a light cannot be reached, or cannot do the `dynamics`
	if (status === 207) return text === undefined ? { kind: "taken" } : { kind: "taken", note: text };
	if (status === 200 && text === undefined) return { kind: "taken" };
	return { kind: "refused", text: text ?? `HTTP ${status}` };
}

function listOf(value: unknown, name: string): unknown[] {
	const list = field(value, name);
	return Array.isArray(list) ? list : [];
}

export function makeV2(key: string): Dialect {
	const place = ({ id, kind }: Pick<Resource, "id" | "kind">) => `${base}/${kind === "light" ? "light" : "grouped_light"}/${id}`;
	return {
		version: "v2",
		headers: { "hue-application-key": key },
		listing: [`${base}/light`, `${base}/room`, `${base}/zone`, `${base}/grouped_light`],
		resources(bodies) {
			const [lights = [], rooms = [], zones = [], groups = []] = bodies.map(dataOf);
			return [
				...lights.map((light) => resource(light, "light", textOf(field(light, "metadata"), "name"))),
				...grouped(rooms, "room", groups),
				...grouped(zones, "zone", groups),
			];
		},
		// a UUID does not say whether it is a light's or a group's
		named: () => undefined,
		resource: () => {
			throw new Error("v2 names nothing by itself");
		},
		commandPath: place,
		command: commandV2,
		statePath: place,
		shown(body) {
			const [data] = listOf(parsed(body), "data");
			return data === undefined ? undefined : shownV2(data);
		},
		verdict: (status, body) => verdictOfStatus(status) ?? verdictV2(status, body),
	};
}

function dataOf(body: string): unknown[] {
	const value = parsed(body);
	if (!Array.isArray(field(value, "data"))) throw new Error("the list of lights is not what API v2 promises");
	return listOf(value, "data");
}

function resource(value: unknown, kind: Resource["kind"], name: string | undefined): Resource {
	const id = textOf(value, "id") ?? "";
	return { id, idV1: textOf(value, "id_v1"), name: name ?? id, kind, shown: shownV2(value) };
}

/** Each room's or zone's own `grouped_light`, under the name of the room. */
function grouped(owners: readonly unknown[], kind: "room" | "zone", groups: readonly unknown[]): Resource[] {
	return owners.flatMap((owner) => {
		const service = listOf(owner, "services").find((each) => textOf(each, "rtype") === "grouped_light");
		const group = groups.find((each) => textOf(each, "id") === textOf(service, "rid"));
		return group === undefined ? [] : [resource(group, kind, textOf(field(owner, "metadata"), "name"))];
	});
}
