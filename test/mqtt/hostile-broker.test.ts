// A broker that means harm, for a virtual hour: the link stays alive, tries again within its law, and takes no memory for it. Figures are printed.
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as limits from "../../src/limits.js";
import { Link } from "../../src/mqtt/link/link.js";
import { makeRandom } from "../light/world.js";
import { VirtualNetwork, type VirtualSocket } from "../world/virtual.js";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;
const hour_ms = 3_600_000;
/** An hour that leaves nothing behind is measured to within this: the test's own lists of sockets and writes are in it. */
const flat_bytes = 3_000_000;
const accepted = [0x20, 2, 0, 0];
/** A PUBLISH at QoS 0 to `light`. */
const level = (text: string) => [0x30, 7 + text.length, 0, 5, ...Buffer.from("light"), ...Buffer.from(text)];

/** CONNACK, and the SUBACK that the link waits for. */
function welcome(socket: VirtualSocket): void {
	socket.deliver(accepted);
	const sent = socket.take();
	const at = sent.indexOf(0x82); // SUBSCRIBE
	socket.deliver([0x90, 3, sent[at + 2] as number, sent[at + 3] as number, 0]);
}

interface Life {
	link: Link;
	network: VirtualNetwork;
	heard: number;
	ups: number;
	ends: Map<string, number>;
}

/** Lives an hour with a broker that does `act` to each connection, from CONNECT on. */
function live(
	t: TestContext,
	act: (socket: VirtualSocket, life: Life) => void,
	each?: (socket: VirtualSocket) => void,
): Life & { tries: number } {
	const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
	const network = new VirtualNetwork();
	const { time } = network;
	const life: Life = { link: undefined as unknown as Link, network, heard: 0, ups: 0, ends: new Map() };
	life.link = new Link({
		...network.provider,
		host: "broker",
		id: "x",
		random: makeRandom(seed),
		onUp: () => void (life.ups += 1),
		onDown: (reason) => void life.ends.set(reason, (life.ends.get(reason) ?? 0) + 1),
	});
	life.link.subscribe("light", 0, () => void (life.heard += 1));
	gc();
	const before = process.memoryUsage().heapUsed;
	const end = time.now() + hour_ms;
	let tries = 0;
	while (time.now() < end) {
		time.pass(0);
		if (network.sockets.length > 0) {
			// a socket that has ended is nobody's any more
			const [socket] = network.sockets.splice(0);
			tries += 1;
			(socket as VirtualSocket).room();
			act(socket as VirtualSocket, life);
			current = socket;
		}
		time.pass(Math.max(1, Math.min(time.next(), time.now() + (each ? 1_000 : hour_ms)) - time.now()));
		if (current !== undefined && !current.closed) each?.(current);
		current?.take();
		current?.writes.splice(0, current.writes.length);
		if (current) current.taken = 0;
	}
	gc();
	const grown = process.memoryUsage().heapUsed - before;
	t.diagnostic(
		`SEED=${seed}: ${tries} connections in an hour, ${life.ups} times up, ${life.heard} messages heard, ${grown} bytes more on the heap`,
	);
	for (const [reason, times] of life.ends) t.diagnostic(`${times} × ${reason}`);
	assert.ok(grown < flat_bytes, `${grown} bytes`);
	life.link.close();
	current = undefined;
	return { ...life, tries };
}
let current: VirtualSocket | undefined;

/** With full jitter, ceilings of 1 s to a minute: half a minute on average at the end. Three times as many tries would be a storm. */
const most_tries = (3 * hour_ms) / (limits.backoff_max_ms / 2);

describe("a hostile broker", () => {
	test("a remaining length that has no end: the connection ends with the reason, and the next try comes later and later", (t) => {
		const { tries, ends, ups } = live(t, (socket) => socket.deliver([...accepted, 0x30, 0xff, 0xff, 0xff, 0xff, 0xff]));
		assert.equal(ups, 0);
		assert.deepEqual([...ends.keys()], ["peer: the remaining length has more than four bytes [§2.2.3]"]);
		assert.ok(tries > 30 && tries < most_tries, `${tries}`);
	});

	test("a CONNACK whose last byte never comes: given up in time", (t) => {
		const { tries, ends } = live(t, (socket) => socket.deliver([0x20, 2, 0]));
		assert.deepEqual([...ends.keys()], ["transport: no CONNACK in time"]);
		assert.ok(tries > 20 && tries < most_tries, `${tries}`);
	});

	test("a message of 268,435,455 bytes that drips, a byte a second: it takes no memory, and the link can still speak", (t) => {
		let spoke = false;
		const { tries, ups } = live(
			t,
			(socket, { link }) => {
				welcome(socket);
				socket.deliver([0x30, 0xff, 0xff, 0xff, 0x7f, 0, 5, ...Buffer.from("light")]);
				spoke = link.publish("light", Uint8Array.of(0x31));
			},
			(socket) => socket.deliver([0x39]),
		);
		assert.equal(tries, 1, "bytes that come are a sign of life");
		assert.equal(ups, 1);
		assert.ok(spoke);
	});

	test("100,000 retained messages at once, of topics that were not asked for, too: all taken, none kept", (t) => {
		const { tries, heard, link } = live(
			t,
			(socket) => {
				welcome(socket);
				for (let i = 0; i < 100_000; i++) {
					const name = [...Buffer.from(`n${i % 1_000}`)];
					socket.deliver(i % 2 ? [0x31, 3 + name.length, 0, name.length, ...name, 0x31] : level(String(i % 255)).with(0, 0x31));
				}
			},
			(socket) => void (socket.take().includes(0xc0) && socket.deliver([0xd0, 0])),
		);
		assert.equal(tries, 1);
		assert.equal(heard, 50_000);
		assert.equal(link.kept, 0);
	});

	test("a SUBACK that is wrong, of another id, of too many codes, of a code that there is not: no storm, no crash", (t) => {
		const wrong = [
			[0x90, 3, 0, 9, 0],
			[0x90, 4, 0, 1, 0, 0],
			[0x90, 2, 0, 1],
			[0x90, 3, 0, 1, 0x7f],
			[0x90, 3, 0, 0, 0],
			[0x91, 3, 0, 1, 0],
		];
		let next = 0;
		const { tries, ends } = live(t, (socket) => socket.deliver([...accepted, ...(wrong[next++ % wrong.length] as number[])]));
		assert.ok(tries > 20 && tries < most_tries, `${tries}`);
		assert.ok(ends.size >= 3, `${[...ends.keys()]}`);
	});

	test("accepted, then kicked, again and again: left alone for longer and longer", (t) => {
		const { tries, ups } = live(t, (socket, { network }) => {
			welcome(socket);
			network.time.pass(500);
			socket.fail();
		});
		assert.equal(ups, tries);
		assert.ok(tries > 30 && tries < most_tries, `${tries}`);
	});
});
