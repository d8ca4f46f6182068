// A broker's name that ends with .local, and the broker that tells of itself, found by a lamp in mcsim: multicast DNS for real, in a network of its own.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { network, noNetwork } from "../hosts/network.js";
import { skip } from "./needs.js";

const inside = fileURLToPath(new URL("./local-name/inside.ts", import.meta.url));

test("a lamp in mcsim finds the broker that is called lampwire-box.local, however it is written; and as auto the one that tells of itself", {
	skip: skip("Xvfb") || noNetwork,
}, async () => {
	const node = [process.execPath, "--disable-warning=ExperimentalWarning", "--import", "./hosts/node/ts-node.mjs", inside];
	const { LAMPWIRE_TEST_TURNS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
	const { stdout } = await promisify(execFile)("unshare", ["-n", "sh", "-c", `${network} && exec "$@"`, "sh", ...node], { env });
	assert.match(stdout, /lamp lamp77: online at Lampwire-Box\.local:\d+, topic light/);
	for (const scheme of ["", "ws://"]) {
		assert.match(stdout, new RegExp(`lamp lamp77: light at ${scheme}auto\\n`));
		assert.match(stdout, new RegExp(`broker=auto: takes "Lampwire on .*" at ${scheme}192\\.0\\.2\\.1:\\d+`));
		assert.match(stdout, new RegExp(`lamp lamp77: online at ${scheme}192\\.0\\.2\\.1:\\d+(/mqtt)?, topic light`));
	}
	assert.doesNotMatch(stdout, /exception/);
});
