// The body of a POST: a small JSON object.
import type { IncomingMessage } from "node:http";

const body_max_bytes = 4_096;

/** `undefined`: too long, or no JSON object. */
export async function readObject(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	try {
		for await (const chunk of request) {
			bytes += chunk.length;
			if (bytes > body_max_bytes) return undefined;
			chunks.push(chunk);
		}
		const given: unknown = JSON.parse(Buffer.concat(chunks).toString());
		return typeof given === "object" && given !== null && !Array.isArray(given) ? (given as Record<string, unknown>) : undefined;
	} catch {
		return undefined;
	}
}

/** The text of the field `name`; "" when there is none. */
export function textIn(object: Record<string, unknown>, name: string): string {
	const value = object[name];
	return typeof value === "string" ? value : "";
}
