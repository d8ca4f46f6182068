// npm run bench [-- NAME ...]: what the README claims, measured here. Slots and steps of the XS engine are exact on any machine.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const known = ["xs", "node", "size", "latency"];
const names = process.argv.length > 2 ? process.argv.slice(2) : known;
for (const name of names) {
	if (!known.includes(name)) {
		console.error(`bench: there is no "${name}"; there are: ${known.join(", ")}`);
		process.exit(2);
	}
	const done = spawnSync(process.execPath, ["--import", "./hosts/node/ts-node.mjs", `bench/${name}.ts`], { cwd: root, stdio: "inherit" });
	if (done.status !== 0) process.exit(done.status ?? 1);
}
