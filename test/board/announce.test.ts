// A board tells its network of itself, over a UDP that is a fake. What it says is read by somebody else's code, which also composes the questions.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Announcement } from "../../hosts/board/announcement.js";
import { nameOf, typeANY } from "../../hosts/xs/dns.js";
import { Survey } from "../../hosts/xs/dns-sd.js";
import { Random, seedOfRun } from "../world/random.js";
import { type Answer, decoded, encoded, type Packet } from "./dns-packet.js";
import { events, flash, given, load, pass, Radio, reset, UDP } from "./fakes.js";

const { default: main } = await load("main");
const { default: setup } = await load("setup/main");
const { Announcer } = await load("announce");
const { Clock } = await load("time");

const service = "_lampwire._tcp.local";
const types = "_services._dns-sd._udp.local";
const told = { role: "lamp", id: "Attic", topic: "home/light", host: "lampwire-a1b2c3", address: "192.168.1.77" };
const group = { address: "224.0.0.251", port: 5353 };

function recordsOf(bytes: Uint8Array) {
	const { type, flags, questions, answers, authorities, additionals } = decoded(bytes);
	assert.deepEqual([type, flags, questions, authorities, additionals], ["response", 0x400, [], [], []]);
	return answers?.map((answer) => {
		const { name, type, ttl, flush, data } = answer as unknown as Record<string, unknown>;
		return [type, name, ttl, flush, Array.isArray(data) ? data.map(String) : data];
	});
}
const all = (ttl: number, { role, id, topic, host, address } = told) => [
	["PTR", service, ttl, false, `${id}.${service}`],
	["PTR", types, ttl, false, service],
	["SRV", `${id}.${service}`, ttl, true, { priority: 0, weight: 0, port: 0, target: `${host}.local` }],
	["TXT", `${id}.${service}`, ttl, true, [`role=${role}`, `id=${id}`, `topic=${topic}`]],
	["A", `${host}.local`, ttl, true, address],
];
const query = (type: string, name: string, more: Partial<Packet> = {}) =>
	encoded({ type: "query", questions: [{ type, name } as never], ...more });

describe("what a board tells of itself", () => {
	const announcement = new Announcement(told);

	test("type, instance, place, texts and address, understood by others; the goodbye is the same without time to live", () => {
		assert.deepEqual(recordsOf(announcement.packet), all(120));
		assert.deepEqual(recordsOf(announcement.goodbye()), all(0));
	});

	test("the longest id and topic fit; a name is cut to a label at the end of a character, the text has it whole", () => {
		const long = { ...told, role: "dimmer", id: "ü".repeat(32), topic: "t".repeat(128) };
		const { packet } = new Announcement(long);
		const [, , , text] = recordsOf(packet) ?? [];
		assert.deepEqual(text, ["TXT", `${"ü".repeat(31)}.${service}`, 120, true, ["role=dimmer", `id=${long.id}`, `topic=${long.topic}`]]);
		assert.ok(packet.length < 800, `${packet.length}`);
	});

	test("who looks for brokers takes no board for one", () => {
		for (const type of ["_mqtt", "_lampwire"]) {
			const survey = new Survey(type);
			survey.take(announcement.packet);
			assert.deepEqual(survey.services, []);
		}
	});

	test("is asked by type, by instance, by host, for anything, in either case, to it alone too; and by nothing else", () => {
		for (const [type, name] of [
			["PTR", service],
			["PTR", service.toUpperCase()],
			["PTR", types],
			["SRV", `attic.${service}`],
			["TXT", `Attic.${service}`],
			["A", "LAMPWIRE-a1b2c3.local"],
			["ANY", `Attic.${service}`],
			["ANY", "lampwire-a1b2c3.local"],
		] as const) {
			const bytes = query(type, name);
			assert.equal(announcement.isAsked(bytes), true, `${type} ${name}`);
			const alone = bytes.with(bytes.length - 2, 0x80);
			assert.equal(announcement.isAsked(alone), true);
			assert.equal(announcement.isAsked(bytes.with(bytes.length - 1, 3)), false, "class CHAOS");
			assert.equal(announcement.isAsked(bytes.with(bytes.length - 1, typeANY)), true, "any class");
		}
		for (const [type, name] of [
			["PTR", "_mqtt._tcp.local"],
			["A", service],
			["PTR", `Attic.${service}`],
			["SRV", `Cellar.${service}`],
			["A", "lampwire-a1b2c4.local"],
			["AAAA", "lampwire-a1b2c3.local"],
			["A", "lampwire-a1b2c3.local.example"],
		] as const)
			assert.equal(announcement.isAsked(query(type, name)), false, `${type} ${name}`);
		assert.equal(announcement.isAsked(announcement.packet), false, "two such boards would talk for ever");
	});

	test("known answers are not said again, unless they are about to be forgotten or another's", () => {
		const known = (ttl: number, name = service, data = `Attic.${service}`): Answer[] => [{ type: "PTR", name, data, ttl }];
		const asked = (answers: Answer[], name = service) => announcement.isAsked(query("PTR", name, { answers }));
		assert.equal(asked(known(60)), false);
		assert.equal(asked(known(59)), true);
		assert.equal(asked(known(100, service, `Cellar.${service}`)), true);
		assert.equal(asked(known(100, types, service), types), false);
		assert.equal(asked([...known(100, service, `Cellar.${service}`), ...known(100)]), false);
	});

	test("an answer to who knows no multicast DNS: its number, its question, ten seconds, and nothing to flush", () => {
		const bytes = query("PTR", service, { id: 4660 });
		const { id, questions, answers } = decoded(announcement.legacy(bytes) as Uint8Array);
		assert.deepEqual([id, questions], [4660, [{ name: service, type: "PTR", class: "IN" }]]);
		assert.deepEqual(
			answers?.map((answer) => [(answer as { ttl?: number }).ttl, (answer as { flush?: boolean }).flush]),
			Array(5).fill([10, false]),
		);
		assert.equal(announcement.legacy(query("PTR", "_mqtt._tcp.local")), undefined);
		const many = encoded({ type: "query", questions: Array(60).fill({ type: "PTR", name: service }) });
		assert.equal(announcement.legacy(many), undefined);
	});

	const seed = seedOfRun();
	test(`30,000 mutated questions: nothing is thrown, and what is answered can be read (SEED=${seed})`, () => {
		const random = new Random(seed);
		const answers: Answer[] = [{ type: "PTR", name: service, data: `Attic.${service}`, ttl: 100 }];
		const corpus = [
			query("PTR", service, { answers }),
			query("ANY", `Attic.${service}`),
			query("A", "lampwire-a1b2c3.local"),
			announcement.packet,
		];
		for (let run = 0; run < 30_000; run++) {
			const packet = random.chance(0.1) ? random.bytes(random.between(0, 80)) : random.pick(corpus).slice();
			for (let changes = random.between(0, 4); changes > 0 && packet.length > 0; changes--)
				packet[random.between(0, packet.length - 1)] = random.pick([0, 1, 12, 0x3f, 0xc0, 0xff, random.between(0, 255)]);
			const cut = random.chance(0.2) ? packet.slice(0, random.between(0, packet.length)) : packet;
			announcement.isAsked(cut);
			const legacy = announcement.legacy(cut);
			if (legacy !== undefined) assert.ok(legacy.length <= 1_024 && legacy[2] === 0x84);
		}
		assert.equal(announcement.isAsked(Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...nameOf("a"), 0])), false);
	});
});

describe("when it tells", () => {
	let address: string | undefined;
	const make = () =>
		new Announcer({
			io: UDP,
			time: new Clock(),
			random: () => 0.5,
			told: () => (address === undefined ? undefined : { ...told, address }),
		});
	const socket = () => UDP.open[0] as UDP;
	const sent = () =>
		UDP.sent.splice(0).map(({ bytes, address, port }) => [recordsOf(bytes)?.[4]?.[2], recordsOf(bytes)?.[4]?.[4], { address, port }]);

	beforeEach(() => {
		reset();
		UDP.open.length = UDP.sent.length = 0;
		UDP.fails = false;
		address = undefined;
	});

	test("twice once the network is there, a second apart; and goodbye at the end, from the one port of all", () => {
		const announcer = make();
		announcer.changed();
		pass(5_000);
		assert.deepEqual([UDP.open.length, UDP.sent.length], [0, 0]);
		address = "192.168.1.77";
		announcer.changed();
		pass(100);
		assert.deepEqual([socket().port, socket().groups], [5353, ["224.0.0.251"]]);
		assert.deepEqual(sent(), [[120, address, group]]);
		announcer.changed();
		pass(10_000);
		assert.deepEqual(sent(), [[120, address, group]]);
		announcer.close();
		assert.deepEqual([sent(), UDP.open.length], [[[0, address, group]], 0]);
		announcer.close();
		announcer.changed();
		pass(10_000);
		assert.deepEqual([UDP.sent.length, UDP.open.length], [0, 0]);
	});

	test("questions are answered a moment later, all of them once in a second; what is another's, not at all", () => {
		const announcer = make();
		address = "192.168.1.77";
		announcer.changed();
		pass(3_000);
		sent();
		for (let i = 0; i < 50; i++) socket().receive(query("PTR", service));
		assert.equal(UDP.sent.length, 0);
		pass(100);
		assert.equal(sent().length, 1);
		for (let i = 0; i < 50; i++) socket().receive(query("A", "lampwire-a1b2c3.local"));
		pass(900);
		assert.equal(UDP.sent.length, 0);
		pass(200);
		assert.equal(sent().length, 1);
		for (const bytes of [
			query("PTR", "_http._tcp.local"),
			new Announcement(told).packet,
			new Uint8Array(),
			new Uint8Array(1_400).fill(0xc0),
		])
			socket().receive(bytes);
		pass(10_000);
		assert.equal(UDP.sent.length, 0);
		announcer.close();
	});

	test("who asks from another port is answered there, and not often", () => {
		const announcer = make();
		address = "192.168.1.77";
		announcer.changed();
		pass(3_000);
		sent();
		for (let i = 0; i < 50; i++) socket().receive(query("PTR", service, { id: 7 }), "192.168.1.20", 40_000);
		assert.deepEqual(
			UDP.sent.splice(0).map(({ bytes, address, port }) => [decoded(bytes).id, address, port]),
			[[7, "192.168.1.20", 40_000]],
		);
		pass(100);
		socket().receive(query("PTR", service), "192.168.1.20", 40_000);
		assert.equal(UDP.sent.length, 1);
		announcer.close();
	});

	test("the network goes and comes: told anew; another address is told with the next answer", () => {
		const announcer = make();
		address = "192.168.1.77";
		announcer.changed();
		pass(3_000);
		sent();
		address = undefined;
		announcer.changed();
		pass(3_000);
		assert.deepEqual([UDP.open.length, UDP.sent.length], [0, 0]);
		address = "192.168.1.78";
		announcer.changed();
		pass(3_000);
		assert.deepEqual(sent(), [
			[120, "192.168.1.78", group],
			[120, "192.168.1.78", group],
		]);
		address = "192.168.1.79";
		socket().receive(query("PTR", service));
		pass(200);
		assert.deepEqual(sent(), [[120, "192.168.1.79", group]]);
		announcer.close();
	});

	test("no socket to be had: tried again; nothing is thrown", () => {
		const announcer = make();
		address = "192.168.1.77";
		UDP.fails = true;
		announcer.changed();
		pass(25_000);
		UDP.fails = false;
		pass(12_000);
		assert.equal(sent().length, 2);
		UDP.fails = true;
		socket().receive(query("PTR", service));
		socket().receive(query("PTR", service), "192.168.1.20", 40_000);
		pass(1_000);
		announcer.close();
		assert.equal(UDP.open.length, 0);
	});
});

describe("a board", () => {
	const words = {
		role: "lamp",
		broker: "192.168.1.10",
		topic: "light",
		ssid: "home",
		password: "secret!!",
		chip: "esp32",
		led: 13,
		pwm_hz: 4882,
	};
	const begin = (changes: object, run: () => void = main) => {
		for (const name of Object.keys(given)) delete given[name];
		Object.assign(given, words, changes);
		reset();
		UDP.open.length = UDP.sent.length = 0;
		UDP.fails = false;
		run();
		Radio.last.becomes(500);
		pass(5_000);
		return UDP.sent.splice(0).map(({ bytes }) => recordsOf(bytes)?.[3]?.[4]);
	};

	test("tells of role, id and topic, unless announce=0; another value is refused by name", () => {
		assert.deepEqual(begin({}), Array(2).fill(["role=lamp", "id=a1b2c3", "topic=light"]));
		assert.deepEqual(
			begin({ announce: "1", id: "attic", topic: "home/attic" }),
			Array(2).fill(["role=lamp", "id=attic", "topic=home/attic"]),
		);
		assert.deepEqual([begin({ announce: "0" }), UDP.open.length], [[], 0]);
		begin({ announce: "no" });
		assert.ok(events.includes("log stopped: config: announce=no must be 0 or 1"), events.join("; "));
	});

	test("a board that has stopped tells nothing", () => {
		assert.deepEqual(begin({ role: "dimmer", knob: 34, broken: true }), []);
		assert.ok(events.includes("log stopped: analog is broken"), events.join("; "));
	});

	test("says goodbye before it restarts into the setup page", () => {
		flash.clear();
		flash.set("setup", ["1", "new", "lamp", "home", "secret!!", "192.168.1.10", "", "light", "", ""].join("\n"));
		Object.assign(globalThis, { System: { restart: () => events.push(`restart ${UDP.sent.length}`) } });
		begin({ role: "", ssid: "", password: "", broker: "", setup_password: "on the sticker" }, setup);
		pass(3 * 60_000);
		assert.ok(events.includes("restart 1"), events.join("; "));
		const [last] = UDP.sent;
		assert.deepEqual(last && recordsOf(last.bytes), all(0, { ...told, id: "a1b2c3", topic: "light" }));
		flash.clear();
	});

	test("Wi-Fi lost: nothing is told; back: told anew", () => {
		begin({});
		Radio.last.becomes(200);
		assert.equal(UDP.open.length, 0);
		pass(3_000);
		Radio.last.becomes(500, "192.168.1.80");
		pass(3_000);
		assert.deepEqual(
			UDP.sent.map(({ bytes }) => recordsOf(bytes)?.[4]?.[4]),
			["192.168.1.80", "192.168.1.80"],
		);
	});
});
