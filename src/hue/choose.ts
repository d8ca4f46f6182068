// Chooses the lights of the configuration: names and ids as a user writes them, among the resources of the bridge.
import type { Resource } from "./dialect.js";

/** The resources that `wanted` names, each once. Throws in words when a name fits no resource, or two. */
export function choose(resources: readonly Resource[], wanted: readonly string[]): Resource[] {
	const chosen: Resource[] = [];
	for (const text of wanted) {
		const found = find(resources, text);
		if (found.length === 0) throw new Error(`lights: the bridge has nothing called "${text}"; it has ${list(resources)}`);
		if (found.length > 1) {
			const ids = found.map(({ kind, id }) => `${kind} ${id}`).join(" and ");
			throw new Error(`lights: "${text}" is the name of ${ids}; write the id of the one that you mean`);
		}
		const [one] = found as [Resource];
		if (!chosen.includes(one)) chosen.push(one);
	}
	return chosen;
}

/** An id goes before a name: it belongs to one resource alone. A bare number is a light's, in both versions of the API. */
function find(resources: readonly Resource[], text: string): Resource[] {
	const byId = resources.filter(
		({ id, idV1, kind }) => (id === text && (kind === "light" || id.length > 4)) || idV1 === `/lights/${text}` || idV1 === `/${text}`,
	);
	if (byId.length > 0) return byId;
	const name = text.toLowerCase();
	return resources.filter((resource) => resource.name.toLowerCase() === name);
}

const listed_max = 30;

function list(resources: readonly Resource[]): string {
	if (resources.length === 0) return "no lights at all";
	const names = resources.slice(0, listed_max).map(({ name, kind, id }) => `${kind === "light" ? "" : `${kind} `}"${name}" (${id})`);
	return names.join(", ") + (resources.length > listed_max ? `, and ${resources.length - listed_max} more` : "");
}
