// The permissions that docs/security.md prints for other brokers do what its table says: the same clients as on the desk's broker.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { until } from "../hosts/contract/probe.js";
import { Wire } from "../hosts/wire.js";
import { mosquittoWith } from "./brokers.js";

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
const tried = (id: string) => ["light", ...own(id), ...own("lamp-other"), "light/lesson/one", "elsewhere"];
const table: Record<string, { says: (id: string) => string[]; hears: (id: string) => string[] }> = {
	controller: {
		says: (id) => ["light", ...own(id), "light/lesson/one"],
		hears: (id) => ["light", ...own(id), ...own("lamp-other"), "light/lesson/one"],
	},
	dimmer: { says: (id) => ["light", ...own(id)], hears: () => ["light"] },
	lamp: { says: own, hears: () => ["light"] },
	hue: { says: own, hears: () => ["light"] },
	"hue-follow": { says: (id) => ["light", ...own(id)], hears: () => ["light"] },
	recorder: { says: own, hears: (id) => ["light", `light/${id}/status`, "light/lamp-other/status"] },
	bridge: {
		says: (id) => ["light", ...own(id), ...own("lamp-other"), "light/lesson/one"],
		hears: (id) => ["light", ...own(id), ...own("lamp-other"), "light/lesson/one"],
	},
};

describe("permissions of docs/security.md on Mosquitto", { skip: mosquittoWith.missing }, () => {
	it("let in who has a password, and give each role what its row says", async () => {
		const [config = "", acl = ""] = printed("Mosquitto");
		assert.match(config, /^listener 1883\n/);
		const passwords = Object.fromEntries([...users, "witness"].map((user) => [user, passwordOf(user)]));
		// who sees everything, and may everything
		const running = await mosquittoWith.start(config, `user witness\ntopic readwrite #\n${acl}`, passwords);
		const wires: Wire[] = [];
		const come = async (user: string, clientId: string) => {
			const wire = await Wire.ask(running.port, { clientId, username: user, password: Buffer.from(passwordOf(user)) });
			assert.equal(wire.connack, 0, user);
			wires.push(wire);
			return wire;
		};
		try {
			assert.equal((await Wire.ask(running.port, { clientId: "nobody" })).connack, 5);
			assert.equal((await Wire.ask(running.port, { clientId: "thief", username: "lamp", password: Buffer.from("wrong") })).connack, 5);
			const witness = await come("witness", "witness");
			await witness.subscribe("#");
			for (const user of users) {
				const row = table[user] as NonNullable<(typeof table)[string]>;
				const id = `${user}-x`;
				const wire = await come(user, id);
				for (const topic of tried(id)) wire.publish(topic, user);
				wire.send({ cmd: "pingreq" });
				await until(() => wire.packets.some(({ cmd }) => cmd === "pingresp"), "all is with the broker");
				witness.publish("end", user);
				await witness.says("end", user);
				const said = witness.seen.filter(({ topic, text }) => text === user && topic !== "end").map(({ topic }) => topic);
				assert.deepEqual(said.sort(), row.says(id).sort(), `${user} says`);

				await wire.subscribe("#", 0);
				for (const topic of tried(id)) witness.publish(topic, `to ${user}`);
				const last = row.hears(id).at(-1) ?? "";
				await wire.says(last, `to ${user}`);
				witness.publish("light", `end of ${user}`);
				await wire.says("light", `end of ${user}`);
				const heard = wire.seen.filter(({ text }) => text === `to ${user}`).map(({ topic }) => topic);
				assert.deepEqual(heard.sort(), row.hears(id).sort(), `${user} hears`);
			}
		} finally {
			for (const wire of wires) wire.cut();
			await running.stop();
		}
	});
});
