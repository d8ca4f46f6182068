// HTTP: one exchange at a time with one peer, whatever its answer looks like. The peer is raw bytes, so that the host's own HTTP has no part in it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Http, HttpRequest, Provider } from "../../../src/host.js";
import type { HostPieces, Peer } from "../contract.js";
import { closeAfterEach, listen, settle, until } from "./probe.js";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (string: string) => new TextEncoder().encode(string);

/** One request as it has come: its head, and its body by its Content-Length. */
async function requestAt(peer: Peer): Promise<{ head: string; body: string }> {
	let head = "";
	while (!head.endsWith("\r\n\r\n")) head += text(await peer.take(1));
	const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
	return { head, body: length === 0 ? "" : text(await peer.take(length)) };
}

export function httpContract(host: Pick<HostPieces, "name" | "http" | "lacksHttp" | "listen">): void {
	const { http, lacksHttp } = host;
	describe(`${host.name}: HTTP`, () => {
		closeAfterEach();
		if (lacksHttp !== undefined) {
			it("is not had here, and says so by name", () => {
				assert.throws(() => new (http as Provider<Http>).io({ host: "127.0.0.1", port: 80, limit: 100 }), lacksHttp);
			});
			return;
		}
		const provider = http as Provider<Http>;

		/** A client of a new peer, with everything that it has said. */
		async function open(limit = 1_000) {
			const listener = await listen(host);
			const said: string[] = [];
			let inside = false;
			const client = new provider.io({ ...provider, host: listener.address, port: listener.port, limit });
			const ask = (more: Partial<HttpRequest> = {}) => {
				inside = true;
				const say = (what: string) => {
					assert.ok(!inside, `${what} came from inside request`);
					said.push(what);
				};
				try {
					client.request({
						method: "GET",
						path: "/x",
						onDone: (status, body) => say(`${status} ${body}`),
						onError: (reason) => say(`error ${reason}`),
						...more,
					});
				} finally {
					inside = false;
				}
			};
			const ended = (count = 1) => until(() => said.length >= count, `${count} answers`);
			return { listener, client, ask, said, ended };
		}

		it("sends method, path, headers and a body of UTF-8, and hands over status and body", async () => {
			const { listener, client, ask, said, ended } = await open();
			ask({ method: "PUT", path: "/api/k/lights/1/state", headers: { "hue-application-key": "k1" }, body: '{"name":"Küche"}' });
			const peer = await listener.accept();
			const { head, body } = await requestAt(peer);
			assert.match(head, /^PUT \/api\/k\/lights\/1\/state HTTP\/1\.1\r\n/);
			assert.match(head, /^host: /im);
			assert.match(head, /^hue-application-key: k1\r$/im);
			assert.match(head, /^content-type: application\/json\r$/im);
			assert.equal(body, '{"name":"Küche"}');
			peer.send(bytes("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nKüche"));
			await ended();
			assert.deepEqual(said, ["200 Küche"]);
			client.close();
		});

		it("takes exchanges one after the other, and refuses two at once", async () => {
			const { listener, client, ask, said, ended } = await open();
			ask();
			assert.throws(() => ask());
			const peer = await listener.accept();
			await requestAt(peer);
			peer.send(bytes("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1"));
			await ended(1);
			ask({ path: "/y" });
			assert.match((await requestAt(peer)).head, /^GET \/y /, "on the same connection");
			peer.send(bytes("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"));
			await ended(2);
			assert.deepEqual(said, ["200 1", "404 "]);
			client.close();
		});

		it("takes a redirect for an answer, and follows none", async () => {
			const { listener, client, ask, said, ended } = await open();
			ask();
			const peer = await listener.accept();
			await requestAt(peer);
			peer.send(bytes(`HTTP/1.1 301 Moved\r\nlocation: http://127.0.0.1:${listener.port}/other\r\ncontent-length: 0\r\n\r\n`));
			await ended();
			await settle();
			assert.deepEqual(said, ["301 "]);
			client.close();
		});

		it("puts together what comes in chunks, cut inside a character; with onPiece each piece is whole text", async () => {
			for (const pieces of [false, true]) {
				const { listener, client, ask, said, ended } = await open();
				let heard = "";
				ask(pieces ? { onPiece: (piece) => (heard += piece) } : {});
				const peer = await listener.accept();
				await requestAt(peer);
				peer.send(bytes("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nK"));
				peer.send(Uint8Array.of(0xc3));
				await settle();
				peer.send(bytes("\r\n4\r\n"));
				peer.send(Uint8Array.of(0xbc));
				peer.send(bytes("che\r\n0\r\n\r\n"));
				await ended();
				assert.deepEqual([said, heard], pieces ? [["200 "], "Küche"] : [["200 Küche"], ""]);
				client.close();
			}
		});

		it("takes an answer without a length, which ends with the connection", async () => {
			const { listener, client, ask, said, ended } = await open();
			ask();
			const peer = await listener.accept();
			await requestAt(peer);
			peer.send(bytes("HTTP/1.1 200 OK\r\n\r\nall"));
			peer.end();
			await ended();
			assert.deepEqual(said, ["200 all"]);
			client.close();
		});

		it("calls an answer that is longer than the limit an error, once", async () => {
			const { listener, client, ask, said, ended } = await open(100);
			ask();
			const peer = await listener.accept();
			await requestAt(peer);
			peer.send(bytes(`HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\n${"x".repeat(200)}`));
			await ended();
			await settle();
			assert.equal(said.length, 1);
			assert.match(said[0] as string, /^error the answer is longer than 100 bytes/);
			client.close();
		});

		it("tells once of a refused connection, and of one that breaks before or in the midst of the answer", async () => {
			const refused = await open();
			await refused.listener.close();
			refused.ask();
			await refused.ended();
			for (const part of ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"]) {
				const { listener, client, ask, said, ended } = await open();
				ask();
				const peer = await listener.accept();
				await requestAt(peer);
				if (part !== "") peer.send(bytes(part));
				await settle();
				peer.reset();
				await ended();
				await settle();
				assert.equal(said.length, 1, part);
				assert.match(said[0] as string, /^error /);
				client.close();
			}
			assert.equal(refused.said.length, 1);
			assert.match(refused.said[0] as string, /^error /);
			refused.client.close();
		});

		it("asks again on a new connection when the peer has ended the last one, whether it had said so or not", async () => {
			for (const field of ["", "connection: close\r\n"]) {
				const { listener, client, ask, said, ended } = await open();
				for (const count of [1, 2]) {
					ask();
					const peer = await listener.accept();
					await requestAt(peer);
					peer.send(bytes(`HTTP/1.1 200 OK\r\n${field}content-length: 1\r\n\r\n${count}`));
					await ended(count);
					peer.end();
					await peer.ended;
				}
				assert.deepEqual(said, ["200 1", "200 2"], field);
				client.close();
			}
		});

		it("outlives a peer that speaks unasked between two exchanges, as one that is tired of waiting does", async () => {
			const { listener, client, ask, said, ended } = await open();
			for (const count of [1, 2]) {
				ask();
				const peer = await listener.accept();
				await requestAt(peer);
				peer.send(bytes(`HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n${count}`));
				await ended(count);
				peer.send(bytes("HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n"));
				peer.end();
				await peer.ended;
				await settle();
			}
			assert.deepEqual(said, ["200 1", "200 2"]);
			client.close();
		});

		it("takes the next request, or its close, from inside onDone", async () => {
			const { listener, client, ask, said } = await open();
			ask({ onDone: () => ask({ path: "/y", onDone: () => client.close() }) });
			const peer = await listener.accept();
			await requestAt(peer);
			peer.send(bytes("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1"));
			assert.match((await requestAt(peer)).head, /^GET \/y /);
			peer.send(bytes("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n2\r\n0\r\n\r\n"));
			await peer.ended;
			assert.deepEqual(said, []);
		});

		it("says nothing after close, in the midst of an exchange; ends the connection; and takes no more", async () => {
			const { listener, client, ask, said } = await open();
			ask();
			const peer = await listener.accept();
			await requestAt(peer);
			client.close();
			client.close();
			await peer.ended;
			await settle();
			assert.deepEqual(said, []);
			assert.throws(() => ask());
		});
	});
}
