// The socket while it is connected: what `read` and `write` promise; bytes in order, and all of them [MQTT-7.1.2-1].
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ByteBuffer } from "../../../src/host.js";
import type { HostPieces } from "../contract.js";
import { closeAfterEach, connect, fillUp, listen, pattern, probe, settle, tracking, until } from "./probe.js";

export function tcpContract(host: HostPieces): void {
	describe(`${host.name}: TCP`, () => {
		closeAfterEach();
		it("refuses bad options by name, before it takes anything", () => {
			const refuses = (more: Record<string, unknown>, name: RegExp) => {
				const options = { ...host.socket, address: "127.0.0.1", host: "127.0.0.1", port: 1, ...callbacks, ...more };
				assert.throws(() => new host.socket.io(options), name);
			};
			refuses({ port: 65_536 }, /port/);
			refuses({ port: 0 }, /port/);
			refuses({ address: "not an address" }, /address/);
			refuses({ onReadable: 1 }, /onReadable/);
			refuses({ onWritable: "x" }, /onWritable/);
			refuses({ onError: {} }, /onError/);
		});

		it("says connected by the first onWritable, and nothing can be written before", async () => {
			const listener = await listen(host);
			const { socket, events, count } = probe(host, listener.address, listener.port);
			assert.throws(() => socket.write(Uint8Array.of(1)));
			assert.equal(socket.write(new Uint8Array(0)), 0);
			await until(() => count("writable") === 1, "connected");
			assert.ok(events[0]?.kind === "writable" && events[0].count > 0);
		});

		it("delivers every kind of byte buffer, copied before write returns", async () => {
			const { probe: tcp, peer } = await connect(host);
			const bytes = Uint8Array.of(1, 2, 253);
			const shared = new SharedArrayBuffer(3);
			new Uint8Array(shared).set(bytes);
			const wide = Uint8Array.of(9, 1, 2, 253, 9);
			const resizable = tracking(3);
			resizable.view.set(bytes);
			const kinds: ByteBuffer[] = [
				bytes.slice(),
				bytes.slice().buffer,
				shared,
				new Int8Array(bytes),
				new DataView(wide.buffer, 1, 3),
				wide.subarray(1, 4),
				resizable.view,
			];
			for (const kind of kinds) tcp.socket.write(kind);
			for (const kind of kinds) new Uint8Array(kind instanceof Object && "buffer" in kind ? kind.buffer : kind).fill(0);
			resizable.resize(0);
			assert.deepEqual(
				[...(await peer.take(21))],
				kinds.flatMap(() => [1, 2, 253]),
			);
		});

		it("counts down what is writable, throws above it and loses nothing by that", async () => {
			const { probe: tcp, peer } = await connect(host);
			const first = tcp.events[0];
			assert.ok(first?.kind === "writable");
			assert.throws(() => tcp.socket.write(new Uint8Array(first.count + 1)));
			const left = tcp.socket.write(pattern(10));
			if (host.framed) assert.ok(left <= first.count - 10);
			else assert.equal(left, first.count - 10);
			assert.throws(() => tcp.socket.write(new Uint8Array(left + 1)));
			const none = tcp.socket.write(pattern(left, 10));
			if (!host.framed) assert.equal(none, 0);
			assert.throws(() => tcp.socket.write(new Uint8Array(none + 1)));
			assert.deepEqual(await peer.take(10 + left), pattern(10 + left));
		});

		it("is full while its peer reads nothing, and recovers by itself, every byte in order", async () => {
			const pair = await connect(host);
			const { probe: tcp, peer } = pair;
			const sent = await fillUp(pair);
			const reports = tcp.count("writable");
			peer.resume();
			assert.deepEqual(await peer.take(sent), pattern(sent));
			await until(() => tcp.count("writable") > reports, "writable again");
		});

		it("reports what arrived in all, reads exactly what is asked and throws above it", async () => {
			const { probe: tcp, peer } = await connect(host);
			const reported = () => Math.max(0, ...tcp.events.map((event) => (event.kind === "readable" ? event.count : 0)));
			peer.send(pattern(5));
			await until(() => reported() === 5, "5 readable");
			assert.throws(() => tcp.socket.read(new Uint8Array(6)));
			const two = new Uint8Array(2);
			assert.equal(tcp.socket.read(two), 2);
			assert.deepEqual(two, pattern(2));
			peer.send(pattern(4, 5));
			if (host.framed) {
				await settle();
				const rest = new Uint8Array(3);
				tcp.socket.read(rest);
				assert.deepEqual(rest, pattern(3, 2));
				const events = tcp.events.length;
				await until(() => tcp.events.length > events, "the next frame");
				assert.deepEqual(tcp.events.at(-1), { kind: "readable", count: 4 });
				return;
			}
			await until(() => reported() === 7, "the unread 3 and the new 4");
			const target = tracking(7);
			assert.equal(tcp.socket.read(target.view), 7);
			assert.deepEqual([...target.view], [...pattern(7, 2)]);
			assert.throws(() => tcp.socket.read(new Uint8Array(1)));
			assert.equal(tcp.socket.read(new Uint8Array(0)), 0);
		});

		it("holds a bounded number of unread bytes, and every byte of a long stream arrives in order", async () => {
			const { probe: tcp, peer } = await connect(host);
			const total = 8 * 2 ** 20;
			const unread = () => Math.max(0, ...tcp.events.map((event) => (event.kind === "readable" ? event.count : 0)));
			peer.send(pattern(total));
			for (let before = -1; before !== unread(); ) {
				before = unread();
				await settle();
			}
			assert.ok(unread() < (host.unread_max_bytes ?? 2 ** 20), `${unread()} bytes held for a reader that does not read`);
			let waiting = tcp.events.findLast((event) => event.kind === "readable");
			let taken = 0;
			const got = new Uint8Array(total);
			tcp.hook = (event) => {
				if (event.kind === "readable") waiting = event;
			};
			while (taken < total) {
				await until(() => waiting !== undefined, "more to read");
				const count = waiting?.kind === "readable" ? waiting.count : 0;
				waiting = undefined;
				// All but one byte, so that there is always a part left unread that has to move.
				const bite = taken + count < total && !host.framed ? count - 1 : count;
				tcp.socket.read(got.subarray(taken, taken + bite));
				taken += bite;
			}
			assert.deepEqual(got, pattern(total));
		});
	});
}

const callbacks = { onReadable: () => {}, onWritable: () => {}, onError: () => {} };
