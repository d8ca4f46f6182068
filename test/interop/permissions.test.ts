// The permissions that docs/security.md prints for other brokers do what its table says: the same clients as on the desk's broker.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, it } from "node:test";
import { until } from "../hosts/contract/probe.js";
import { Cli } from "../hosts/spawn.js";
import { Wire } from "../hosts/wire.js";
import { mosquittoWith, natsWith, type Running, rabbitWith } from "./brokers.js";

const document = readFileSync(new URL("../../docs/security.md", import.meta.url), "utf8");
const users = ["controller", "dimmer", "lamp", "hue", "hue-follow", "recorder", "bridge"];
const passwordOf = (user: string) => `password-of-${user}`;

/** Printed blocks of a section. */
function printed(section: string): string[] {
	const [, text = ""] = new RegExp(`\n### ${section}\n(.*?)(\n##|$)`, "s").exec(document) ?? [];
	return [...text.matchAll(/```\n(.*?)```/gs)].map(([, block = ""]) => block);
}

/** What each publishes of all that is tried, and what it hears of it. */
const own = (id: string) => [`light/${id}/status`, `light/${id}/info`];
const others = own("lamp-other");
const tried = (id: string) => ["light", ...own(id), ...others, "light/lesson/one", "elsewhere"];
const table: Record<string, { says: (id: string) => string[]; hears: (id: string) => string[] }> = {
	controller: {
		says: (id) => ["light", ...own(id), "light/lesson/one"],
		hears: (id) => ["light", ...own(id), ...others, "light/lesson/one"],
	},
	dimmer: { says: (id) => ["light", ...own(id)], hears: () => ["light"] },
	lamp: { says: own, hears: () => ["light"] },
	hue: { says: own, hears: () => ["light"] },
	"hue-follow": { says: (id) => ["light", ...own(id)], hears: () => ["light"] },
	recorder: { says: own, hears: (id) => ["light", `light/${id}/status`, "light/lamp-other/status"] },
	bridge: {
		says: (id) => ["light", ...own(id), ...others, "light/lesson/one"],
		hears: (id) => ["light", ...own(id), ...others, "light/lesson/one"],
	},
};

interface Tried {
	name: string;
	missing: string | undefined;
	/** With the document's configuration, and a user `witness`, who sees everything and may everything. */
	start(): Promise<Running>;
	/** Its permissions know client ids: a device speaks for itself alone. */
	ids: boolean;
}

const brokers: Tried[] = [
	{
		name: "Mosquitto",
		missing: mosquittoWith.missing,
		ids: true,
		start() {
			const [config = "", acl = ""] = printed("Mosquitto");
			assert.match(config, /^listener 1883\n/);
			const passwords = Object.fromEntries([...users, "witness"].map((user) => [user, passwordOf(user)]));
			return mosquittoWith.start(config, `user witness\ntopic readwrite #\n${acl}`, passwords);
		},
	},
	{
		name: "RabbitMQ",
		missing: rabbitWith.missing,
		ids: true,
		start() {
			const [config = "", definitions = ""] = printed("RabbitMQ");
			const all = JSON.parse(definitions) as Record<string, { name?: string; password?: string }[]>;
			for (const user of all.users ?? []) user.password = passwordOf(user.name ?? "");
			const everything = { user: "witness", vhost: "/", configure: ".*", write: ".*", read: ".*" };
			all.users?.push({ name: "witness", password: passwordOf("witness"), ...{ tags: "" } });
			all.permissions?.push(everything as object);
			return rabbitWith.start(config, JSON.stringify(all));
		},
	},
	{
		name: "NATS",
		missing: natsWith.missing,
		ids: false,
		start() {
			const [config = ""] = printed("NATS");
			const withPasswords = config.replace(
				/user: "([\w-]+)", password: "…"/g,
				(_, user) => `user: "${user}", password: "${passwordOf(user)}"`,
			);
			return natsWith.start(withPasswords.replace("users: [", `users: [\n{ user: "witness", password: "${passwordOf("witness")}" }`));
		},
	},
];

after(() => Cli.killAll());

/** The witness, subscribed to everything. RabbitMQ has its users before their permissions, and until then it closes at SUBSCRIBE. */
async function watching(come: (user: string, clientId: string) => Promise<Wire>): Promise<Wire> {
	for (let tries = 0; tries < 1_200; tries++) {
		const wire = await come("witness", "witness");
		wire.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "#", qos: 1 }] });
		await until(() => wire.ended || wire.packets.some(({ cmd }) => cmd === "suback"), "SUBACK");
		if (!wire.ended) return wire;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	assert.fail("the broker closes the witness's connection at each SUBSCRIBE");
}

for (const { name, missing, ids, start } of brokers)
	describe(`permissions of docs/security.md on ${name}`, { skip: missing }, () => {
		it("let in who has a password, and give each role what its row says", async () => {
			const running = await start();
			const wires: Wire[] = [];
			// RabbitMQ listens before it knows its users; NATS keeps a client waiting whose id was there a moment ago
			const come = async (user: string, clientId: string) => {
				const fields = { clientId, username: user, password: Buffer.from(passwordOf(user)) };
				let wire = await Wire.ask(running.port, fields);
				for (let tries = 0; wire.connack !== 0 && tries < 1_200; tries++) {
					await new Promise((resolve) => setTimeout(resolve, 100));
					wire = await Wire.ask(running.port, fields);
				}
				assert.equal(wire.connack, 0, user);
				wires.push(wire);
				return wire;
			};
			try {
				const witness = await watching(come);
				const nobody = await Wire.ask(running.port, { clientId: "nobody" });
				assert.ok(nobody.connack !== 0, `nobody: ${nobody.connack}`);
				const thief = await Wire.ask(running.port, { clientId: "thief", username: "lamp", password: Buffer.from("wrong") });
				assert.ok(thief.connack !== 0, `thief: ${thief.connack}`);
				for (const user of users) {
					const row = table[user] as NonNullable<(typeof table)[string]>;
					const id = `${user}-x`;
					// what a broker may cut a connection for is the last of it
					for (const topic of tried(id)) {
						const wire = await come(user, id);
						wire.publish(topic, user);
						wire.send({ cmd: "pingreq" });
						await until(() => wire.ended || wire.packets.some(({ cmd }) => cmd === "pingresp"), "all is with the broker");
						wire.disconnect();
						await until(() => wire.ended, "the end");
					}
					witness.publish("end", user);
					await witness.says("end", user);
					const said = witness.seen.filter(({ topic, text }) => text === user && topic !== "end").map(({ topic }) => topic);
					const foreign = ids || row.says(id).includes(others[0] as string) ? [] : others;
					assert.deepEqual(said.sort(), [...row.says(id), ...foreign].sort(), `${user} says`);

					const heard: string[] = [];
					for (const topic of tried(id)) {
						const wire = await come(user, id);
						await Promise.race([wire.subscribe(topic, 1), until(() => wire.ended, "the end")]);
						witness.publish(topic, `to ${user}`);
						witness.publish("end", `${user} ${topic}`);
						await witness.says("end", `${user} ${topic}`);
						if (row.hears(id).includes(topic)) await wire.says(topic, `to ${user}`);
						else {
							wire.send({ cmd: "pingreq" });
							await until(() => wire.ended || wire.packets.some(({ cmd }) => cmd === "pingresp"), "all is with the client");
						}
						heard.push(...wire.seen.filter(({ text }) => text === `to ${user}`).map(({ topic }) => topic));
						wire.cut();
					}
					assert.deepEqual(heard.sort(), row.hears(id).sort(), `${user} hears`);
				}
				// the command itself, with birth, will and QoS 1
				const broker = `mqtt://lamp@127.0.0.1:${running.port}`;
				const lamp = new Cli(["lamp", "--broker", broker, "--id", "lamp-attic"], { LAMPWIRE_PASSWORD: passwordOf("lamp") });
				await witness.says("light/lamp-attic/status", "online");
				witness.publish("light", "77");
				await lamp.event("lamp", /^lamp-attic level=77 /);
				assert.equal(await lamp.end("SIGTERM"), 0);
				await witness.says("light/lamp-attic/status", "offline");
			} finally {
				for (const wire of wires) wire.cut();
				await running.stop();
			}
		});
	});
