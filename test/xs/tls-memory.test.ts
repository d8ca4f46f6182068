// What TLS takes of XS, by its own instruments, in mcsim: a connection that ends leaves nothing, whether it was made 2 or 200 times.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { createServer, type Server } from "node:tls";
import { skip } from "./needs.js";
import { Display, type Memory } from "./simulator.js";
import { keyPem, type Made, make, pem } from "./tls/certificates.js";
import { Peer } from "./tls/peer.js";
import { HandServer } from "./tls/server.js";

const host = "broker.test";
const reconnects = 200;
/** As many as TCP takes at once. */
const messages = 20;

const display = new Display();
let peer: Peer;

/** Says back what it hears, but for digits. */
async function serve(leaf: Made, ca: Made): Promise<{ server: Server; port: number }> {
	const server = createServer({ cert: pem(leaf.der) + pem(ca.der), key: keyPem(leaf) }, (socket) => {
		socket.on("error", () => {});
		socket.on("data", (data) => data.includes("0123") || socket.write(data));
	});
	server.on("tlsClientError", () => {});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return { server, port: (server.address() as { port: number }).port };
}

async function connect(port: number, ca: Made, then?: (id: number) => Promise<void>): Promise<void> {
	const { id, fate } = await peer.settled({ authorities: [ca.der], port, greet: "hello" });
	assert.equal(fate.error, undefined);
	await peer.program.until(() => fate.text === "hello", "to hear its own word");
	await then?.(id);
	peer.close(id);
	await peer.program.until(() => fate.closed, "to close");
}

const used = ({ slots, chunks, keys }: Memory) => `${slots} bytes of slots, ${chunks} of chunks, ${keys} of keys`;

function noMore(before: Memory, after: Memory): void {
	for (const name of ["slots", "chunks", "keys"] as const)
		assert.ok(after[name] <= before[name], `${name}: ${before[name]} before, ${after[name]} after`);
}

describe("memory of TLS on the SDK's XS, in mcsim", { skip: skip("Xvfb"), timeout: 1_800_000 }, () => {
	before(async () => {
		await display.open();
		peer = await Peer.start(display);
	});
	after(async () => {
		await peer?.stop();
		await display.close();
	});

	for (const kind of ["ec", "rsa"] as const)
		test(`${kind === "ec" ? "ECDSA" : "RSA"}: ${reconnects} reconnects leave nothing`, async (t) => {
			const ca = make({ name: "CA", authority: true, kind });
			const leaf = make({ name: host, issuer: ca, dns: [host], kind });
			const { server, port } = await serve(leaf, ca);
			try {
				// the first make what is kept for the next
				for (let i = 0; i < 5; i++) await connect(port, ca);
				const first = await peer.program.collect();
				t.diagnostic(`after 5: ${used(first)}`);
				await connect(port, ca, async () => {
					const open = await peer.program.collect();
					t.diagnostic(`while one is open: ${open.slots - first.slots} bytes of slots, ${open.chunks - first.chunks} of chunks more`);
				});
				for (let i = 0; i < reconnects; i++) await connect(port, ca);
				const last = await peer.program.collect();
				t.diagnostic(`after ${reconnects} more: ${used(last)}`);
				noMore(first, last);
			} finally {
				server.close();
			}
		});

	test("200 refusals leave nothing", async (t) => {
		const ca = make({ name: "CA", authority: true });
		const leaf = make({ name: host, issuer: ca, dns: [host] });
		const server = new HandServer({ chain: [leaf.der], key: leaf.key, kind: "ec", algorithm: [0, 0], signature: Buffer.alloc(0) });
		const port = await server.listen();
		const refuse = async () => assert.match((await peer.settled({ authorities: [ca.der], port })).fate.error ?? "", /not signed/);
		try {
			for (let i = 0; i < 5; i++) await refuse();
			const first = await peer.program.collect();
			for (let i = 0; i < reconnects; i++) await refuse();
			const last = await peer.program.collect();
			t.diagnostic(`${used(first)} → ${used(last)}`);
			noMore(first, last);
		} finally {
			server.close();
		}
	});

	test("what a handshake and a message leave as garbage", async (t) => {
		const ca = make({ name: "CA", authority: true });
		const leaf = make({ name: host, issuer: ca, dns: [host] });
		const { server, port } = await serve(leaf, ca);
		const garbage = async (body: () => Promise<void>) => {
			await peer.program.collect();
			const start = await peer.program.measure();
			await body();
			const end = await peer.program.measure();
			return { slots: end.slots - start.slots, chunks: end.chunks - start.chunks, collections: end.collections - start.collections };
		};
		try {
			const one = await garbage(() => connect(port, ca));
			t.diagnostic(`a handshake, a word there and back, the end: ${JSON.stringify(one)}`);
			await connect(port, ca, async (id) => {
				const burst = (count: number) => garbage(async () => peer.burst(id, count));
				const [none, some] = [await burst(0), await burst(messages)];
				const each = (name: "slots" | "chunks") => (some[name] - none[name]) / messages;
				t.diagnostic(`a message of 10 bytes out: ${each("slots") / 32} slots, ${each("chunks")} bytes of chunks`);
			});
		} finally {
			server.close();
		}
	});
});
