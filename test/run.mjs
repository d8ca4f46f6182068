// npm test [-- FILTER ...]: runs every test/**/*.test.ts whose path holds one of the filters, with Node's own runner.
// The builds with the Moddable SDK (test/xs) take minutes and are left to `npm run test:xs`, unless --all is given.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const filters = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const all = process.argv.includes("--all") || filters.length > 0;

const files = readdirSync(new URL(".", import.meta.url), { recursive: true })
	.map((name) => `test/${name.replaceAll("\\", "/")}`)
	.filter((name) => name.endsWith(".test.ts") && !name.includes("node_modules"))
	.filter((name) => all || !name.startsWith("test/xs/"))
	.filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
	.sort();
if (files.length === 0) {
	console.error(`no test file's path holds ${filters.join(" or ")}`);
	process.exit(1);
}

const runner = spawn(process.execPath, ["--import", "./hosts/node/ts-node.mjs", "--test", ...files], { cwd: root, stdio: "inherit" });
runner.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
