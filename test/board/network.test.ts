// A board's announcement for real, in a network of its own: what others find, and that nobody finds it after its goodbye.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { network, noNetwork } from "../hosts/network.js";

const inside = fileURLToPath(new URL("./network/inside.ts", import.meta.url));

test("a board is found by others, by multicast and from any port, and after its goodbye no more", {
	skip: noNetwork,
}, async () => {
	const node = [process.execPath, "--disable-warning=ExperimentalWarning", "--import", "./hosts/node/ts-node.mjs", inside];
	const { LAMPWIRE_TEST_TURNS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
	const { stdout } = await promisify(execFile)("unshare", ["-n", "sh", "-c", `${network} && exec "$@"`, "sh", ...node], { env });
	const [found, answered, after] = stdout
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line));
	assert.deepEqual(found, [
		{
			name: "attic",
			target: "lampwire-a1b2c3.local",
			port: 0,
			addresses: ["192.0.2.1"],
			texts: { role: "lamp", id: "attic", topic: "home/light" },
		},
	]);
	assert.deepEqual(answered, { questions: [{ name: "_lampwire._tcp.local", type: "PTR", class: "IN" }], answers: 5 });
	assert.deepEqual(after, []);
});
