// Pairing, finding and keeping the key, against a virtual bridge on real sockets.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createServer } from "node:http";
import os from "node:os";
import path from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import multicastDns from "multicast-dns";
import { makeCertificate } from "../../hosts/node/certificate.js";
import { bridgeOf, findByMdns, findByVendor } from "../../hosts/node/hue/find.js";
import { accessOf, choosePairing, keepPairing, type Pairing, pairings } from "../../hosts/node/hue/keys.js";
import { type PairOptions, pair } from "../../hosts/node/hue/pair.js";
import { VirtualBridge } from "../../hosts/node/hue-bridge/model.js";
import { BridgeServer } from "../../hosts/node/hue-bridge/server.js";
import { servicesIn } from "../../hosts/node/mdns/records.js";

const authority = makeCertificate({ name: "Test authority", authority: true });
let now = 0;
const bridge = new VirtualBridge({ now: () => now, lenient: true });
const server = new BridgeServer({ bridge, port: 0, httpsPort: 0, certificate: makeCertificate({ name: bridge.id, issuer: authority }) });
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lampwire-hue-"));

before(() => server.start());
after(async () => {
	await server.stop();
	fs.rmSync(folder, { recursive: true });
});
beforeEach(() => {
	bridge.mode = "both";
	now += 100_000;
});

function options(more: Partial<PairOptions> = {}): PairOptions {
	const http = more.http ?? false;
	return { host: "127.0.0.1", port: http ? server.port : server.httpsPort, http, onWait() {}, pause: async () => {}, ...more };
}

describe("pairing", () => {
	test("counts down until the button is pressed, then has a key, the bridge's id and the certificate's fingerprint", async () => {
		const left: number[] = [];
		const pairing = await pair(
			options({
				onWait: (seconds) => {
					left.push(seconds);
					if (seconds === 37) bridge.pressButton();
				},
			}),
		);
		assert.deepEqual(left, [40, 39, 38, 37]);
		assert.ok(bridge.admits(pairing.key));
		assert.equal(pairing.bridge, bridge.id);
		assert.match(pairing.fingerprint ?? "", /^[0-9a-f]{64}$/);
	});

	test("a first generation's bridge by http, only when asked; https there says what to do", async () => {
		bridge.mode = "http";
		bridge.pressButton();
		const pairing = await pair(options({ http: true }));
		assert.equal(pairing.fingerprint, undefined);
		await assert.rejects(pair(options({ port: 1 })), /no Hue bridge answers by https at 127\.0\.0\.1:1 .* needs --hue-http/);
		bridge.mode = "redirect";
		await assert.rejects(pair(options({ http: true })), /speaks https only; leave out --hue-http/);
	});

	test("the button not pressed, another thing at the address, another certificate: refused in words", async () => {
		await assert.rejects(pair(options()), /button was not pressed within 40 s/);
		const other = createServer((_, response) => response.end("hello"));
		await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
		const { port } = other.address() as { port: number };
		await assert.rejects(pair(options({ http: true, port })), /answers, but is no Hue bridge/);
		other.close();
		const full = createServer((request, response) =>
			response.end(
				request.method === "GET"
					? JSON.stringify({ bridgeid: bridge.id })
					: '[{"error":{"type":7,"address":"/devicetype","description":"invalid value, x, for parameter, devicetype"}}]',
			),
		);
		await new Promise<void>((resolve) => full.listen(0, "127.0.0.1", resolve));
		const fullPort = (full.address() as { port: number }).port;
		await assert.rejects(
			pair(options({ http: true, port: fullPort })),
			/the bridge does not pair: invalid value, x, for parameter, devicetype$/,
		);
		full.close();
		const liar = new BridgeServer({ bridge, port: 0, httpsPort: 0, certificate: makeCertificate({ name: "ecb5fafffe000000" }) });
		await liar.start();
		await assert.rejects(
			pair(options({ port: liar.httpsPort })),
			/that of "ecb5fafffe000000", and the bridge calls itself 001788fffe123456/,
		);
		await liar.stop();
	});

	test("with the vendor's own authority the bridge is proved: its own lets in, a stranger's does not", async () => {
		bridge.pressButton();
		assert.ok(await pair(options({ authority: authority.certificate })));
		const stranger = makeCertificate({ name: "Stranger", authority: true });
		await assert.rejects(pair(options({ authority: stranger.certificate })), /the Hue bridge 127\.0\.0\.1: /);
	});
});

describe("the key's file", () => {
	const pairing: Pairing = { bridge: "001788fffe123456", host: "192.0.2.7", port: 443, key: "secret", fingerprint: "ab" };

	test("mode 0600, found again by id, by address, or as the only one", {
		skip: process.platform === "win32" && "modes are not Windows's",
	}, () => {
		const file = keepPairing(folder, pairing);
		assert.equal(fs.statSync(file).mode & 0o777, 0o600);
		assert.deepEqual(pairings(folder), [pairing]);
		assert.deepEqual(choosePairing(folder, undefined), pairing);
		assert.deepEqual(choosePairing(folder, { host: "192.0.2.7", port: 8443 }), { ...pairing, port: 8443 });
		assert.deepEqual(accessOf(pairing).secure, { name: pairing.bridge, pin: "ab" });
		assert.deepEqual(accessOf(pairing, { authority: "PEM" }).secure, { name: pairing.bridge, certificate: "PEM" });
		assert.throws(
			() => choosePairing(folder, { host: "192.0.2.8", port: undefined }),
			/192\.0\.2\.8 is not paired .* lampwire hue pair --hue-bridge 192\.0\.2\.8/,
		);
		keepPairing(folder, { ...pairing, bridge: "001788fffe654321" });
		assert.throws(
			() => choosePairing(folder, undefined),
			/2 Hue bridges are paired; choose with --hue-bridge: 001788fffe123456 \(192\.0\.2\.7\), 001788/,
		);
		fs.chmodSync(file, 0o644);
		assert.throws(() => pairings(folder), /holds a password, and cannot be used: others can read it; say chmod 600 .*, or pair again/);
		fs.chmodSync(file, 0o600);
		fs.writeFileSync(file, "{");
		assert.throws(() => pairings(folder), /is damaged; pair again/);
		assert.throws(() => choosePairing(path.join(folder, "none"), undefined), /no Hue bridge is paired with this machine; press/);
	});
});

describe("finding", () => {
	test("what mDNS answers: address, port, id and model", () => {
		const name = "Hue Bridge - 123456._hue._tcp.local";
		const found = servicesIn(
			[
				{ type: "PTR", name: "_hue._tcp.local", data: name },
				{ type: "SRV", name, data: { target: "001788123456.local", port: 443 } },
				{ type: "TXT", name, data: [Buffer.from("bridgeid=001788FFFE123456"), Buffer.from("modelid=BSB002")] },
				{ type: "A", name: "001788123456.local", data: "192.0.2.7" },
				{ type: "PTR", name: "_http._tcp.local", data: "printer" },
			],
			"_hue._tcp.local",
		);
		assert.deepEqual(found.map(bridgeOf), [{ bridge: "001788fffe123456", host: "192.0.2.7", port: 443, model: "BSB002" }]);
		assert.deepEqual(servicesIn([{ type: "PTR", name: "_hue._tcp.local", data: name }], "_hue._tcp.local"), []);
	});

	test("real mDNS, over the loopback: question and answer by multicast", async (t) => {
		const socket = { interface: "127.0.0.1", bind: "0.0.0.0", port: 20_000 + (process.pid % 20_000) } as multicastDns.Options;
		const responder = multicastDns(socket);
		const reachable = await new Promise<boolean>((resolve) => {
			responder.once("error", () => resolve(false));
			responder.once("query", () => resolve(true));
			responder.once("ready", () => responder.query([{ name: "probe.local", type: "A" }]));
			setTimeout(() => resolve(false), 5_000).unref();
		});
		if (!reachable) {
			responder.destroy();
			return t.skip("no multicast on the loopback of this machine");
		}
		const name = "Hue Bridge - 123456._hue._tcp.local";
		const questions: string[] = [];
		responder.on("query", ({ questions: asked }) => {
			questions.push(...asked.map(({ name, type }) => `${type} ${name}`));
			responder.respond({
				answers: [{ type: "PTR", name: "_hue._tcp.local", data: name }],
				additionals: [
					{ type: "SRV", name, data: { target: "001788123456.local", port: 443, priority: 0, weight: 0 } },
					{ type: "TXT", name, data: ["bridgeid=001788fffe123456", "modelid=BSB003"] },
					{ type: "A", name: "001788123456.local", data: "192.0.2.7" },
				],
			});
		});
		assert.deepEqual(await findByMdns(socket), [{ bridge: "001788fffe123456", host: "192.0.2.7", port: 443, model: "BSB003" }]);
		assert.ok(questions.includes("PTR _hue._tcp.local"), questions.join());
		await new Promise<void>((resolve) => responder.destroy(() => resolve()));
	});

	test("the vendor's page: its list, and its refusals in words", async () => {
		let answer: [number, string] = [200, '[{"id":"001788FFFE123456","internalipaddress":"192.0.2.7","port":443},{}]'];
		const page = createServer((_, response) => response.writeHead(answer[0]).end(answer[1]));
		await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
		const url = `http://127.0.0.1:${(page.address() as { port: number }).port}/`;
		assert.deepEqual(await findByVendor(url), [{ bridge: "001788fffe123456", host: "192.0.2.7", port: 443, model: "" }]);
		answer = [429, ""];
		await assert.rejects(findByVendor(url), /asked too often/);
		answer = [200, "{}"];
		await assert.rejects(findByVendor(url), /something else than a list/);
		page.close();
	});
});
