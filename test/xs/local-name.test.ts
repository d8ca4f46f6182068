// A broker's name that ends with .local, found by a lamp in mcsim: multicast DNS for real, in a network of its own.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { skip } from "./needs.js";

const network = "ip link set lo up && ip link set lo multicast on && ip route add 224.0.0.0/4 dev lo";
const own = spawnSync("unshare", ["-n", "sh", "-c", network]).status === 0 ? false : "needs unshare, ip and root";
const inside = fileURLToPath(new URL("./local-name/inside.ts", import.meta.url));

test("a lamp in mcsim finds the broker that is called lampwire-box.local, however it is written", {
	skip: skip("Xvfb") || own,
}, async () => {
	const node = [process.execPath, "--disable-warning=ExperimentalWarning", "--import", "./hosts/node/ts-node.mjs", inside];
	const { LAMPWIRE_TEST_TURNS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
	const { stdout } = await promisify(execFile)("unshare", ["-n", "sh", "-c", `${network} && exec "$@"`, "sh", ...node], { env });
	assert.match(stdout, /lamp lamp77: online at .*, topic light/);
	assert.doesNotMatch(stdout, /exception/);
});
