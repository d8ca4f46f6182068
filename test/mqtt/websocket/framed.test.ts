// MQTT over WebSocket by frames of our own, over a socket that the test plays: what is read and what is written.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pattern, tracking } from "../../hosts/contract/probe.js";
import { buffersMade } from "../../world/buffers.js";
import { Random, seedOfRun } from "../../world/random.js";
import { frame, framesIn, open } from "./played.js";

const seed = seedOfRun();
const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 2 ** 20];
const [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10];
const utf8 = (text: string) => [...Buffer.from(text)];

describe("WebSocket of our own: reading", () => {
	it("takes frames of every length, and lengths that are longer than they need be", () => {
		const { inner, read, heard } = open();
		for (const length of lengths)
			for (const wide of [undefined, 2, 8] as const) {
				if (wide === 2 && length > 65_535) continue;
				inner.arrive(frame(BINARY, pattern(length), wide ? { wide } : {}));
				assert.deepEqual(read(), Buffer.from(pattern(length)), `${length} bytes`);
			}
		assert.ok(heard.every((line) => line.startsWith("readable")));
		assert.equal(inner.closed, 0);
	});

	it("takes every frame of up to 300 bytes cut at every byte", () => {
		const { inner, read } = open();
		for (let length = 0; length <= 300; length++) {
			const payload = pattern(length);
			const bytes = frame(BINARY, payload);
			for (let cut = 1; cut < bytes.length; cut++) {
				inner.arrive(bytes.subarray(0, cut));
				inner.arrive(bytes.subarray(cut));
				assert.deepEqual(read(), Buffer.from(payload), `${length} bytes, cut at ${cut}`);
			}
		}
	});

	it("takes every kind of head a byte at a time", () => {
		const { inner, read } = open();
		for (const [length, wide] of [[7], [300], [65_536], [7, 8], [7, 2], [0, 8]] as [number, (2 | 8)?][]) {
			const bytes = frame(BINARY, pattern(length), wide ? { wide } : {});
			const head = bytes.length - length;
			for (let at = 0; at < head; at++) inner.arrive(bytes.subarray(at, at + 1));
			inner.arrive(bytes.subarray(head));
			assert.deepEqual(read(), Buffer.from(pattern(length)));
		}
	});

	it("takes a message in every fragmentation, with control frames between any two fragments", () => {
		const message = pattern(7);
		for (let cuts = 0; cuts < 2 ** 6; cuts++)
			for (const between of [[], frame(PING, [1, 2]), Buffer.concat([frame(PONG), frame(PING, []), frame(PONG, pattern(125))])]) {
				const { inner, read } = open();
				const parts = [0, ...[1, 2, 3, 4, 5, 6].filter((at) => cuts & (1 << (at - 1))), 7];
				const frames = parts.slice(1).map((end, i) => {
					const final = end === 7;
					return frame(i === 0 ? BINARY : CONTINUATION, message.subarray(parts[i], end), { final });
				});
				inner.arrive(...frames.flatMap((one) => [one, between]), frame(BINARY, [9]));
				assert.deepEqual([...read()], [...message, 9]);
				const pongs = framesIn(inner.sent());
				assert.ok(pongs.every(({ opcode, final }) => opcode === PONG && final));
				assert.equal(pongs.length, between.length === 0 ? 0 : frames.length);
			}
	});

	it("takes empty fragments", () => {
		const { inner, read } = open();
		const part = (opcode: number, payload: number[], final: boolean) => frame(opcode, payload, { final });
		inner.arrive(part(BINARY, [], false), part(CONTINUATION, [], false), part(CONTINUATION, [1], false), part(CONTINUATION, [], true));
		assert.deepEqual([...read()], [1]);
	});

	it(`takes any frames in any cuts, seed ${seed}`, () => {
		const random = new Random(seed);
		for (let world = 0; world < 150; world++) {
			const { inner, read } = open();
			inner.room(random.between(150, 1_000));
			const wanted: Buffer[] = [];
			const frames: Buffer[] = [];
			const pings: string[] = [];
			let within = false;
			for (let count = random.between(1, 40); count > 0; count--) {
				if (random.chance(0.2)) {
					const ping = random.chance(0.5);
					const payload = random.bytes(random.between(0, 125));
					if (ping) pings.push(Buffer.from(payload).toString("hex"));
					frames.push(frame(ping ? PING : PONG, payload));
					continue;
				}
				const payload = Buffer.from(random.bytes(random.pick([0, 1, random.between(2, 400), random.between(400, 70_000)])));
				const final = random.chance(0.5);
				frames.push(frame(within ? CONTINUATION : BINARY, payload, { final }));
				within = !final;
				wanted.push(payload);
			}
			const bytes = Buffer.concat(frames);
			for (let at = 0; at < bytes.length; ) {
				const count = random.pick([1, 2, 3, random.between(1, 200), random.between(1, 20_000)]);
				inner.arrive(bytes.subarray(at, at + count));
				at += count;
				if (random.chance(0.1)) inner.room(inner.writable + random.pick([10, 100, 300]));
			}
			inner.room(inner.writable + 200);
			assert.deepEqual(read(), Buffer.concat(wanted), `world ${world} of seed ${seed}`);
			// an answer may be left out for that of a later ping, never the last one
			const pongs = framesIn(inner.sent()).map(({ payload }) => payload.toString("hex"));
			assert.equal(pongs.at(-1), pings.at(-1), `world ${world} of seed ${seed}`);
			let next = 0;
			for (const pong of pongs) assert.ok((next = pings.indexOf(pong, next) + 1) > 0, `a pong in order, world ${world} of seed ${seed}`);
			assert.equal(inner.unread, 0);
		}
	});

	it("leaves what nobody reads in the socket below, and tells the rest from the event loop", () => {
		const { inner, heard, socket, time } = open({ reads: false });
		inner.arrive(frame(BINARY, pattern(5)), frame(BINARY, pattern(3)), frame(PING, [7]));
		assert.deepEqual(heard, ["readable 5"]);
		inner.arrive(frame(BINARY, pattern(2)));
		assert.deepEqual(heard, ["readable 5"], "nothing new to tell");
		const into = tracking(3);
		assert.equal(socket.read(into.view), 3);
		assert.deepEqual([...into.view], [...pattern(3)]);
		assert.throws(() => socket.read(new Uint8Array(3)), /3 bytes to read, 2 received/);
		assert.equal(time.set, undefined);
		socket.read(new Uint8Array(2));
		assert.equal(time.set, 0);
		time.ring();
		assert.deepEqual(heard, ["readable 5", "readable 3"]);
		assert.equal(inner.sent().length, 0, "the ping stands behind what was not read");
		socket.read(new Uint8Array(3));
		time.ring();
		assert.deepEqual(heard, ["readable 5", "readable 3", "readable 2"]);
		assert.equal(framesIn(inner.sent()).length, 1);
	});

	it("tells of more of a frame as it comes", () => {
		const { inner, heard, socket } = open({ reads: false });
		const bytes = frame(BINARY, pattern(300));
		for (const [from, to] of [
			[0, 10],
			[10, 200],
		])
			inner.arrive(bytes.subarray(from, to));
		assert.deepEqual(heard, ["readable 6", "readable 196"]);
		socket.read(new Uint8Array(100));
		inner.arrive(bytes.subarray(200));
		assert.equal(heard[2], "readable 200");
	});

	it("goes on after a reader that throws", () => {
		let fails = true;
		const got: number[] = [];
		const { inner, time } = open({
			onReadable(this: { read(into: Uint8Array): void }, count: number) {
				const into = new Uint8Array(count);
				this.read(into);
				if (fails) throw new Error("reader");
				got.push(...into);
			},
		});
		assert.throws(() => inner.arrive(frame(BINARY, [1]), frame(BINARY, [2])), /reader/);
		fails = false;
		time.ring();
		assert.deepEqual(got, [2]);
	});

	it("takes no memory for a message, however long", () => {
		const into = tracking(0);
		const { inner, socket } = open({
			onReadable(count: number) {
				into.resize(count);
				socket.read(into.view);
			},
		});
		inner.put(...Array.from({ length: 200 }, () => frame(BINARY, pattern(1_000))), frame(BINARY, pattern(60_000)));
		assert.deepEqual(
			buffersMade(() => inner.options.onReadable(inner.unread)),
			[],
		);
		assert.equal(inner.unread, 0);
	});
});

describe("WebSocket of our own: writing", () => {
	it("sends what is written as masked binary frames, each with another mask", () => {
		const { inner, socket } = open();
		inner.room(2 ** 22);
		for (const length of lengths) {
			socket.write(pattern(length));
			const frames = framesIn(inner.sent());
			assert.equal(frames.length, Math.ceil(length / 512));
			assert.ok(frames.every(({ opcode, final }) => opcode === BINARY && final));
			assert.deepEqual(Buffer.concat(frames.map(({ payload }) => payload)), Buffer.from(pattern(length)));
			if (frames.length > 100) assert.ok(new Set(frames.map(({ mask }) => mask)).size > frames.length * 0.9);
		}
	});

	it("sends every length up to two frames, from every kind of byte buffer", () => {
		const { inner, socket } = open({ frame: 600 });
		const written = (bytes: Uint8Array) => {
			socket.write(bytes);
			return Buffer.concat(framesIn(inner.sent()).map(({ payload }) => payload));
		};
		for (let length = 1; length <= 1_300; length++) assert.deepEqual(written(pattern(length)), Buffer.from(pattern(length)));
		const shared = new SharedArrayBuffer(3);
		const wide = Uint8Array.of(9, 1, 2, 253, 9);
		const resizable = tracking(3);
		for (const bytes of [new Uint8Array(shared), resizable.view]) bytes.set([1, 2, 253]);
		const kinds = [shared, resizable.view, new DataView(wide.buffer, 1, 3), new Int8Array([1, 2, -3]), wide.subarray(1, 4)];
		for (const kind of kinds) assert.deepEqual([...written(kind as Uint8Array)], [1, 2, 253]);
	});

	it(`promises no more than the socket below takes, and fills it in any pieces, seed ${seed}`, () => {
		const random = new Random(seed);
		for (let world = 0; world < 400; world++) {
			const { inner, socket, heard } = open({ frame: random.pick([512, 600, 4_096]) });
			const given = random.between(0, random.pick([300, 3_000, 70_000]));
			heard.length = 0;
			inner.room(given);
			let room = Number(heard[0]?.split(" ")[1] ?? 0);
			let sent = 0;
			while (room > 0) {
				const count = random.pick([1, room, random.between(1, room)]);
				room = socket.write(pattern(count, sent));
				sent += count;
				if (random.chance(0.1)) inner.arrive(frame(PING, random.bytes(random.between(0, 125))));
			}
			const payload = framesIn(inner.sent()).flatMap((one) => (one.opcode === BINARY ? [one.payload] : []));
			assert.deepEqual(Buffer.concat(payload), Buffer.from(pattern(sent)), `world ${world} of seed ${seed}`);
			if (given > 2_000) assert.ok(sent > given * 0.02, `${sent} of ${given}`);
		}
	});

	it("throws above what is writable, and sends nothing then", () => {
		const { inner, socket, heard } = open();
		inner.room(1_000);
		const room = Number(heard[0].split(" ")[1]);
		assert.throws(() => socket.write(new Uint8Array(room + 1)), RangeError);
		assert.equal(inner.sent().length, 0);
		assert.ok(socket.write(new Uint8Array(room)) >= 0);
	});

	it("takes no memory for a message", () => {
		const { inner, socket } = open();
		inner.write = () => 1_000_000;
		const bytes = pattern(400);
		assert.deepEqual(
			buffersMade(() => {
				for (let i = 0; i < 100; i++) socket.write(bytes);
			}),
			[],
		);
	});

	it("answers each ping at once, with its bytes", () => {
		const { inner } = open();
		for (const length of [0, 1, 124, 125]) {
			inner.arrive(frame(PING, pattern(length)));
			assert.deepEqual(
				framesIn(inner.sent()).map(({ opcode, payload }) => [opcode, ...payload]),
				[[PONG, ...pattern(length)]],
			);
		}
	});

	it("owes the last ping's answer while there is no room, and gives it before anything else", () => {
		const { inner, socket, heard } = open();
		heard.length = 0;
		inner.room(1_000);
		let room = Number(heard[0].split(" ")[1]);
		while (room > 0) room = socket.write(new Uint8Array(1));
		inner.sent();
		for (const byte of [1, 2, 3]) inner.arrive(frame(PING, new Uint8Array(125).fill(byte)));
		const early = framesIn(inner.sent()).length;
		assert.ok(early <= 1, "what is kept free is enough for one");
		heard.length = 0;
		inner.room(140);
		assert.deepEqual(heard, [], "a pong took it all");
		assert.deepEqual([...new Set(framesIn(inner.sent()).flatMap(({ payload }) => [...payload]))], [3]);
		inner.room(1_000);
		assert.equal(inner.sent().length, 0, "once");
	});
});

describe("WebSocket of our own: the end", () => {
	const faults: [string, Buffer, number, RegExp][] = [
		["a frame of text", frame(TEXT, utf8("x")), 1003, /not binary \[MQTT-6.0.0-1\]/],
		["an empty frame of text", frame(TEXT), 1003, /not binary/],
		["a masked frame", frame(BINARY, [1], { mask: Uint8Array.of(1, 2, 3, 4) }), 1002, /masked/],
		["a masked ping", frame(PING, [], { mask: new Uint8Array(4) }), 1002, /masked/],
		...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
			(opcode) => [`opcode ${opcode}`, frame(opcode, [1]), 1002, /reserved/] as [string, Buffer, number, RegExp],
		),
		...[1, 2, 4, 7].map(
			(reserved) =>
				[`reserved bits ${reserved}`, frame(BINARY, [1], { reserved }), 1002, /reserved bits/] as [string, Buffer, number, RegExp],
		),
		["a ping of 126 bytes", frame(PING, pattern(126)), 1002, /more than 125/],
		["a close frame of 126 bytes", frame(CLOSE, [3, 232, ...pattern(124)]), 1002, /more than 125/],
		["a ping in fragments", frame(PING, [1], { final: false }), 1002, /fragmented/],
		["a continuation of nothing", frame(CONTINUATION, [1]), 1002, /not begun/],
		["a message within another", Buffer.concat([frame(BINARY, [1], { final: false }), frame(BINARY, [2])]), 1002, /within another/],
		["a text within another", Buffer.concat([frame(BINARY, [1], { final: false }), frame(TEXT, [65])]), 1002, /within another/],
		["a length with its highest bit", Buffer.from([0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 1]), 1002, /highest bit/],
		["a length beyond numbers", Buffer.from([0x82, 127, 0, 0x20, 0, 0, 0, 0, 0, 0]), 1009, /more bytes/],
		["a close frame of one byte", frame(CLOSE, [3]), 1002, /one byte/],
		...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map(
			(code) => [`close code ${code}`, frame(CLOSE, [code >> 8, code & 255]), 1002, /must not be sent/] as [string, Buffer, number, RegExp],
		),
		...[[0x80], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff], [0x61, 0xe2, 0x82]].map(
			(bytes) =>
				[`a reason of ${Buffer.from(bytes).toString("hex")}`, frame(CLOSE, [3, 232, ...bytes]), 1007, /UTF-8/] as [
					string,
					Buffer,
					number,
					RegExp,
				],
		),
	];
	for (const [what, bytes, code, why] of faults)
		it(`closes upon ${what} with ${code}, once what came before it is read`, () => {
			for (const split of [bytes.length, 1]) {
				const { inner, heard, socket, time, read } = open();
				inner.arrive(frame(BINARY, pattern(3)));
				for (let at = 0; at < bytes.length; at += split) inner.arrive(bytes.subarray(at, at + split));
				assert.deepEqual([...read().subarray(0, 3)], [...pattern(3)]);
				const [, ...told] = heard.filter((line) => !line.startsWith("readable 1"));
				assert.match(told.join(), why);
				assert.deepEqual([told.length, told[0].slice(0, 6)], [1, "error "]);
				const sent = framesIn(inner.sent());
				assert.deepEqual(
					sent.map(({ opcode, payload }) => [opcode, payload.readUInt16BE()]),
					[[CLOSE, code]],
				);
				assert.deepEqual([inner.closed, time.closed], [1, true]);
				assert.equal(socket.write(pattern(9)), 0, "no throw because the connection has ended");
				socket.close();
				assert.throws(() => socket.write(pattern(1)), /after close/);
				assert.throws(() => socket.read(new Uint8Array(1)), /after close/);
				assert.equal(inner.sent().length, 0);
			}
		});

	it("answers the server's close with its code, and tells code and reason without control characters", () => {
		const cases: [number[], string, number[]][] = [
			[[], "1005", []],
			[[3, 232], "1000", [3, 232]],
			[[3, 233, ...utf8("going")], "1001 going", [3, 233]],
			[[15, 161, ...utf8("ä\u0000\n€")], "4001 ä  €", [15, 161]],
			[[3, 246], "1014", [3, 246]],
			[[11, 184, ...new Uint8Array(123).fill(0x61)], `3000 ${"a".repeat(123)}`, [11, 184]],
		];
		for (const [payload, told, answer] of cases) {
			const { inner, heard } = open();
			inner.arrive(frame(CLOSE, payload), frame(BINARY, [1]));
			assert.deepEqual(heard, [`error the WebSocket was closed with ${told}`]);
			assert.deepEqual(
				framesIn(inner.sent()).map(({ opcode, payload }) => [opcode, ...payload]),
				[[CLOSE, ...answer]],
			);
			assert.equal(inner.closed, 1);
		}
	});

	it("ends without a close frame where there is no room for one", () => {
		const { inner, heard, socket } = open();
		inner.room(9);
		inner.arrive(frame(TEXT));
		assert.match(heard.at(-1) ?? "", /^error/);
		assert.equal(inner.sent().length, 0);
		socket.close();
	});

	it("says goodbye when it is closed, behind what was written, and is silent then", () => {
		const { inner, heard, socket, time } = open();
		socket.write(Uint8Array.of(0xe0, 0));
		socket.close();
		socket.close();
		assert.deepEqual(
			framesIn(inner.sent()).map(({ opcode, payload }) => [opcode, ...payload]),
			[
				[BINARY, 0xe0, 0],
				[CLOSE, 3, 232],
			],
		);
		assert.deepEqual([inner.closed, time.closed, heard], [1, true, []]);
	});

	it("may be closed in each callback", () => {
		for (const kind of ["onReadable", "onWritable", "onError"]) {
			const heard: string[] = [];
			const closing = () => {
				heard.push(kind);
				socket.close();
			};
			const { inner, socket } = open({
				...Object.fromEntries(["onReadable", "onError"].map((name) => [name, () => heard.push(name)])),
				...(kind === "onWritable" ? {} : { [kind]: closing }),
			});
			if (kind === "onWritable") socket.close();
			else inner.arrive(frame(kind === "onError" ? TEXT : BINARY, [1]), frame(BINARY, [1]));
			assert.ok(heard.length <= 1, `${heard}`);
			assert.equal(inner.closed, 1);
		}
	});

	it("tells of a connection that has broken", () => {
		const { inner, heard } = open();
		inner.arrive(frame(BINARY, [1]), [0x82]);
		assert.equal(inner.unread, 0, "half a head does not keep the end back");
		inner.end();
		assert.deepEqual(heard, ["readable 1", "error the WebSocket was closed with 1006"]);
		const other = open();
		other.inner.end(new Error("ECONNRESET"));
		assert.deepEqual(other.heard, ["error ECONNRESET"]);
	});
});
