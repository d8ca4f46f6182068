// The shortcuts against the general way: seeded scripts of a broker and an application, lived by a client with shortcuts and by one without.
import { test } from "node:test";
import { Random, seedOfRun } from "../world/random.js";
import { assertAlike, Twin } from "../world/twins.js";
import { publish } from "../world/virtual.js";

const seed = seedOfRun();
const runs = 300;
const topics = [
	"light",
	"home/desk/light/abcdef1",
	"home/desk/light/abcdef2",
	"a",
	"abcd",
	"x".repeat(28),
	"x".repeat(29),
	"y".repeat(100),
	"ü€💡/\x7fð",
];

interface Kind {
	name: string;
	/** How often a listener throws. */
	throwing?: number;
	/** How often the application is slow. */
	slow?: number;
	/** How often the broker sends what it must not. */
	malformed?: number;
}

const kinds: Kind[] = [
	{ name: "well-behaved" },
	{ name: "listeners that throw", throwing: 0.1 },
	{ name: "malformed acknowledgements", malformed: 0.1 },
	{ name: "a slow application", slow: 0.3 },
];

/** One packet of a broker. */
function packet(script: Random, ids: readonly number[], { malformed = 0 }: Kind): number[] {
	const known = ids.length > 0 && script.chance(0.7);
	const id = known ? ids[script.chance(0.6) ? ids.length - 1 : script.between(0, ids.length - 1)] : script.between(1, 4);
	const answer = (first: number, length = 2) => [first, length, id >> 8, id & 255];
	if (script.chance(malformed)) return answer(script.pick([0x90, 0xb0, 0x50, 0x60, 0x40, 0x42, 0x70]), script.pick([0, 2]));
	const what = script.between(0, 9);
	if (what === 0) return answer(0x40);
	if (what === 1) return answer(0x50);
	if (what === 2) return [0x62, 2, 0, script.between(1, 4)];
	if (what === 3) return answer(0x70);
	if (what === 4) return script.chance(0.5) ? [...answer(0x90, 3), 0] : answer(0xb0);
	if (what === 5) return [0xd0, 0];
	const topic = script.chance(0.7) ? topics[script.between(0, 2)] : script.pick(topics);
	const QoS = script.between(0, 2);
	const flags = script.chance(0.1) ? (QoS > 0 ? 9 : 1) : 0;
	return [
		...publish(topic, script.pick(["", "1", "12", "127", "z".repeat(script.between(0, 130))]), { QoS, id: script.between(1, 4), flags }),
	];
}

/** What happens next. */
function step(script: Random, ids: readonly number[], kind: Kind): (twin: Twin) => void {
	const what = script.between(0, 19);
	if (what < 12) {
		const bytes =
			what < 10 ? packet(script, ids, kind) : [...packet(script, ids, kind), ...packet(script, ids, kind), ...packet(script, ids, kind)];
		const cut = what < 10 ? bytes.length : script.between(0, bytes.length);
		return ({ network }) => {
			if (cut > 0) network.socket.deliver(bytes.slice(0, cut));
			if (cut < bytes.length) network.socket.deliver(bytes.slice(cut));
		};
	}
	if (what < 17) return (twin) => twin.act();
	if (what === 17) {
		const room = script.pick([0, 3, 4, 9, 12, 15, 17, 20, 24, 65_536]);
		return ({ network }) => network.socket.closed || network.socket.room(room);
	}
	if (what === 18) {
		const ms = script.pick([0, 0, 0, 1000, 5000]);
		return ({ network }) => network.time.pass(ms);
	}
	const fails = script.chance(0.3);
	return ({ network }) => fails && network.socket.fail();
}

function live(run: number, kind: Kind): void {
	const script = new Random(run);
	const limits = {
		receive: script.pick([1, 2, 3, 4, 5, 6, 8, 12, 16, 64, 512]),
		inflight: script.pick([1, 2, 3, 16]),
		received: script.pick([1, 2, 8]),
		pendingAcks: script.pick([1, 2, 8]),
		topics: script.pick([1, 2, 4]),
		topic: script.pick([4, 20, 128]),
		filters: script.pick([1, 16]),
	};
	const options = { limits, keepAlive: script.pick([0, 3000]) };
	const twins: readonly [Twin, Twin] = [new Twin(false, new Random(run + 1), options), new Twin(true, new Random(run + 1), options)];
	const each = (what: (twin: Twin) => void) => {
		for (const twin of twins) twin.live(what);
	};
	const where = `SEED=${run}`;
	each(({ network }) => network.accept(65_536, true));
	for (const twin of twins) twin.slow = kind.slow ?? 0;
	const throws = (throwing = 0) => {
		for (const twin of twins) twin.throwing = throwing;
	};
	throws(kind.throwing);
	for (let steps = script.between(5, 80); steps > 0; steps--) {
		each(step(script, twins[0].ids, kind));
		if (kind.throwing) {
			each(({ network }) => network.time.pass(0));
			assertAlike(twins, where, true);
			for (const twin of twins) twin.log.length = 0;
		}
		if (!twins.some((twin) => twin.ended)) continue;
		assertAlike(twins, where);
		const present = script.chance(0.7);
		throws();
		each(({ client, network }) => {
			client.reopen();
			network.accept(65_536, present);
		});
		throws(kind.throwing);
	}
	throws();
	for (let i = 0; i < 5; i++)
		each(({ client, network }) => {
			network.time.pass(0);
			if (!network.socket.closed) network.socket.room();
			while (client.read() !== undefined) network.time.pass(0);
		});
	assertAlike(twins, where);
}

for (const kind of kinds)
	test(`${runs} lives with shortcuts and without: ${kind.name} (SEED=${seed} and on)`, () => {
		for (let run = 0; run < runs; run++) live(seed + run * 2, kind);
	});
