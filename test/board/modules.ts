// Which modules a board's firmware has.
import { readdirSync } from "node:fs";
import path from "node:path";

export const root = path.join(import.meta.dirname, "../..");

/** Every module below `folder` of the project, by its path without the ending. */
export function sourcesIn(folder: string): string[] {
	return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
		.map((name) => name.replaceAll("\\", "/"))
		.filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
		.map((name) => `${folder}/${name.slice(0, -3)}`);
}

/** A board has no use for a browser's WebSocket, a fader that follows the topic, packets made for eyes, a recorder, nor for what gathers the exports of a package. */
export function onBoards(name: string): boolean {
	return !/^src\/(light\/controller|recorder|wire)\/|^src\/mqtt\/(index|websocket\/(index|whatwg))$/.test(name);
}
