// broker=a,b,c at a real cluster: the node that the link is connected to is killed, and the link goes on at another, with its session.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, Client, said, until } from "./cluster-client.js";
import { nats } from "./cluster-nodes.js";

test("a node of NATS dies: the link moves over, its session is there, and what it publishes meanwhile arrives", {
	skip: nats.missing,
}, async () => {
	const cluster = await nats.start();
	const clients: Client[] = [];
	try {
		// the leader's death is cluster.ts's: the others answer no CONNECT until they have a new one, and that takes its time
		const led = (await cluster.leader("moving"))?.node ?? 2;
		const victim = (led + 1) % 3;
		const heard: string[] = [];
		const ports = [victim, led, (led + 2) % 3].map((node) => cluster.ports[node] as number);
		const link = new Client("moving", ports, { clean: false, random: () => 0.05 });
		clients.push(link);
		link.link.subscribe("moving/level", 1, (message) => heard.push(said(message)));
		await link.up();
		link.link.publish("moving/level", bytes("1"), 1);
		assert.ok(await until(() => heard.includes("1") && link.link.kept === 0, 60_000), "heard before");

		await cluster.kill(victim);
		assert.ok(await until(() => !link.link.up, 60_000), "noticed");
		link.link.publish("moving/level", bytes("2"), 1);
		await link.up(2);
		assert.equal(link.sessions.at(-1), true, "the session is present");
		assert.ok(await until(() => heard.includes("2"), 60_000), "heard after");
	} finally {
		await Promise.all(clients.map((client) => client.close()));
		await cluster.stop();
	}
});
