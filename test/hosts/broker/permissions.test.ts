// Who may what where the desk asks for credentials: the table of docs/security.md, and attacks on it over real sockets.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Guard } from "../../../hosts/node/broker/guard.js";
import { Permissions, type User, users } from "../../../hosts/node/broker/permissions.js";
import { until } from "../contract/probe.js";
import { Wire } from "../wire.js";
import { started, stopAfterEach } from "./make.js";

stopAfterEach();

const topic = "home/light";
const permissions = new Permissions(topic, "homeassistant");
const passwordOf = (user: string) => `the password of ${user}`;
const guard = () =>
	new Guard({
		check: (name, password) => users.find((user) => user === name && passwordOf(user) === Buffer.from(password).toString()),
		permissions,
		advice: "type this",
	});
const come = (port: number, user: User, clientId: string, more: Parameters<typeof Wire.ask>[1] = {}) =>
	Wire.ask(port, { clientId, username: user, password: Buffer.from(passwordOf(user)), ...more });

/** What a client of this id does, by role. The rows are those of docs/security.md. */
const id = "ab12";
const level = topic;
const own = [`${topic}/${id}/status`, `${topic}/${id}/info`];
const others = [`${topic}/cd34/status`, `${topic}/cd34/info`, `${topic}/${id}`, `${topic}/${id}/other`, "elsewhere", "$SYS/x"];
const asLight = [`homeassistant/light/lampwire_${id}/config`, `homeassistant/sensor/lampwire_${id}_signal/config`];
const asSensor = [`homeassistant/sensor/lampwire_${id}/config`, `homeassistant/sensor/lampwire_${id}_uptime/config`];
const rows: [user: User, publishes: string[], not: string[], subscribes: string[], deaf: string[]][] = [
	[
		"dimmer",
		[level, ...own, ...asSensor],
		[...others, ...asLight.slice(0, 1)],
		[level, "homeassistant/status"],
		["#", `${topic}/#`, "+/light"],
	],
	["lamp", [...own, ...asLight], [level, ...others, ...asSensor.slice(0, 1)], [level, "homeassistant/status"], ["#", `${topic}/+/status`]],
	[
		"controller",
		[level, ...own, `${topic}/lesson`, `${topic}/lesson/one`],
		others,
		[level, `${topic}/#`, `${topic}/+/info`],
		["#", "home/#", "home/+"],
	],
	["hue", [...own, ...asLight], [level, ...others], [level], ["#", `${topic}/+/status`]],
	["hue-follow", [level, ...own, ...asLight], others, [level], ["#", `${topic}/+/status`]],
	["recorder", own, [level, ...others], [level, `${topic}/+/status`], ["#", `${topic}/#`, `${topic}/+/info`]],
	[
		"bridge",
		[level, ...own, `${topic}/cd34/status`, "homeassistant/status"],
		["elsewhere", "$SYS/x"],
		[level, `${topic}/#`, "homeassistant/#"],
		["#", "+"],
	],
];

describe("permissions", () => {
	for (const [user, publishes, not, subscribes, deaf] of rows)
		it(`of a ${user}`, () => {
			const rights = permissions.of(user, id);
			for (const one of publishes) assert.ok(rights.mayPublish(one), one);
			for (const one of not) assert.ok(!rights.mayPublish(one), one);
			for (const one of subscribes) assert.ok(rights.maySubscribe(one), one);
			for (const one of deaf) assert.ok(!rights.maySubscribe(one), one);
		});

	it("know a device by its client id, with its role before it or not", () => {
		for (const [user, client, status, may] of [
			["lamp", "lamp-ab12", "ab12", true],
			["lamp", "lamp-ab12", "lamp-ab12", true],
			["lamp", "dimmer-ab12", "ab12", false],
			["lamp", "lamp-ab12", "cd34", false],
			["lamp", "lamp-", "", false],
			["dimmer", "dimmer-desk-dimmer", "desk-dimmer", true],
			["controller", "lamp-phone", "phone", true],
			["controller", "dimmer-phone", "phone", true],
			["hue-follow", "hue-001788", "hue-001788", true],
		] as const)
			assert.equal(permissions.of(user, client).mayPublish(`${topic}/${status}/status`), may, `${user} ${client} ${status}`);
		assert.ok(permissions.of("lamp", "lamp-ab12").mayPublish("homeassistant/light/lampwire_ab12/config"));
	});

	it("let the recorder hear what it was told to record besides, and nobody else", () => {
		const more = new Permissions(topic, "homeassistant", ["weather/#"]);
		assert.deepEqual(
			(["recorder", "controller", "bridge"] as const).map((user) => more.of(user, id).maySubscribe("weather/+/wind")),
			[true, false, false],
		);
	});

	it("have a row for each user", () => assert.deepEqual(rows.map(([user]) => user).sort(), [...users].sort()));

	it("an id with a wildcard or a slash has no topics of its own", () => {
		for (const odd of ["+", "#", "a/b", "", "cd34/status/.."])
			for (const one of [`${topic}/cd34/status`, `${topic}/${odd}/status`])
				assert.ok(!permissions.of("lamp", odd).mayPublish(one), `${odd} ${one}`);
	});
});

describe("a broker that asks for credentials", () => {
	it("refuses whoever has none, or wrong ones, by the return code, and tells it once", async () => {
		const broker = await started({ guard: guard() });
		const ask = async (fields: Parameters<typeof Wire.ask>[1]) => {
			const wire = await Wire.ask(broker.mqttPort, { clientId: "guest", ...fields });
			await until(() => wire.ended, "closed");
			return wire.connack;
		};
		assert.equal(await ask({}), 5);
		assert.equal(await ask({ username: "lamp" }), 5);
		assert.equal(await ask({ username: "lamp", password: Buffer.from("wrong") }), 4);
		assert.equal(await ask({ username: "nobody", password: Buffer.from(passwordOf("lamp")) }), 4);
		assert.equal(await ask({ username: "dimmer", password: Buffer.from(passwordOf("lamp")) }), 4);
		assert.deepEqual(broker.lines, [
			"broker: guest at 127.0.0.1 was refused, it gave no user name; type this",
			"broker: guest at 127.0.0.1 was refused, it gave a user name or a password that is not right; type this",
		]);
		assert.ok(!broker.lines.join().includes("password of"));
		assert.equal((await come(broker.mqttPort, "lamp", "guest")).connack, 0);
	});

	it("answers a message that a client may not publish, at any QoS, and hands it to nobody", async () => {
		const broker = await started({ guard: guard() });
		const watcher = await come(broker.mqttPort, "bridge", "watcher");
		await watcher.subscribe(`${topic}/#`);
		const lamp = await come(broker.mqttPort, "lamp", id);
		for (const qos of [0, 1, 2] as const)
			lamp.send({ cmd: "publish", topic, payload: "200", qos, messageId: qos + 10, retain: true, dup: false });
		await until(() => lamp.packets.some(({ cmd }) => cmd === "puback") && lamp.packets.some(({ cmd }) => cmd === "pubrec"), "answered");
		lamp.send({ cmd: "pubrel", messageId: 12 });
		await until(() => lamp.packets.some(({ cmd }) => cmd === "pubcomp"), "QoS 2 ends");
		lamp.publish(`${topic}/${id}/status`, "online", true);
		await watcher.says(`${topic}/${id}/status`, "online");
		assert.deepEqual(
			watcher.seen.map((message) => message.topic),
			[`${topic}/${id}/status`],
		);
		assert.deepEqual(await broker.kept(topic, 1), []);
		assert.deepEqual(broker.lines, [`broker: ${id} may not publish to ${topic} as lamp: that is left out`]);
	});

	it("answers a filter that a client may not subscribe to with 0x80, and the others of the same packet with their QoS", async () => {
		const broker = await started({ guard: guard() });
		const lamp = await come(broker.mqttPort, "lamp", id);
		lamp.send({
			cmd: "subscribe",
			messageId: 9,
			subscriptions: [
				{ topic: "#", qos: 1 },
				{ topic, qos: 1 },
			],
		});
		await until(() => lamp.packets.some(({ cmd }) => cmd === "suback"), "SUBACK");
		const suback = lamp.packets.find(({ cmd }) => cmd === "suback") as { granted: number[] };
		assert.deepEqual(suback.granted, [0x80, 1]);
		const dimmer = await come(broker.mqttPort, "dimmer", "knob");
		dimmer.publish(`${topic}/knob/status`, "online");
		dimmer.publish(topic, "9");
		await lamp.says(topic, "9");
		assert.deepEqual(
			lamp.seen.map((message) => message.text),
			["9"],
		);
		assert.deepEqual(broker.lines, [`broker: ${id} may not subscribe to # as lamp: it was refused`]);
	});

	it("does not remember a refused filter in a session that lasts", async () => {
		const broker = await started({ guard: guard() });
		const lamp = await come(broker.mqttPort, "lamp", id, { clean: false });
		await lamp.subscribe(`${topic}/#`);
		await lamp.subscribe(topic);
		lamp.disconnect();
		await until(() => lamp.ended, "away");
		const bridge = await come(broker.mqttPort, "bridge", "bridge");
		bridge.send({ cmd: "publish", topic: `${topic}/secret`, payload: "kept for it", qos: 1, messageId: 1, retain: false, dup: false });
		await until(() => bridge.packets.some(({ cmd }) => cmd === "puback"), "the broker has it");
		const back = await come(broker.mqttPort, "lamp", id, { clean: false });
		bridge.publish(`${topic}/secret`, "live");
		bridge.publish(topic, "9");
		await back.says(topic, "9");
		assert.deepEqual(
			back.seen.map(({ text }) => text),
			["9"],
		);
	});

	it("tells no will on a topic that its client may not publish to", async () => {
		const broker = await started({ guard: guard() });
		const watcher = await come(broker.mqttPort, "bridge", "watcher");
		await watcher.subscribe(`${topic}/#`);
		const will = (on: string) => ({ will: { topic: on, payload: Buffer.from("offline"), qos: 1 as const, retain: true } });
		const thief = await come(broker.mqttPort, "lamp", "thief", will(`${topic}/cd34/status`));
		const honest = await come(broker.mqttPort, "lamp", "cd34", will(`${topic}/cd34/status`));
		thief.cut();
		honest.cut();
		await watcher.says(`${topic}/cd34/status`, "offline");
		const told = () => broker.lines.filter((line) => !line.includes("ECONNRESET"));
		await until(() => told().length > 0, "told");
		assert.equal(watcher.seen.length, 1);
		assert.deepEqual(told(), [`broker: thief may not publish to ${topic}/cd34/status as lamp: that is left out`]);
	});

	it("lets no other user take a client's id, connected or with a session that waits", async () => {
		const broker = await started({ guard: guard() });
		const dimmer = await come(broker.mqttPort, "dimmer", "knob", { clean: false });
		await dimmer.subscribe(topic);
		for (const away of [false, true]) {
			if (away) {
				dimmer.disconnect();
				await until(() => dimmer.ended, "gone");
			}
			const thief = await come(broker.mqttPort, "lamp", "knob", { clean: false });
			assert.equal(thief.connack, 5, String(away));
		}
		assert.deepEqual(broker.lines, [
			"broker: knob at 127.0.0.1 was refused, it came as lamp, but its id belongs to a dimmer: give it another id",
		]);
		const back = await come(broker.mqttPort, "dimmer", "knob", { clean: false });
		const connack = back.packets.find(({ cmd }) => cmd === "connack") as { sessionPresent: boolean };
		assert.deepEqual([back.connack, connack.sessionPresent], [0, true]);
		// the same user is taken for the same device that comes again [MQTT-3.1.4-2]
		const again = await come(broker.mqttPort, "dimmer", "knob", { clean: false });
		assert.equal(again.connack, 0);
		await until(() => back.ended, "the older connection is ended");
	});
});
