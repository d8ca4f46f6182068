// TLS of the Node host: the contract of sockets over it, and over a WebSocket over it; servers that are not who they should be; the options.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import tls, { type TlsOptions } from "node:tls";
import { readSecurity } from "../../hosts/node/security.js";
import { time } from "../../hosts/node/time.js";
import TLS from "../../hosts/node/tls.js";
import { keyPem, type Made, type Making, make, pem } from "../xs/tls/certificates.js";
import { closeAfterEach, probe, settle, until } from "./contract/probe.js";
import { tcpContract } from "./contract/tcp.js";
import { tcpEndContract } from "./contract/tcp-end.js";
import type { HostPieces, Listener } from "./contract.js";
import { listen } from "./peer.js";

const ca = make({ name: "CA", authority: true });
const other = make({ name: "other CA", authority: true });
const local = { dns: ["localhost"], ip: [127, 0, 0, 1] };
const issued = (more: Partial<Making> = {}) => make({ name: "broker", issuer: ca, ...local, ...more });
const good = issued();
const shows = (made: Made, ...chain: Made[]): TlsOptions => ({
	cert: [made, ...chain].map(({ der }) => pem(der)).join(""),
	key: keyPem(made),
});
const trusting = (...made: Made[]) => ({ secure: { ca: made.map(({ der }) => pem(der)).join("") } });

const host = {
	name: "node over TLS",
	socket: { io: TLS, ...trusting(ca) },
	time,
	listen: () => listen(shows(good)),
} as unknown as HostPieces;

tcpContract(host);
tcpEndContract(host);

const day_ms = 86_400_000;

/** What the socket says of a server that shows `server`. */
async function told(server: TlsOptions | undefined, more: Record<string, unknown> = trusting(ca)): Promise<string> {
	const far: Listener = await listen(server);
	try {
		const { events, socket } = probe({ ...host, listen: () => Promise.resolve(far) }, far.address, far.port, more);
		await until(() => events.length > 0, "an answer");
		await settle();
		socket.close();
		assert.equal(events.length, 1, JSON.stringify(events));
		const [event] = events;
		return event?.kind === "error" ? (event.error as Error).message : `${event?.kind}`;
	} finally {
		await far.close();
	}
}

describe("node: TLS", () => {
	closeAfterEach();

	const intermediate = make({ name: "intermediate", authority: true, issuer: ca });
	const leaf = issued({ name: "leaf" });
	const alone = make({ name: "broker", ...local });
	for (const [what, server, wanted, more] of [
		["the right certificate", shows(good), /^writable$/],
		["one of RSA", shows(issued({ kind: "rsa" })), /^writable$/],
		["one of an intermediate, with that one", shows(issued({ issuer: intermediate }), intermediate), /^writable$/],
		["the same without it", shows(issued({ issuer: intermediate })), /not trusted here: give that authority's own certificate with --ca/],
		["one of another authority", shows(issued({ issuer: other })), /not trusted here/],
		["the same with its authority", shows(issued({ issuer: other }), other), /not trusted here/],
		["one that has expired", shows(issued({ until: new Date(Date.now() - 1_000) })), /has expired; or is this machine's clock wrong\?/],
		[
			"one that is not yet valid",
			shows(issued({ from: new Date(Date.now() + day_ms) })),
			/is not valid yet; or is this machine's clock wrong\?/,
		],
		["one of another name", shows(issued({ dns: ["elsewhere.example"], ip: [127, 0, 0, 9] })), /is not for 127\.0\.0\.1: /],
		["one of no name", shows(issued({ dns: [], ip: [] })), /is not for 127\.0\.0\.1: /],
		["one that it has signed itself", shows(alone), /signed by itself alone: if you trust it, give it with --ca/],
		["the same, trusted", shows(alone), /^writable$/, trusting(alone)],
		["one that a leaf has issued", shows(issued({ issuer: leaf }), leaf), /may not sign others/],
		["the right one, without a CA that is given", shows(good), /not trusted here/, { secure: undefined }],
		[
			"another authority's, without verification",
			shows(issued({ issuer: other })),
			/^writable$/,
			{ secure: { rejectUnauthorized: false } },
		],
		["no TLS, but MQTT that waits", undefined, /^(the broker has stopped in the midst|the broker ended|what answers speaks no TLS)/],
		[
			"TLS 1.1 only",
			{ ...shows(good), minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
			/speaks no version of TLS that is taken here/,
		],
		["TLS 1.2 only", { ...shows(good), maxVersion: "TLSv1.2" }, /^writable$/],
	] as [string, TlsOptions | undefined, RegExp, Record<string, unknown>?][])
		it(`a server that shows ${what}: ${wanted}`, async () => {
			assert.match(await told(server, more ?? trusting(ca)), wanted);
		});

	it("a server that speaks at once, but no TLS, and one that ends in the midst of the handshake, are told as such", async () => {
		for (const [does, wanted] of [
			["banner", /^what answers speaks no TLS/],
			["end", /^the broker ended the connection in the midst of the TLS handshake$/],
			["half", /^the broker ended the connection in the midst of the TLS handshake$/],
		] as const) {
			const server = createServer((socket) => {
				socket.on("error", () => {});
				if (does === "banner") socket.write("SSH-2.0-OpenSSH_9.6\r\n");
				socket.once("data", () => {
					// a record of a ServerHello that is never whole
					if (does === "half") socket.write(Buffer.from([0x16, 3, 3, 0, 90, 2, 0, 0, 86, 3, 3]));
					socket.end();
				});
			});
			await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
			const { port } = server.address() as { port: number };
			const { events, socket } = probe(host, "127.0.0.1", port);
			await until(() => events.length > 0, does);
			assert.match(events[0]?.kind === "error" ? (events[0].error as Error).message : "", wanted, does);
			socket.close();
			await new Promise((resolve) => server.close(resolve));
		}
	});

	it("a server that stops in mid-handshake is given up, and told as such", async () => {
		const held: Socket[] = [];
		const server = createServer((socket) => {
			held.push(socket.on("error", () => {}));
			// a record of a ServerHello that is never whole
			socket.once("data", () => socket.write(Buffer.from([0x16, 3, 3, 0, 90, 2, 0, 0, 86, 3, 3])));
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		const { port } = server.address() as { port: number };
		const { events, socket } = probe(host, "127.0.0.1", port);
		await until(() => events.length > 0, "to be given up");
		assert.match(
			events[0]?.kind === "error" ? (events[0].error as Error).message : "",
			/^the broker has stopped in the midst of the TLS handshake/,
		);
		socket.close();
		for (const one of held) one.destroy();
		await new Promise((resolve) => server.close(resolve));
	});

	it("a server that asks for a certificate gets this device's, refuses one of elsewhere, and says that it wants one", async () => {
		const device = make({ name: "lamp", issuer: ca });
		const stranger = make({ name: "stranger", issuer: other });
		const asks = { ...shows(good), ca: pem(ca.der), requestCert: true, rejectUnauthorized: true };
		const mine = (made: Made) => ({ secure: { ...trusting(ca).secure, cert: pem(made.der), key: keyPem(made) } });
		assert.equal(await told(asks, mine(device)), "writable");
		// with TLS 1.3 a server refuses after the client has begun to send: 1.2 says it in the handshake
		const early = { ...asks, maxVersion: "TLSv1.2" } as const;
		assert.match(await told(early), /asks for a certificate|refuses the handshake|in the midst of the TLS handshake/);
		assert.match(await told(early, mine(stranger)), /does not know who has signed|refuses|in the midst of the TLS handshake/);
	});
});

describe("node: options of TLS", () => {
	const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-tls-"));
	after(() => rmSync(folder, { recursive: true }));
	const file = (name: string, content: string | Buffer, mode = 0o600) => {
		const full = path.join(folder, name);
		writeFileSync(full, content, { mode });
		return full;
	};
	const none = { ca: undefined, cert: undefined, key: undefined, tlsInsecure: false };
	const device = make({ name: "lamp", issuer: ca });
	const files = {
		pem: file("ca.pem", `# ours\n${pem(ca.der)}${pem(other.der)}`, 0o644),
		der: file("ca.der", ca.der, 0o644),
		cert: file("lamp.pem", pem(device.der)),
		key: file("lamp.key", keyPem(device)),
		open: file("open.key", keyPem(device), 0o644),
		wrong: file("wrong.key", keyPem(ca)),
		text: file("text.pem", "no certificate"),
	};

	it("a CA is PEM, several too, or DER; nothing given is Node's own trust", () => {
		assert.deepEqual(readSecurity(none, true), {});
		assert.deepEqual(readSecurity(none, false), {});
		const count = (ca: string) => String(readSecurity({ ...none, ca }, true).ca).match(/BEGIN CERTIFICATE/g)?.length;
		assert.deepEqual([count(files.pem), count(files.der)], [2, 1]);
		const security = readSecurity({ ...none, cert: files.cert, key: files.key }, true);
		assert.equal(security.rejectUnauthorized, true);
		tls.createSecureContext(security);
		assert.equal(readSecurity({ ...none, tlsInsecure: true }, true).rejectUnauthorized, false);
	});

	for (const [given, wanted, secure = true] of [
		[{ ca: "/not/there" }, /^--ca \/not\/there: there is no such file/],
		[{ ca: files.text }, /^--ca .*: it holds no certificate/],
		[{ ca: files.key }, /^--ca .*: it holds no certificate/],
		[{ cert: files.cert }, /^--cert and --key belong together/],
		[{ key: files.key }, /^--cert and --key belong together/],
		[{ cert: files.cert, key: files.wrong }, /^--cert, --key: the key is not that of the certificate/],
		[{ cert: files.cert, key: files.text }, /^--cert, --key: /],
		[{ cert: files.cert, key: files.open }, /^--key .*: others can read it; say chmod 600/],
		[{ ca: files.pem, tlsInsecure: true }, /^--ca says whom to trust, --tls-insecure trusts everybody/],
		[{ ca: files.pem }, /^--ca is of TLS, and --broker asks for none: write mqtts:\/\/ or wss:\/\//, false],
		[{ tlsInsecure: true }, /^--tls-insecure is of TLS/, false],
	] as [object, RegExp, boolean?][])
		it(`${JSON.stringify(given).replaceAll(folder, "")} is refused: ${wanted}`, () => {
			assert.throws(() => readSecurity({ ...none, ...given }, secure), { message: wanted, exitCode: 2 });
		});
});
