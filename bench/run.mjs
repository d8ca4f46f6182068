// npm run bench [-- NAME ...]: what docs/costs.md claims, measured here. Slots and steps of the XS engine are exact on any machine.
import "../hosts/node/needed.mjs";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { buildOrExit } from "../hosts/build.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Name → program beside this one. */
const known = {
	start: "start",
	xs: "xs",
	node: "node",
	size: "size",
	latency: "latency",
	sim: "sim-latency",
	page: "page",
	recorder: "recorder",
	transports: "transports",
	fleet: "fleet",
};
await buildOrExit();
const named = process.argv.slice(2);
const names = named.length > 0 ? named : Object.keys(known);
for (const name of names) {
	if (!Object.hasOwn(known, name)) {
		console.error(`bench: there is no "${name}"; there are: ${Object.keys(known).join(", ")}`);
		process.exit(2);
	}
	const done = spawnSync(process.execPath, ["--import", "./hosts/node/ts-node.mjs", `bench/${known[name]}.ts`], {
		cwd: root,
		stdio: "inherit",
	});
	if (done.status !== 0) process.exit(done.status ?? 1);
}
