// The built page in memory: the files of `dist/page`, each read once, and again when it has changed.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

export interface PageFile {
	readonly type: string;
	readonly bytes: Buffer;
	/** The same bytes for a browser that takes gzip. */
	readonly gzip: Buffer;
	/** A part of the hash of the bytes. */
	readonly hash: string;
}

const types: Readonly<Record<string, string>> = {
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
	".png": "image/png",
	".map": "application/json",
	".txt": "text/plain; charset=utf-8",
};

/** The folder where `prepare` puts the page: `dist/page` beside the package.json of this program, wherever the program itself is. */
export function pageFolder(): string {
	let folder = path.dirname(fileURLToPath(import.meta.url));
	while (!fs.existsSync(path.join(folder, "package.json")) && path.dirname(folder) !== folder) folder = path.dirname(folder);
	return path.join(folder, "dist", "page");
}

export class PageFiles {
	readonly #folder: string;
	readonly #known = new Map<string, PageFile & { changed: number }>();

	constructor(folder: string) {
		this.#folder = folder;
	}

	/** `name` in the folder, or in its `assets`; `undefined` where there is no such file. No name leads out of the folder. */
	find(name: string): PageFile | undefined {
		if (!/^(assets\/)?\w[\w.-]*$/.test(name)) return undefined;
		const type = types[path.extname(name)];
		if (!type) return undefined;
		const file = path.join(this.#folder, name);
		try {
			const changed = fs.statSync(file).mtimeMs;
			const known = this.#known.get(name);
			if (known?.changed === changed) return known;
			const bytes = fs.readFileSync(file);
			const hash = createHash("sha256").update(bytes).digest("base64url").slice(0, 16);
			const read = { type, bytes, gzip: gzipSync(bytes, { level: 9 }), hash, changed };
			this.#known.set(name, read);
			return read;
		} catch {
			// The page is not built, or is being built anew: the browser requests it again.
			this.#known.delete(name);
			return undefined;
		}
	}
}
