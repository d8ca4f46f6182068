// What the manifests name is what the folders hold.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { onBoards, root, sourcesIn } from "./modules.js";

test("the manifest preloads every module of src/, each by its name: a star takes JavaScript only", () => {
	const manifest = JSON.parse(readFileSync(path.join(root, "manifest.json"), "utf8"));
	assert.deepEqual([...manifest.preload].sort(), sourcesIn("src").filter(onBoards).sort(), "manifest.json: preload");
});

test("the manifest has a line for every folder of src/, and each host's manifest lists its own files", () => {
	const { modules } = JSON.parse(readFileSync(path.join(root, "manifest.json"), "utf8"));
	const folders = [
		...new Set(
			sourcesIn("src")
				.filter(onBoards)
				.map((name) => path.dirname(name)),
		),
	];
	assert.deepEqual(Object.keys(modules).sort(), folders.map((folder) => `${folder}/*`).sort());
	for (const host of ["board", "sim"]) {
		const listed = JSON.parse(readFileSync(path.join(root, "hosts", host, "manifest.json"), "utf8")).modules[`hosts/${host}/*`];
		assert.deepEqual(
			[...listed].sort(),
			readdirSync(path.join(root, "hosts", host))
				.filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
				.map((name) => `./${name.slice(0, -3)}`)
				.sort(),
			host,
		);
	}
});

test("the manifest of TLS lists its own files, and preloads each", () => {
	const read = (file: string) => JSON.parse(readFileSync(path.join(root, file), "utf8"));
	const { modules, preload, include } = read("hosts/xs/tls/manifest.json");
	const files = readdirSync(path.join(root, "hosts/xs/tls"))
		.filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
		.map((name) => `./${name.slice(0, -3)}`);
	// the image's own CA needs a manifest that knows where it is; the cipher suites have the SDK's name
	const listed = [...modules["hosts/xs/tls/*"], "./index", "./ciphersuites"];
	assert.deepEqual(listed.sort(), files.sort());
	const names = Object.keys(modules).filter((name) => !name.includes("*"));
	const own = modules["hosts/xs/tls/*"].map((name: string) => `hosts/xs/tls/${name.slice(2)}`);
	for (const name of [...names, ...own]) assert.ok(preload.includes(name), `${name} is not preloaded`);
	// updates include the same: the image has one module of that name
	assert.ok(include.includes("./rng/manifest.json"));
	assert.ok(read("hosts/board/update/manifest.json").include.includes("../../xs/tls/rng/manifest.json"));
	const rng = read("hosts/xs/tls/rng/manifest.json");
	assert.equal(rng.preload, "rng");
	for (const platform of ["lin", "mac", "esp32", "pico"]) assert.match(rng.platforms[platform].modules.rng, /^\.\/\w+$/, platform);
});

test("a board reserves at its start what docs/costs.md says, and nothing that was measured there is more", () => {
	const { creation } = JSON.parse(readFileSync(path.join(root, "hosts/board/manifest.json"), "utf8"));
	const [, text = ""] = /^## On a board$([\s\S]*)/m.exec(readFileSync(path.join(root, "docs/costs.md"), "utf8")) ?? [];
	const number = (text = "") => Number(text.replaceAll(",", ""));
	const [, slots, bytes, chunks] = /reserves ([\d,]+) slots \(([\d,]+) bytes\) and ([\d,]+) bytes of\s+chunks/.exec(text) ?? [];
	assert.deepEqual(
		[number(slots), number(bytes), number(chunks)],
		[creation.heap.initial, creation.heap.initial * 16, creation.chunk.initial],
	);
	const [, measured = "", most] = /A lamp reserved ([\s\S]*?); chunks [\d,]+ to ([\d,]+)\s+bytes/.exec(text) ?? [];
	const seen = [...measured.matchAll(/\d[\d,]*\d/g)].map(([one]) => number(one)).filter((one) => one > 100);
	assert.ok(seen.length >= 4, `${seen}`);
	for (const one of seen) assert.ok(one <= creation.heap.initial, `${one} slots`);
	assert.ok(number(most) > 0 && number(most) <= creation.chunk.initial, `${most} bytes of chunks`);
});
