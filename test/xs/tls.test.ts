// TLS of our own making out of the SDK's parts, in mcsim: what an honest broker gets, and what a hostile one does.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer as createPlainServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { createServer, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import { skip } from "./needs.js";
import { Display, pause } from "./simulator.js";
import { der, keyPem, type Made, make, pem } from "./tls/certificates.js";
import { type Opening, Peer } from "./tls/peer.js";
import { alertRecord, clearText, HandServer, type Wrongs } from "./tls/server.js";

const day_ms = 86_400_000;
const host = "broker.test";
const ca = make({ name: "Test CA", authority: true });
const leaf = make({ name: host, issuer: ca, dns: [host], ip: [127, 0, 0, 1] });
const rsaCa = make({ name: "Test RSA CA", authority: true, kind: "rsa" });
const rsaLeaf = make({ name: host, issuer: rsaCa, dns: [host], kind: "rsa" });

const display = new Display();
let peer: Peer;

/** An honest server: Node's. It says back what it hears. */
class Honest {
	heard = "";
	ended = 0;
	broken = 0;
	readonly sockets = new Set<TLSSocket>();
	readonly #server: Server;

	constructor(options: TlsOptions) {
		this.#server = createServer(options, (socket) => {
			this.sockets.add(socket);
			socket.on("error", () => this.broken++);
			socket.on("end", () => this.ended++);
			socket.on("data", (data) => {
				this.heard += data.toString();
				socket.write(data);
			});
		});
		this.#server.on("tlsClientError", () => {});
	}

	async listen(): Promise<number> {
		this.#server.listen(0, "127.0.0.1");
		await once(this.#server, "listening");
		return (this.#server.address() as { port: number }).port;
	}

	close(): void {
		for (const socket of this.sockets) socket.destroy();
		this.#server.close();
	}
}

const served = (chain: readonly Made[]): TlsOptions => ({ cert: chain.map((one) => pem(one.der)).join(""), key: keyPem(chain[0] as Made) });

/** What a server of Node's with these options hears of a client that says hello, and how that ends. */
async function honest(
	options: TlsOptions,
	opening: Omit<Opening, "port">,
	body: (server: Honest, id: number) => Promise<void> = async () => {},
) {
	const server = new Honest(options);
	const port = await server.listen();
	try {
		const { id, fate } = await peer.settled({ greet: "hello", ...opening, port });
		if (fate.open) await peer.program.until(() => fate.text === "hello" || fate.error, "to hear its own word");
		await body(server, id);
		if (fate.open) peer.close(id);
		return { server, fate };
	} finally {
		server.close();
	}
}

const wrongs = (change: Partial<Wrongs> = {}): Wrongs => ({ chain: [leaf.der, ca.der], key: leaf.key, kind: "ec", ...change });

async function hostile(change: Partial<Wrongs>, opening: Partial<Opening> = {}) {
	const server = new HandServer(wrongs(change));
	const port = await server.listen();
	try {
		const { id, fate } = await peer.settled({ greet: "CONNECT with a password", authorities: [ca.der], ...opening, port });
		// what goes on after it has opened
		if (fate.open) await peer.program.until(() => server.heard !== "" || fate.error, "to be heard");
		if (fate.open) await pause(300);
		if (fate.open && fate.error === undefined) peer.close(id);
		await pause(100);
		return { server, fate };
	} finally {
		server.close();
	}
}

/** Refused, with these words, and nothing of what the application has to say was heard. */
async function refused(message: RegExp, change: Partial<Wrongs>, opening: Partial<Opening> = {}): Promise<HandServer> {
	const { server, fate } = await hostile(change, opening);
	assert.match(fate.error ?? `it was let in: ${JSON.stringify(fate)}`, message);
	assert.equal(server.heard, "");
	return server;
}

describe("TLS in mcsim", { skip: skip("Xvfb"), timeout: 1_800_000 }, () => {
	before(async () => {
		await display.open();
		peer = await Peer.start(display);
	});
	after(async () => {
		await peer?.stop();
		await display.close();
	});

	describe("an honest broker is let in", () => {
		const good: [string, () => TlsOptions, Partial<Opening>?][] = [
			["ECDSA P-256, leaf and CA", () => served([leaf, ca])],
			["ECDSA P-256, the leaf alone", () => served([leaf])],
			["RSA 2048", () => served([rsaLeaf, rsaCa]), { authorities: [rsaCa.der] }],
			["RSA 2048, the leaf alone", () => served([rsaLeaf]), { authorities: [rsaCa.der] }],
			["by its IPv4 address", () => served([leaf]), { host: "127.0.0.1" }],
			[
				"an intermediate",
				() => {
					const middle = make({ name: "Middle", issuer: ca, authority: true, pathLength: 0 });
					return served([make({ name: host, issuer: middle, dns: [host] }), middle]);
				},
			],
			["RSA leaf of an ECDSA CA", () => served([make({ name: host, issuer: ca, dns: [host], kind: "rsa" })])],
			[
				"a CA on P-384 that signs with SHA-384",
				() => served([make({ name: host, issuer: ca384, dns: [host], hash: "sha384" })]),
				{
					get authorities() {
						return [ca384.der];
					},
				},
			],
			[
				"as Let's Encrypt has it: P-256 of P-384 of RSA 4096",
				() => served([make({ name: host, issuer: p384, dns: [host], hash: "sha384" }), p384]),
				{
					get authorities() {
						return [rsa4096.der];
					},
				},
			],
			["a wildcard", () => served([make({ name: "any", issuer: ca, dns: ["*.example.test"] })]), { host: "broker.example.test" }],
			[
				"the second of two authorities",
				() => served([leaf]),
				{
					get authorities() {
						return [rsaCa.der, ca.der];
					},
				},
			],
			[
				"its own certificate, signed by itself, that was given",
				() => served([own]),
				{
					get authorities() {
						return [own.der];
					},
				},
			],
			["who it is does not matter: insecure", () => served([own]), { insecure: true, host: "somebody.else" }],
			["TLS 1.2 alone", () => ({ ...served([leaf]), maxVersion: "TLSv1.2" })],
		];
		const ca384 = make({ name: "CA 384", authority: true, curve: "P-384" });
		const own = make({ name: "self", dns: [host] });
		const rsa4096 = make({ name: "Root X", authority: true, kind: "rsa", bits: 4_096 });
		const p384 = make({ name: "E", issuer: rsa4096, authority: true, pathLength: 0, curve: "P-384" });
		for (const [name, options, opening = {}] of good)
			test(name, async () => {
				const { server, fate } = await honest(options(), { authorities: [ca.der], ...opening });
				assert.equal(fate.error, undefined);
				assert.equal(server.heard, "hello");
			});

		test("RSA client certificate", async () => {
			const mine = make({ name: "lamp", issuer: ca, kind: "rsa" });
			const options: TlsOptions = {
				...served([leaf]),
				requestCert: true,
				rejectUnauthorized: true,
				ca: pem(ca.der),
				maxVersion: "TLSv1.2",
			};
			let name: unknown;
			const { fate } = await honest(
				options,
				{ authorities: [ca.der], clientCertificate: mine.der, clientKey: mine.key.export({ type: "pkcs8", format: "der" }) as Buffer },
				async (server) => {
					for (const socket of server.sockets) name = socket.getPeerCertificate().subject.CN;
				},
			);
			assert.equal(fate.error, undefined);
			assert.equal(name, "lamp");
		});

		test("ECDSA certificates whose signatures have short numbers", async () => {
			// one of 128 has; the SDK by itself refuses them
			let odd = leaf;
			// two numbers of 32 bytes, each with a zero before a high first bit, have 70 to 72 bytes in DER
			while (odd.signature.length >= 70) odd = make({ name: host, issuer: ca, dns: [host] });
			const { fate } = await honest(served([odd]), { authorities: [ca.der] });
			assert.equal(fate.error, undefined);
		});

		test("the handshake in records of 100 bytes", async () => {
			const { server, fate } = await hostile({ fragment: 100 });
			assert.equal(fate.error, undefined);
			assert.equal(server.heard, "CONNECT with a password");
			assert.equal(server.clear, false);
		});

		test("what it says is read, whole, in both directions: 40 KB in records of up to 16 KB", async () => {
			const text = randomBytes(20_000).toString("hex");
			const server = new Honest(served([leaf]));
			const port = await server.listen();
			try {
				const { id, fate } = await peer.settled({ authorities: [ca.der], port });
				for (const socket of server.sockets) socket.write(text);
				await peer.program.until(() => fate.text.length >= text.length || fate.error, "to have heard all");
				assert.equal(fate.error, undefined);
				assert.equal(fate.text, text);
				peer.write(id, "x".repeat(1_000));
				await peer.program.until(() => server.heard.length === 1_000, "to be heard");
			} finally {
				server.close();
			}
		});

		test("close says close_notify", async () => {
			let ended = 0;
			let broken = 0;
			const { fate } = await honest(served([leaf]), { authorities: [ca.der] }, async (server, id) => {
				peer.close(id);
				await peer.program.until(() => server.ended + server.broken > 0, "to say goodbye");
				({ ended, broken } = server);
			});
			assert.equal(fate.error, undefined);
			assert.deepEqual([ended, broken], [1, 0]);
		});

		test("a broker that says close_notify, and one that vanishes, are told of", async () => {
			const server = new Honest(served([leaf]));
			const port = await server.listen();
			try {
				const first = await peer.settled({ authorities: [ca.der], port });
				for (const socket of server.sockets) socket.end();
				await peer.program.until(() => first.fate.error, "to hear of the end");
				assert.match(first.fate.error as string, /^TLS: the broker has closed the connection/);
				const second = await peer.settled({ authorities: [ca.der], port });
				for (const socket of server.sockets) socket.destroy();
				await peer.program.until(() => second.fate.error, "to hear of the end");
			} finally {
				server.close();
			}
		});
	});

	describe("certificates that are refused, each with its own message", () => {
		const other = make({ name: "Other CA", authority: true });
		const namesake = make({ name: "Test CA", authority: true });
		const weak = () => make({ name: host, dns: [host], issuer: ca, kind: "rsa", bits: 1_024 });
		const middle = make({ name: "Leaf with a key", issuer: ca, dns: ["elsewhere.test"] });
		const deep = make({ name: "Middle", issuer: ca, authority: true, pathLength: 0 });
		const deeper = make({ name: "Lower", issuer: deep, authority: true });
		const bad: [string, RegExp, () => readonly Made[], Partial<Opening>?][] = [
			[
				"wrong CA",
				/the certificate of "broker.test" is signed by "Other CA", which is not the CA that this device was given$/,
				() => [make({ name: host, dns: [host], issuer: other }), other],
			],
			[
				"a CA of the right name, with another key",
				/is signed by "Test CA", which is another CA of the same name as the one that this device was given$/,
				() => [make({ name: host, dns: [host], issuer: namesake }), namesake],
			],
			["no CA", /this device was given no CA, and cannot tell who the broker is$/, () => [leaf, ca], { authorities: [] }],
			[
				"expired",
				/the certificate of "broker.test" has expired on \d{4}-\d\d-\d\d; this device's clock says \d{4}-\d\d-\d\d$/,
				() => [make({ name: host, dns: [host], issuer: ca, until: new Date(Date.now() - 60_000) })],
			],
			[
				"not yet valid",
				/the certificate of "broker.test" is not valid before \d{4}-\d\d-\d\d; this device's clock says/,
				() => [make({ name: host, dns: [host], issuer: ca, from: new Date(Date.now() + day_ms) })],
			],
			[
				"wrong host name",
				/the broker's certificate is for elsewhere.test, and not for broker.test$/,
				() => [make({ name: host, dns: ["elsewhere.test"], issuer: ca })],
			],
			["a common name alone", /names no host .* and must name broker.test$/, () => [make({ name: host, issuer: ca })]],
			["wrong address", /is for broker.test, 127.0.0.1, and not for 192.168.1.10$/, () => [leaf], { host: "192.168.1.10" }],
			[
				"a wildcard for a top-level domain",
				/is for \*.test, and not for broker.test/,
				() => [make({ name: host, dns: ["*.test"], issuer: ca })],
			],
			["self-signed", /"broker.test" is signed by itself, and is not the one/, () => [make({ name: host, dns: [host] })]],
			[
				"a leaf as issuer",
				/"Leaf with a key" has signed a certificate, and is no authority \(no CA:TRUE in its own\)$/,
				() => [make({ name: host, dns: [host], issuer: middle }), middle, ca],
			],
			[
				"an issuer without basicConstraints",
				/and is no authority/,
				() => {
					const issuer = make({ name: "Old", issuer: ca, authority: null });
					return [make({ name: host, dns: [host], issuer }), issuer];
				},
			],
			[
				"an authority below one that may have none",
				/"Middle" may not have 1 authorities below it/,
				() => [make({ name: host, dns: [host], issuer: deeper }), deeper, deep],
			],
			[
				"one's own certificate, and the genuine CA after it",
				/is signed by itself, and is not the one/,
				() => [make({ name: host, dns: [host] }), ca],
			],
			[
				"one's own certificate, and the genuine chain after it",
				/is signed by itself, and is not the one/,
				() => [make({ name: "evil", dns: [host] }), leaf, ca],
			],
			[
				"one's own certificate that names the CA as its issuer",
				/which is another CA of the same name/,
				() => [make({ name: host, dns: [host], issuer: { ...ca, key: namesake.key } })],
			],
			["RSA with 1,024 bits", /RSA key of 1024 bits; 2048 are needed/, () => [weak()]],
			[
				"signed with SHA-1",
				/signed in a way that this device does not take/,
				() => [make({ name: host, dns: [host], issuer: rsaCa, hash: "sha1" })],
				{ authorities: [rsaCa.der] },
			],
			["for clients alone", /is not for servers/, () => [make({ name: host, dns: [host], issuer: ca, usage: "2b06010505070302" })]],
			[
				"a critical extension that nobody knows",
				/has a critical extension that this device does not know \(551d1e\)/,
				() => [make({ name: host, dns: [host], issuer: ca, unknown: "551d1e" })],
			],
		];
		for (const [name, message, chain, opening] of bad)
			test(name, async () => {
				const [own, ...rest] = chain();
				if (!own) throw new Error("no chain");
				// Node's server would not take all of these
				await refused(message, { chain: [own.der, ...rest.map((one) => one.der)], key: own.key, kind: own.kind }, opening);
			});

		test("bytes that are none", async () => {
			await refused(/certificate cannot be read/, { chain: [randomBytes(300)] });
			await refused(/the broker has no certificate/, { chain: [] });
			for (let cut = 1; cut < leaf.der.length; cut += 97)
				await refused(/certificate cannot be read/, { chain: [leaf.der.subarray(0, cut)] });
		});
	});

	describe("a hostile broker is refused", () => {
		test("the server written for this is right where it is told to be", async () => {
			const { server, fate } = await hostile({ reply: "CONNACK" });
			assert.equal(fate.error, undefined);
			assert.equal(fate.text, "CONNACK");
			assert.deepEqual([server.heard, server.clear], ["CONNECT with a password", false]);
		});

		const zero = der(0x30, der(0x02, Buffer.from([0])), der(0x02, Buffer.from([0])));
		const order = Buffer.from("00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
		const cases: [string, RegExp, Partial<Wrongs>][] = [
			[
				"an unsigned key exchange",
				/the broker's key exchange is not signed: whoever this is/,
				{ algorithm: [0, 0], signature: Buffer.alloc(0) },
			],
			["an unsigned key exchange that calls itself signed", /the broker's key exchange is not signed/, { signature: Buffer.alloc(0) }],
			["a wrongly signed key exchange", /is not signed by the key of its certificate/, { key: make({ name: "x" }).key }],
			["a key exchange signed with SHA-1", /is signed by 3 with hash 2/, { algorithm: [2, 3] }],
			["a signature that is noise", /is not signed by the key of its certificate/, { signature: randomBytes(71) }],
			["an ECDSA signature of zeros", /is not signed by the key of its certificate/, { signature: zero }],
			["an ECDSA signature of group orders", /is not signed by the key/, { signature: der(0x30, der(0x02, order), der(0x02, order)) }],
			["an RSA signature for an ECDSA key", /is not signed by the key/, { algorithm: [4, 1], signature: randomBytes(256) }],
			["TLS 1.0 only", /the broker speaks TLS 1.0, and no newer version; this device asks for TLS 1.2/, { version: 0x0301 }],
			["SSL 3.0", /the broker speaks SSL 3.0/, { version: 0x0300 }],
			["an alert for an answer", /the broker refuses: handshake_failure/, { answer: alertRecord(2, 40) }],
			["TLS 1.3 only", /the broker refuses: protocol_version: it does not speak TLS 1.2/, { answer: alertRecord(2, 70) }],
			["close_notify for an answer", /in the middle of the handshake \(close_notify\)/, { answer: alertRecord(1, 0) }],
			["data in the clear before the end", /somebody sends data before the handshake is done/, { inject: clearText("CONNACK") }],
			["no certificate", /ServerKeyExchange after ServerHello/, { without: "Certificate" }],
			["no key exchange", /ServerHelloDone after Certificate/, { without: "ServerKeyExchange" }],
			["Finished in the clear", /the broker does not encrypt/, { without: "ChangeCipherSpec" }],
			["a wrong Finished", /cannot be understood \(finished: auth err\)/, { forgedFinished: true }],
			["a record that is too long", /a record of 65535 bytes/, { answer: Buffer.from([22, 3, 3, 0xff, 0xff]) }],
			[
				"something else than TLS",
				/does not speak TLS: is this the broker's port for TLS/,
				{ answer: Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n") },
			],
		];
		for (const [name, message, change] of cases)
			test(name, async () => {
				await refused(message, change);
			});

		test("it stops in mid-handshake, or hangs up there", async () => {
			await refused(/the broker has stopped in the middle of the handshake, after ServerHello$/, { stop: true });
			await refused(/the broker has stopped in the middle of the handshake, after ServerKeyExchange$/, { without: "ServerHelloDone" });
			const server = createPlainServer((socket) => socket.once("data", () => socket.destroy())).listen(0, "127.0.0.1");
			await once(server, "listening");
			const { fate } = await peer.settled({ authorities: [ca.der], port: (server.address() as { port: number }).port });
			server.close();
			assert.match(fate.error ?? "", /closed the connection in the middle of the handshake, after ClientHello$/);
		});

		test("a second handshake", async () => {
			const { fate } = await hostile({ after: Buffer.from([0, 0, 0, 0]) });
			assert.match(fate.error ?? "", /begins a second handshake/);
		});

		test("it is told why", async () => {
			assert.deepEqual((await refused(/./, { algorithm: [0, 0], signature: Buffer.alloc(0) })).alerts, [51]);
			assert.deepEqual((await refused(/./, { version: 0x0301 })).alerts, [70]);
			assert.deepEqual((await refused(/./, {}, { authorities: [] })).alerts, [48]);
		});

		test("insecure does not mean that anybody may speak for the certificate", async () => {
			await refused(/key exchange is not signed/, { algorithm: [0, 0], signature: Buffer.alloc(0) }, { insecure: true });
		});
	});

	test("SNTP: the time of a server, and nobody else's", async () => {
		const server = createSocket("udp4");
		let answer = (_: Buffer): Buffer[] => [];
		server.on("message", (packet, { port, address }) => {
			for (const one of answer(packet)) server.send(one, port, address);
		});
		server.bind(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address();
		const now = Math.floor(Date.now() / 1_000);
		const stamp = (packet: Buffer, seconds: number, head = 0x24, stratum = 2) => {
			const said = Buffer.alloc(48);
			said[0] = head;
			said[1] = stratum;
			packet.copy(said, 24, 40, 48);
			said.writeUInt32BE((seconds + 2_208_988_800) % 2 ** 32, 40);
			return said;
		};
		try {
			answer = (packet) => [stamp(packet, now)];
			assert.equal((await peer.time(port)).seconds, now);
			// in 2036 its count begins again
			answer = (packet) => [stamp(packet, 2_100_000_000)];
			assert.equal((await peer.time(port)).seconds, 2_100_000_000);
			// an answer to somebody else, a refusal, a server that has lost the time, the last century, a client's, half an answer
			answer = (packet) => [
				stamp(Buffer.alloc(48), now + 1),
				stamp(packet, now + 2, 0x24, 0),
				stamp(packet, now + 3, 0xe4),
				stamp(packet, 800_000_000),
				stamp(packet, now + 5, 0x23),
				stamp(packet, now + 6).subarray(0, 47),
				stamp(packet, now + 7),
			];
			assert.equal((await peer.time(port)).seconds, now + 7);
			answer = () => [];
			const { fault, known } = await peer.time(port);
			assert.deepEqual([fault, known], ["the time server 127.0.0.1 (sntp) does not answer", false]);
		} finally {
			server.close();
		}
	});

	test("two starts have nothing in common: neither random nor key", async () => {
		const server = new HandServer(wrongs());
		const port = await server.listen();
		const second = await Peer.start(display);
		try {
			for (const one of [peer, peer, second, second]) await one.settled({ authorities: [ca.der], port });
			assert.equal(server.keys.length, 4);
			// the first four bytes are the time
			const all = [...server.randoms.map((one) => one.slice(8)), ...server.keys];
			assert.equal(new Set(all).size, 8);
		} finally {
			await second.stop();
			server.close();
		}
	});
});
