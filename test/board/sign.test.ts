// sign.mjs, as a user meets it: what is wrong on the command line or in a file is told in one line.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, type JsonWebKey, verify } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

const script = join(import.meta.dirname, "../../hosts/board/update/sign.mjs");
const folder = mkdtempSync(join(tmpdir(), "lampwire sign "));
after(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { cwd: folder, encoding: "utf8" });
const pem = (curve: string) => generateKeyPairSync("ec", { namedCurve: curve }).privateKey.export({ type: "pkcs8", format: "pem" });
const image = Buffer.alloc(500, 7);
image[0] = 0xe9;
writeFileSync(join(folder, "image.bin"), image);
writeFileSync(join(folder, "page.html"), "<html>");
writeFileSync(join(folder, "empty.bin"), "");
writeFileSync(join(folder, "good.pem"), pem("P-256"));
writeFileSync(join(folder, "other.pem"), pem("P-384"));
writeFileSync(
	join(folder, "public.pem"),
	generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }),
);
mkdirSync(join(folder, "folder"));

describe("sign.mjs", () => {
	it("makes a key, and signs with it", () => {
		const made = run("--new", "new.pem");
		assert.deepEqual([made.status, made.stderr], [0, ""]);
		const [, key = ""] = /^update_key=([0-9a-f]{128})\n$/.exec(made.stdout) ?? [];
		const signed = run("new.pem", "image.bin", "signed");
		assert.deepEqual([signed.status, signed.stderr], [0, ""]);
		assert.match(signed.stdout, new RegExp(`^signed: 500 bytes .*update_key=${key}\n$`));
		const bytes = readFileSync(join(folder, "signed"));
		const half = (from: number) => Buffer.from(key.slice(from, from + 64), "hex").toString("base64url");
		const jwk: JsonWebKey = { kty: "EC", crv: "P-256", x: half(0), y: half(64) };
		const publicKey = createPublicKey({ key: jwk, format: "jwk" });
		assert.ok(verify("sha256", image, { key: publicKey, dsaEncoding: "ieee-p1363" }, bytes.subarray(-64)));
	});

	it("works by way of a link to it", () => {
		symlinkSync(join(script, ".."), join(folder, "link"), "junction");
		const { stdout } = spawnSync(process.execPath, [join(folder, "link/sign.mjs"), "--help"], { encoding: "utf8" });
		assert.match(stdout, /usage/);
	});

	it("--help answers on stdout and exits 0", () => {
		for (const word of ["--help", "-h"]) {
			const { status, stdout, stderr } = run(word);
			assert.deepEqual([status, stderr], [0, ""]);
			assert.match(stdout, /--new KEY\.pem[\s\S]*KEY\.pem IMAGE\.bin SIGNED/);
		}
	});

	for (const [args, status, wanted] of [
		[[], 2, /usage: .*--new KEY\.pem.*KEY\.pem IMAGE\.bin SIGNED/],
		[["good.pem"], 2, /usage/],
		[["good.pem", "image.bin"], 2, /usage/],
		[["good.pem", "image.bin", "signed-1", "more"], 2, /usage/],
		[["--new"], 2, /usage/],
		[["--new", "a.pem", "b.pem"], 2, /usage/],
		[["--old", "a.pem"], 2, /there is no option --old/],
		[["--new", "good.pem"], 1, /good\.pem: it is there already.*another name/],
		[["--new", "nowhere/new.pem"], 1, /nowhere\/new\.pem.*there is no such folder/],
		[["--new", "folder"], 1, /folder/],
		[["missing.pem", "image.bin", "signed-2"], 1, /missing\.pem: there is no such file.*--new/],
		[["good.pem", "missing.bin", "signed-3"], 1, /missing\.bin: there is no such file/],
		[["folder", "image.bin", "signed-4"], 1, /folder: that is a folder/],
		[["image.bin", "image.bin", "signed-5"], 1, /image\.bin holds no private key/],
		[["public.pem", "image.bin", "signed-6"], 1, /public\.pem holds no private key/],
		[["other.pem", "image.bin", "signed-7"], 1, /other\.pem holds no key on the curve P-256.*--new/],
		[["good.pem", "page.html", "signed-8"], 1, /page\.html is no firmware image.*xs_esp32\.bin/],
		[["good.pem", "empty.bin", "signed-9"], 1, /empty\.bin is no firmware image/],
		[["good.pem", "image.bin", "good.pem"], 2, /SIGNED.*same file/],
		[["good.pem", "image.bin", "./image.bin"], 2, /SIGNED.*same file/],
		[["good.pem", "image.bin", "nowhere/signed"], 1, /nowhere\/signed.*there is no such folder/],
	] as const) {
		it(`${args.join(" ") || "no argument"} is answered in one line, and exits ${status}`, () => {
			const key = readFileSync(join(folder, "good.pem"), "utf8");
			const said = run(...args);
			assert.match(said.stderr, /^sign\.mjs: .*\n$/, "one line, no stack");
			assert.match(said.stderr, wanted);
			assert.deepEqual([said.status, said.stdout], [status, ""]);
			assert.equal(readFileSync(join(folder, "good.pem"), "utf8"), key, "the key stays");
			assert.deepEqual(readFileSync(join(folder, "image.bin")), image, "the image stays");
			assert.ok(![1, 2, 3, 4, 5, 6, 7, 8, 9].some((n) => existsSync(join(folder, `signed-${n}`))), "nothing half-applied");
		});
	}
});
