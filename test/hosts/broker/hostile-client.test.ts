// Clients that mean harm, all at once, against a desk that asks for credentials: each is refused or limited, and the lamp follows the knob meanwhile.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { WebSocket } from "ws";
import { users } from "../../../hosts/node/broker/permissions.js";
import { until } from "../contract/probe.js";
import { Cli } from "../spawn.js";
import { Wire } from "../wire.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-hostile-"));
const file = path.join(folder, "credentials.json");
const passwordOf = (user: string) => `password of ${user}`;
writeFileSync(file, JSON.stringify(Object.fromEntries(users.map((user) => [user, passwordOf(user)]))), { mode: 0o600 });
const levels = 200;

after(() => {
	Cli.killAll();
	rmSync(folder, { recursive: true, force: true });
});

test("floods, huge packets, forbidden topics, a stolen id, silent connections, a foreign page: the lamp gets every level of the knob", async (t) => {
	const cli = new Cli(["broker", "--mqtt-port", "0", "--ws-port", "0", "--max-clients", "20", "--credentials", file]);
	const port = Number(/\d+$/.exec(await cli.event("listen", /^mqtt /))?.[0]);
	const webPort = Number(/\d+$/.exec(await cli.event("listen", /^ws /))?.[0]);
	const come = (user: string, clientId: string) =>
		Wire.ask(port, { clientId, username: user, password: Buffer.from(passwordOf(user)), keepalive: 60 });
	const lamp = await come("lamp", "lamp-attic");
	const knob = await come("dimmer", "dimmer-hand");
	await lamp.subscribe("light", 1);
	await knob.subscribe("light", 1);

	const counts = { flooded: 0, cutForSize: 0, refused: 0, silent: 0, foreign: 0 };
	let going = true;
	const turn = () => new Promise((resolve) => setImmediate(resolve));
	/** A lamp that floods topics which it may not publish to, at QoS 0 and 1. */
	const flood = async () => {
		const wire = await come("lamp", "lamp-bad");
		while (going && !wire.ended) {
			for (let i = 0; i < 20; i++) {
				wire.publish(i % 2 ? "light" : `light/lamp-attic/status`, "0", true);
				wire.send({ cmd: "publish", topic: "light", payload: "254", qos: 1, messageId: 1 + i, retain: true, dup: false });
				counts.flooded += 2;
			}
			await turn();
		}
		wire.cut();
	};
	/** Packets larger than there may be, one connection after the other. */
	const huge = async () => {
		while (going) {
			const wire = await come("controller", `controller-huge`);
			wire.bytes([0x30, 0xff, 0xff, 0xff, 0x7f, 0, 5, ...Buffer.from("light")]);
			await until(() => wire.ended, "the end of who sends 256 MB");
			counts.cutForSize += 1;
		}
	};
	/** The attic lamp's id, with another user's password, and with none. */
	const thief = async () => {
		while (going) {
			const other = await come("controller", "lamp-attic");
			const nobody = await Wire.ask(port, { clientId: "lamp-attic" });
			for (const wire of [other, nobody]) {
				assert.ok(wire.connack !== 0, `${wire.connack}`);
				counts.refused += 1;
				wire.cut();
			}
			await turn();
		}
	};
	/** Connections that say nothing, and hold their place. */
	const quiet: Wire[] = [];
	const silent = async () => {
		for (let i = 0; i < 100; i++) {
			quiet.push(Wire.raw(port));
			counts.silent += 1;
			await turn();
		}
	};
	/** A page of somebody else, in the user's browser. */
	const foreign = async () => {
		while (going) {
			const socket = new WebSocket(`ws://127.0.0.1:${webPort}/mqtt`, "mqtt", { origin: "http://evil.example" });
			const [end] = await new Promise<[string]>((resolve) => {
				socket.on("open", () => resolve(["open"]));
				socket.on("error", ({ message }) => resolve([message]));
			});
			assert.match(end, /403/);
			counts.foreign += 1;
			await turn();
		}
	};

	const attackers = [flood(), huge(), thief(), silent(), foreign()];
	for (let level = 1; level <= levels; level++) {
		knob.send({ cmd: "publish", topic: "light", payload: String(level), qos: 1, messageId: level, retain: true, dup: false });
		await knob.says("light", String(level));
	}
	await lamp.says("light", String(levels));
	going = false;
	await Promise.all(attackers);
	for (const wire of quiet) wire.cut();

	const heard = lamp.seen.filter(({ topic }) => topic === "light").map(({ text }) => text);
	t.diagnostic(`${levels} levels of the knob, ${heard.length} at the lamp; meanwhile: ${JSON.stringify(counts)}`);
	assert.deepEqual(
		heard,
		Array.from({ length: levels }, (_, i) => String(i + 1)),
		"each once, in order, and none of the flood's",
	);
	assert.equal(lamp.ended, false);
	for (const [what, count] of Object.entries(counts)) assert.ok(count > 0, what);
	// one line for each kind of thing, not for each time
	assert.ok(cli.events("log").length < 60, `${cli.events("log").length} lines`);
	assert.equal(await cli.end("SIGTERM"), 0);
});
