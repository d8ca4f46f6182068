// Who is asked for in this network, and what answers mean: bytes alone. Good answers are composed by somebody else's code, hostile ones by hand.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isName, labelOf, nameOf, Reader, readName } from "../../hosts/xs/dns.js";
import { Survey, services_max } from "../../hosts/xs/dns-sd.js";
import { Random, seedOfRun } from "../world/random.js";
import { type Answer, decoded, encoded } from "./dns-packet.js";

const type = "_mqtt._tcp.local";

function records(name: string, target: string, address: string, texts: string[] = [], port = 1883): Answer[] {
	return [
		{ type: "PTR", name: type, data: `${name}.${type}`, ttl: 10 },
		{ type: "SRV", name: `${name}.${type}`, data: { target, port }, ttl: 10 },
		{ type: "TXT", name: `${name}.${type}`, data: texts, ttl: 10 },
		{ type: "A", name: target, data: address, ttl: 10 },
	];
}
const answer = (answers: Answer[], additionals: Answer[] = []) => encoded({ type: "response", answers, additionals });
function told(...packets: Uint8Array[]) {
	const survey = new Survey("_mqtt");
	for (const packet of packets) survey.take(packet);
	return survey;
}
const asked = (survey: Survey) => decoded(survey.question()).questions?.map((question) => `${question.type} ${question.name}`);
const bytes = (...parts: (number | string | Uint8Array)[]) =>
	Uint8Array.from(
		parts.flatMap((part) => (typeof part === "number" ? [part] : typeof part === "string" ? [...Buffer.from(part)] : [...part])),
	);
/** A response with so many answers, which follow. */
const response = (answers: number, ...parts: Parameters<typeof bytes>) => bytes(0, 0, 0x84, 0, 0, 0, 0, answers, 0, 0, 0, 0, ...parts);
const plain = ({ services }: Survey) => services.map(({ name, address, port, topic, path }) => ({ name, address, port, topic, path }));
const box = { name: "box", address: "192.0.2.7", port: 1883, topic: undefined, path: undefined };

describe("the question", () => {
	test("is one that others understand, from nobody in particular, for the type", () => {
		const { type: kind, id, flags, questions } = decoded(new Survey("_mqtt-ws").question());
		assert.deepEqual([kind, id, flags], ["query", 0, 0]);
		assert.deepEqual(questions, [{ name: "_mqtt-ws._tcp.local", type: "PTR", class: "IN" }]);
	});

	test("asks again for what is lacking, and no more than fits", () => {
		const [ptr, srv, txt, a] = records("Box", "box.local", "192.0.2.7") as [Answer & object, Answer, Answer, Answer];
		const survey = told(answer([ptr]));
		assert.ok(survey.lacks);
		assert.deepEqual(asked(survey), [`PTR ${type}`, `SRV Box.${type}`, `TXT Box.${type}`]);
		survey.take(answer([srv]));
		assert.deepEqual(asked(survey), [`PTR ${type}`, "A box.local", `TXT Box.${type}`]);
		assert.deepEqual(survey.services, []);
		survey.take(answer([a, txt]));
		assert.ok(!survey.lacks);
		assert.deepEqual(asked(survey), [`PTR ${type}`]);
		assert.deepEqual(plain(survey), [{ ...box, name: "Box" }]);

		const long = told(...Array.from({ length: 8 }, (_, i) => answer(records(String(i).repeat(63), "box.local", "192.0.2.7").slice(0, 1))));
		const question = long.question();
		assert.ok(question.length <= 512);
		assert.ok((decoded(question).questions?.length ?? 0) > 3);
	});
});

describe("the answer", () => {
	test("host, port and texts; in any order of records, split over packets, compressed, in either case", () => {
		const all = records("Lampwire on bö.x", "box.local", "192.0.2.7", ["TOPIC=home/light", "path=/elsewhere", "topic=second"], 8884);
		const escaped = [...all].reverse();
		const expected = { name: "Lampwire on bö.x", address: "192.0.2.7", port: 8884, topic: "home/light", path: "/elsewhere" };
		// dns-packet takes a dot for the end of a label
		const undotted = (records: Answer[]) => JSON.parse(JSON.stringify(records).replaceAll("bö.x", "bö_x")) as Answer[];
		for (const packets of [
			[answer(undotted(all))],
			[answer(undotted(escaped))],
			[answer(undotted(all).slice(0, 1), undotted(all).slice(1))],
			undotted(all).map((record) => answer([record])),
		])
			assert.deepEqual(plain(told(...packets)), [{ ...expected, name: "Lampwire on bö_x" }]);

		const label = (text: string) => bytes(Buffer.byteLength(text), text);
		const head = (kind: number, length: number) => bytes(0, kind, 0x80, 1, 0, 0, 0, 120, 0, length);
		// names by pointers, as responders write them: the type at 12, the instance behind it, the host in SRV
		const instance = bytes(label("bö.x"), 0xc0, 12);
		const typed = bytes(label("_MQTT"), label("_tcp"), label("Local"), 0);
		const ptrData = 12 + typed.length + 10;
		const host = bytes(label("box"), 0xc0, 12 + 6 + 5);
		const srv = bytes(0xc0, ptrData, head(33, 6 + host.length), 0, 0, 0, 0, 7, 91, host);
		const srvHost = ptrData + instance.length + 2 + 10 + 6;
		const compressed = response(3, typed, head(12, instance.length), instance, srv, 0xc0, srvHost, head(1, 4), 192, 0, 2, 7);
		assert.deepEqual(plain(told(compressed)), [{ ...box, name: "bö.x", port: 1883 }]);
	});

	test("several, in the order of their answers; one that says goodbye is none", () => {
		const one = records("one", "one.local", "192.0.2.1");
		const two = records("two", "two.local", "192.0.2.2", ["topic=light"]);
		const survey = told(answer(two), answer(one), answer(two));
		assert.deepEqual(
			survey.services.map(({ name }) => name),
			["two", "one"],
		);
		survey.take(answer([{ ...two[0], ttl: 0 } as Answer]));
		assert.deepEqual(
			survey.services.map(({ name }) => name),
			["one"],
		);
	});

	test("no service: another type, a question, port 0, an address that is none, an error, another opcode; the loopback only where there is nothing else", () => {
		const all = records("box", "box.local", "192.0.2.7");
		const good = answer(all);
		const marked = (at: number, bits: number) => good.map((byte, i) => (i === at ? byte ^ bits : byte));
		for (const packet of [
			answer(JSON.parse(JSON.stringify(all).replaceAll("_mqtt.", "_http."))),
			marked(2, 0x80),
			marked(2, 0x08),
			marked(3, 0x03),
			answer(records("box", "box.local", "192.0.2.7", [], 0)),
			answer(records("box", "box.local", "0.0.0.0")),
			answer(records("box", "box.local", "224.0.0.251")),
			answer(records("box", "box.local", "255.255.255.255")),
			answer(all.slice(1)),
			answer([...all.slice(0, 3), { type: "A", name: "other.local", data: "192.0.2.9" }]),
			answer([...all.slice(0, 3), { type: "AAAA", name: "box.local", data: "2001:db8::7" }]),
		])
			assert.deepEqual(told(packet).services, []);
		const loopback: Answer = { type: "A", name: "box.local", data: "127.0.0.1" };
		for (const [addresses, chosen] of [
			[[loopback], "127.0.0.1"],
			[[loopback, all[3] as Answer], "192.0.2.7"],
			[[all[3] as Answer, loopback], "192.0.2.7"],
		] as const)
			assert.equal(told(answer([...all.slice(0, 3), ...addresses])).services[0]?.address, chosen);
	});
});

describe("hostile answers", () => {
	const label = bytes(5, "_mqtt", 4, "_tcp", 5, "local", 0);
	const ptr = (...data: Parameters<typeof bytes>) => response(1, label, 0, 12, 0, 1, 0, 0, 0, 9, 0, bytes(...data).length, ...data);

	test("pointers in a circle, to themselves, forwards, into the head, or cut: no name", () => {
		const at = 12 + label.length + 10;
		for (const data of [
			[0xc0, at],
			[1, "a", 0xc0, at],
			[0xc0, at + 2, 1, "a", 0],
			[0xc0, 0],
			[0xc0, 11],
			[0xff, 0xff],
			[0xc0],
			[0x40, 0],
			[0x80, 1],
			[63, "short"],
			[],
			[0],
		])
			assert.equal(told(ptr(...data)).lacks, false, String(data));
		assert.equal(told(ptr(1, "a", 0xc0, 12)).lacks, true, "as it should be");
		// two that point to each other: the second may, the first may not
		const circle = bytes(0, 0, 0x84, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xc0, 14, 0xc0, 12);
		assert.equal(readName(circle, 12), undefined);
		assert.equal(readName(circle, 14), undefined);
		assert.equal(isName(circle, 14, label), false);
	});

	test("a name longer than names are, and a chain of pointers: given up", () => {
		const chain = new Uint8Array(1_400);
		for (let at = 14; at < chain.length; at += 2) chain.set([0xc0 | ((at - 2) >> 8), (at - 2) & 0xff], at);
		assert.equal(readName(chain, 400), undefined);
		assert.deepEqual(readName(chain, 20), bytes(0), "a short one leads to the root");
		const labels = new Uint8Array(600);
		for (let at = 12; at + 10 < labels.length; at += 10) labels[at] = 9;
		assert.equal(readName(labels, 12), undefined);
		assert.equal(isName(labels, 12, label), false);
		assert.throws(() => nameOf(...Array(5).fill("x".repeat(63))), RangeError);
		for (const label of ["", "x".repeat(64), "a\0b", "\ud800"]) assert.throws(() => nameOf(label), RangeError);
		for (const [text, length] of [
			["ü".repeat(40), 31],
			["💡".repeat(40), 30],
			["x".repeat(63), 63],
		] as const)
			assert.equal(labelOf(text), text.slice(0, length), "cut at the end of a character");
	});

	test("an instance without a name, or of another type, or that is no UTF-8", () => {
		for (const data of [
			[0, 0xc0, 12],
			[0xc0, 12],
			[1, "a", 4, "_tcp", 5, "local", 0],
			[1, "a", 1, "b", 0xc0, 12],
			[1, 0xff, 0xc0, 12],
			[1, 0, 0xc0, 12],
		])
			assert.equal(told(ptr(...data)).lacks, false, String(data));
	});

	test("lengths and counts beyond the packet; every beginning of a packet, and every byte of it made another", () => {
		const good = answer(records("box", "box.local", "192.0.2.7", ["topic=light", "path=/mqtt"]));
		assert.equal(told(good).services.length, 1);
		for (let length = 0; length < good.length; length++) assert.deepEqual(told(good.slice(0, length)).services, [], `cut at ${length}`);
		for (let at = 0; at < good.length; at++)
			for (const value of [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff]) {
				const survey = told(good.with(at, value));
				decoded(survey.question());
				assert.ok(survey.services.length <= 1);
			}
		const many = good.slice();
		many.set([0xff, 0xff], 6);
		assert.equal(told(many).services.length, 1, "what is there counts");
	});

	test("a text record of strings that end nowhere, of none, and of one that is too long for its record", () => {
		const text = (...data: Parameters<typeof bytes>) => {
			const survey = told(ptr(3, "box", 0xc0, 12));
			survey.take(
				response(
					1,
					3,
					"box",
					label,
					0,
					16,
					0,
					1,
					0,
					0,
					0,
					9,
					0,
					bytes(...data).length,
					...data,
					"topic=beyond the record, which ends before this",
				),
			);
			survey.take(answer(records("box", "box.local", "192.0.2.7", ["topic=late"])));
			return survey.services[0]?.topic;
		};
		assert.equal(text(7, "topic=a"), "a");
		assert.equal(text(6, "topic="), "");
		for (const data of [[], [0], [0, 0, 0], [5, "topic"], [50, "topic=light"], [8, "topic=", 0xc3, 0x28]])
			assert.equal(text(...data), undefined, String(data));
	});

	test("ten thousand services: eight are kept", () => {
		const survey = new Survey("_mqtt");
		for (let i = 0; i < 10_000; i++) survey.take(answer(records(`box${i}`, `box${i}.local`, "192.0.2.7")));
		assert.equal(survey.services.length, services_max);
		assert.ok(survey.question().length <= 512);
	});

	const seed = seedOfRun();
	test(`30,000 mutated answers: nothing is thrown, what is kept is bounded (SEED=${seed})`, () => {
		const random = new Random(seed);
		const corpus = [
			answer(records("box", "box.local", "192.0.2.7", ["topic=light"])),
			answer(records("a", "b.local", "192.0.2.8").reverse()),
			new Survey("_mqtt").question(),
			ptr(1, "a", 0xc0, 12),
		];
		const survey = new Survey("_mqtt");
		for (let run = 0; run < 30_000; run++) {
			const packet = random.chance(0.1) ? random.bytes(random.between(0, 80)) : random.pick(corpus).slice();
			for (let changes = random.between(0, 5); changes > 0 && packet.length > 0; changes--)
				packet[random.between(0, packet.length - 1)] = random.pick([0, 1, 12, 16, 33, 0x3f, 0xc0, 0xff, random.between(0, 255)]);
			const cut = random.chance(0.2) ? packet.slice(0, random.between(0, packet.length)) : packet;
			for (const one of [survey, new Survey("_mqtt")]) {
				one.take(cut);
				assert.ok(one.services.length <= services_max);
				for (const { port, address, name } of one.services) {
					assert.ok(port >= 1 && port <= 65_535 && /^\d+\.\d+\.\d+\.\d+$/.test(address));
					assert.ok(Buffer.byteLength(name) >= 1 && Buffer.byteLength(name) <= 63);
				}
				assert.ok(one.question().length <= 512);
			}
			const reader = new Reader(cut);
			if (reader.begin(cut)) while (reader.record()) assert.ok(reader.end <= cut.length && reader.ttl < 2 ** 32);
		}
	});
});
