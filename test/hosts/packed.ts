// The package as a user gets it, without a registry: packed, unpacked into an empty project, its dependencies copied from our own
// node_modules as the lock file names them.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const shell = process.platform === "win32";

export interface Project {
	/** Of the user, with the package in its node_modules. */
	readonly folder: string;
	/** The package. */
	readonly lampwire: string;
	remove(): void;
}

/** The package must be built, with its declarations. */
export function installPacked(): Project {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lampwire-packed-"));
	// Without its scripts: one of them builds.
	execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], { cwd: root, shell });
	const [tarball = ""] = fs.readdirSync(folder);
	const lampwire = path.join(folder, "node_modules", "lampwire");
	fs.mkdirSync(lampwire, { recursive: true });
	execFileSync("tar", ["-xzf", path.join(folder, tarball), "--strip-components=1"], { cwd: lampwire });
	fs.rmSync(path.join(folder, tarball));
	const { packages } = JSON.parse(fs.readFileSync(path.join(root, "package-lock.json"), "utf8"));
	// of the optional ones npm takes what this machine can use
	const wanted = (name: string, { dev, devOptional, optional }: Record<string, boolean>) =>
		name !== "" && !dev && !devOptional && (!optional || fs.existsSync(path.join(root, name)));
	for (const [name, how] of Object.entries<Record<string, boolean>>(packages))
		if (wanted(name, how)) fs.cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
	fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "a-user", private: true, type: "module" }));
	const { bin } = JSON.parse(fs.readFileSync(path.join(lampwire, "package.json"), "utf8"));
	if (!shell) {
		const commands = path.join(folder, "node_modules", ".bin");
		fs.mkdirSync(commands);
		for (const [name, file] of Object.entries<string>(bin)) {
			fs.chmodSync(path.join(lampwire, file), 0o755);
			fs.symlinkSync(path.join("..", "lampwire", file), path.join(commands, name));
		}
	}
	return { folder, lampwire, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}

/** Every file below a folder, by its path from there. */
export function filesBelow(folder: string): string[] {
	return fs
		.readdirSync(folder, { recursive: true, encoding: "utf8" })
		.filter((name) => fs.statSync(path.join(folder, name)).isFile())
		.map((name) => name.replaceAll("\\", "/"));
}
