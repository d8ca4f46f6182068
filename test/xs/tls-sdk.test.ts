// Why the SDK's own TLS socket is not used as it is (docs/upstream.md): what it takes of the hostile servers that ours refuses (tls.test.ts).
// A test that fails here may be good news: a newer SDK has learned something.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { skip } from "./needs.js";
import { Display, pause } from "./simulator.js";
import { der, make } from "./tls/certificates.js";
import { type Fate, Peer } from "./tls/peer.js";
import { alertRecord, clearText, HandServer, type Wrongs } from "./tls/server.js";

const host = "broker.test";
const ca = make({ name: "Test CA", authority: true });
const leaf = make({ name: host, issuer: ca, dns: [host] });
const own = make({ name: "anybody", dns: [host] });
const middle = make({ name: "A neighbour's", issuer: ca, dns: ["elsewhere.test"] });
const forged = make({ name: host, dns: [host], issuer: middle });

const display = new Display();
let peer: Peer;

async function meet(change: Partial<Wrongs>): Promise<{ server: HandServer; fate: Fate }> {
	const server = new HandServer({ chain: [leaf.der, ca.der], key: leaf.key, kind: "ec", ...change });
	const port = await server.listen();
	try {
		const { fate } = peer.open({ greet: "CONNECT with a password", authorities: [ca.der], port });
		// one of them never answers
		for (let i = 0; i < 100 && server.heard === "" && fate.error === undefined; i++) await pause(100);
		for (let i = 0; i < 20 && change.reply !== undefined && !fate.text.endsWith(change.reply); i++) await pause(100);
		return { server, fate };
	} finally {
		server.close();
	}
}

describe("the SDK's own TLS socket, in mcsim", { skip: skip("Xvfb"), timeout: 600_000 }, () => {
	before(async () => {
		await display.open();
		peer = await Peer.start(display, "sdk");
	});
	after(async () => {
		await peer?.stop();
		await display.close();
	});

	const encrypted: [string, Partial<Wrongs>][] = [
		["a key exchange that nobody has signed", { algorithm: [0, 0], signature: Buffer.alloc(0) }],
		["a key exchange signed with SHA-1, which it has not offered", { algorithm: [2, 3] }],
		["a certificate that another broker's leaf has issued", { chain: [forged.der, middle.der, ca.der], key: forged.key }],
		["anybody's certificate with the genuine CA after it", { chain: [own.der, ca.der], key: own.key }],
		["anybody's certificate with the genuine chain after it", { chain: [own.der, leaf.der, ca.der], key: own.key }],
	];
	for (const [name, change] of encrypted)
		test(`takes ${name}`, async () => {
			const { server } = await meet(change);
			assert.deepEqual([server.heard, server.clear], ["CONNECT with a password", false]);
		});

	const clear: [string, Partial<Wrongs>][] = [
		["a close_notify in the place of the handshake", { answer: alertRecord(1, 0) }],
		["a ServerHello of TLS 1.0", { version: 0x0301, stop: true }],
	];
	for (const [name, change] of clear)
		test(`says CONNECT in the clear after ${name}`, async () => {
			const { server } = await meet(change);
			assert.deepEqual([server.heard, server.clear], ["CONNECT with a password", true]);
		});

	test("hands on what somebody has put in, in the clear, before the handshake was done", async () => {
		const { fate } = await meet({ inject: Buffer.concat([clearText("first, "), clearText("put in, ")]), reply: "CONNACK" });
		assert.equal(fate.text, "put in, CONNACK");
	});

	// the last: mcsim does not come back from it
	test("an ECDSA signature of zeros stops the device for ever", async () => {
		const { server, fate } = await meet({ signature: der(0x30, der(0x02, Buffer.from([0])), der(0x02, Buffer.from([0]))) });
		assert.deepEqual([server.heard, fate.open, fate.error], ["", false, undefined]);
		assert.deepEqual((await meet({})).server.randoms, []);
	});
});
