// The socket's end, which a peer, the network or `close` brings about.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HostPieces } from "../contract.js";
import { closeAfterEach, connect, fillUp, listen, pattern, probe, settle, until } from "./probe.js";

export function tcpEndContract(host: HostPieces): void {
	describe(`${host.name}: end of TCP`, () => {
		closeAfterEach();
		it("reports a refused connection once, by onError alone", async () => {
			const listener = await listen(host);
			await listener.close();
			const { socket, events } = probe(host, listener.address, listener.port);
			await until(() => events.length > 0, "refused");
			await settle();
			assert.deepEqual(
				events.map((event) => event.kind),
				["error"],
			);
			socket.close();
		});

		for (const end of ["end", "reset"] as const) {
			it(`reports a peer's ${end} once`, async () => {
				const { probe: tcp, peer } = await connect(host);
				peer[end]();
				await until(() => tcp.count("error") > 0, "ended");
				await settle();
				assert.equal(tcp.count("error"), 1);
			});
		}

		it("has everything received reported and read before onError", async () => {
			const { probe: tcp, peer } = await connect(host);
			peer.send(pattern(100));
			peer.end();
			await until(() => tcp.count("readable") > 0, "readable");
			const half = new Uint8Array(50);
			tcp.socket.read(half);
			await settle();
			assert.equal(tcp.count("error"), 0, "50 bytes are unread");
			tcp.socket.read(half);
			assert.deepEqual(half, pattern(50, 50));
			assert.equal(tcp.count("error"), 0, "not from inside read");
			await until(() => tcp.count("error") === 1, "ended");
		});

		it("lets the last words out: what was written before close arrives, then the end", async () => {
			const { probe: tcp, peer } = await connect(host);
			// Bytes that nobody reads must not turn the goodbye into a reset.
			peer.send(pattern(1_000));
			await until(() => tcp.count("readable") > 0, "readable");
			peer.send(pattern(1_000));
			tcp.socket.write(pattern(10_000));
			tcp.socket.close();
			assert.deepEqual(await peer.take(10_000), pattern(10_000));
			await peer.ended;
		});

		it("lets them out to a peer that wakes up only then", async () => {
			const pair = await connect(host);
			const sent = await fillUp(pair);
			pair.probe.socket.close();
			pair.peer.resume();
			assert.deepEqual(await pair.peer.take(sent), pattern(sent));
		});

		it("reports the end of a peer that does not read what was sent to it", async () => {
			const pair = await connect(host);
			await fillUp(pair);
			pair.peer.end();
			await until(() => pair.probe.count("error") === 1, "ended");
		});

		it("is silent after close, whatever happens then", async () => {
			const { probe: tcp, peer } = await connect(host);
			const before = tcp.events.length;
			tcp.socket.write(pattern(10));
			tcp.socket.close();
			tcp.socket.close();
			peer.send(pattern(10));
			peer.reset();
			await settle();
			assert.equal(tcp.events.length, before);
			assert.throws(() => tcp.socket.write(Uint8Array.of(1)));
			assert.throws(() => tcp.socket.read(new Uint8Array(1)));
		});

		it("may be closed while it connects", async () => {
			const listener = await listen(host);
			const { socket, events } = probe(host, listener.address, listener.port);
			socket.close();
			await settle();
			assert.deepEqual(events, []);
		});

		for (const kind of ["readable", "writable", "error"] as const) {
			it(`may be closed inside ${kind}`, async () => {
				const { probe: tcp, peer } = await connect(host);
				let heard = 0;
				tcp.hook = (event) => {
					heard++;
					if (event.kind === kind) tcp.socket.close();
				};
				if (kind === "readable") peer.send(pattern(3));
				if (kind === "writable") tcp.socket.write(pattern(3));
				if (kind === "error") peer.end();
				await until(() => heard > 0, kind);
				await settle();
				assert.equal(heard, 1);
				assert.equal(tcp.events.at(-1)?.kind, kind);
			});
		}
	});
}
