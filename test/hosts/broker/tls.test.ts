// MQTT over TLS at the desk's broker: its own authority, kept; a certificate for this machine's names; who does not know it does not get in.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import fs from "node:fs";
import { connect as dial } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { connect } from "node:tls";
import mqtt, { type Packet } from "mqtt-packet";
import { keptAuthority } from "../../../hosts/node/authority.js";
import { Cli } from "../spawn.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lampwire-authority-"));
const ca = path.join(folder, "ca.crt");
const desk = ["broker", "--mqtt-port", "0", "--ws-port", "0", "--tls-port", "0", "--state", folder];

/** Says CONNECT over TLS. Resolves with what came back, or why nothing did. */
function knock(port: number, options: { ca?: Buffer; servername?: string; maxVersion?: "TLSv1.1" }): Promise<string> {
	return new Promise((resolve) => {
		const socket = connect({ host: "127.0.0.1", port, ...options }, () => {
			const parser = mqtt.parser();
			parser.on("packet", (packet: Packet) => {
				resolve(packet.cmd);
				socket.destroy();
			});
			socket.on("data", (chunk) => parser.parse(chunk));
			socket.write(
				mqtt.generate({ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, clientId: "secure", keepalive: 0 }),
			);
		});
		socket.on("error", ({ code = "?" }: NodeJS.ErrnoException) => resolve(code));
	});
}

describe("the desk's broker over TLS", () => {
	after(() => {
		Cli.killAll();
		fs.rmSync(folder, { recursive: true, force: true });
	});

	it("is made once, proves this machine's names, and is known again after a restart", async () => {
		const fingerprints: string[] = [];
		for (let start = 0; start < 2; start++) {
			const cli = new Cli(desk);
			const port = Number(/\d+$/.exec(await cli.event("listen", /^mqtts 127\.0\.0\.1 \d+$/))?.[0]);
			const advice = await cli.event("log", /--ca .*ca\.crt; SHA-256 /);
			fingerprints.push(advice.slice(-95));
			const known = { ca: fs.readFileSync(ca) };
			assert.equal(await knock(port, known), "connack");
			for (const servername of ["localhost", os.hostname()]) assert.equal(await knock(port, { ...known, servername }), "connack");
			assert.equal(await knock(port, { ...known, servername: "another.example" }), "ERR_TLS_CERT_ALTNAME_INVALID");
			assert.equal(await knock(port, {}), "SELF_SIGNED_CERT_IN_CHAIN");
			assert.notEqual(await knock(port, { ...known, maxVersion: "TLSv1.1" }), "connack");
			// what is no TLS at all is told, and hurts nobody
			const stranger = dial(port, "127.0.0.1", () => stranger.write("GET / HTTP/1.1\r\n\r\n"));
			stranger.on("error", () => {});
			await cli.event("log", /^broker: 127\.0\.0\.1 began no TLS that holds \(ERR_SSL_HTTP_REQUEST\)/);
			assert.equal(await knock(port, known), "connack");
			assert.equal(await cli.end("SIGTERM"), 0);
		}
		assert.equal(fingerprints[0], fingerprints[1]);
		assert.equal(fingerprints[0], new X509Certificate(fs.readFileSync(ca)).fingerprint256);
		if (process.platform !== "win32") assert.equal(fs.statSync(path.join(folder, "ca.key")).mode & 0o777, 0o600);
	});

	it("an authority that cannot be used is refused by name, without a word of its key", async () => {
		const key = path.join(folder, "ca.key");
		const kept = fs.readFileSync(key);
		const refused = async (why: RegExp) => {
			const cli = new Cli(desk);
			assert.equal(await cli.end(), 1);
			assert.match(cli.err, why);
			assert.doesNotMatch(cli.err, /PRIVATE/);
		};
		if (process.platform !== "win32") {
			fs.chmodSync(key, 0o644);
			await refused(/ca\.crt, with the key ca\.key, cannot be used: others can read it; say chmod 600 /);
			fs.chmodSync(key, 0o600);
		}
		const other = fs.mkdtempSync(path.join(os.tmpdir(), "lampwire-authority-"));
		keptAuthority(other, "127.0.0.1");
		fs.copyFileSync(path.join(other, "ca.key"), key);
		await refused(/the two do not belong together; remove both/);
		fs.writeFileSync(key, "nonsense");
		await refused(/cannot be used: .*; remove both/);
		fs.rmSync(key);
		await refused(/there is no such file; remove both/);
		fs.rmSync(other, { recursive: true });
		fs.writeFileSync(key, kept, { mode: 0o600 });
	});

	it("without --tls-port there is none", async () => {
		const cli = new Cli(desk.filter((word) => word !== "--tls-port").filter((word, i, all) => !(word === "0" && all[i - 1] === "0")));
		await cli.event("listen", /^ws /);
		assert.ok(!cli.out.includes("mqtts"), cli.out);
		assert.equal(await cli.end("SIGTERM"), 0);
	});

	it("the lamp's own TLS takes it", async () => {
		const cli = new Cli(desk);
		const port = /\d+$/.exec(await cli.event("listen", /^mqtts /))?.[0];
		const lamp = new Cli(["lamp", "--broker", `mqtts://localhost:${port}`, "--ca", ca, "--id", "safe"]);
		await cli.event("client", /^lamp-safe connected/);
		assert.equal(await lamp.end("SIGTERM"), 0);
	});
});
