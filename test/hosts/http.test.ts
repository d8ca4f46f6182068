// HTTP of the Node host, against the virtual Hue bridge on real sockets.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { makeCertificate } from "../../hosts/node/certificate.js";
import { VirtualBridge } from "../../hosts/node/hue-bridge/model.js";
import { BridgeServer } from "../../hosts/node/hue-bridge/server.js";
import { device } from "../../hosts/node/index.js";
import type { Http, HttpOptions, HttpRequest } from "../../src/host.js";

const authority = makeCertificate({ name: "Test authority", authority: true });
const bridge = new VirtualBridge({ now: () => performance.now(), keys: ["the-key"], lenient: true });
const server = new BridgeServer({ bridge, port: 0, httpsPort: 0, certificate: makeCertificate({ name: bridge.id, issuer: authority }) });
const pin = new X509Certificate(server.certificate.certificate).fingerprint256;
const open: Http[] = [];

before(() => server.start());
after(async () => {
	for (const http of open) http.close();
	await server.stop();
});

function client(options: Partial<HttpOptions> = {}): Http {
	const { http } = device.network;
	const made = new http.io({
		...http,
		host: "127.0.0.1",
		port: options.secure ? server.httpsPort : server.port,
		limit: 100_000,
		...options,
	});
	open.push(made);
	return made;
}

type Ask = Partial<HttpRequest> & { path: string };

function ask(http: Http, request: Ask): Promise<{ status: number; body: string } | string> {
	return new Promise((resolve) =>
		http.request({ method: "GET", onDone: (status, body) => resolve({ status, body }), onError: resolve, ...request }),
	);
}

describe("http", () => {
	test("one exchange after the other, on one connection", async () => {
		const http = client();
		for (let i = 0; i < 3; i++) {
			const answer = await ask(http, { path: "/api/the-key/lights/1" });
			assert.ok(typeof answer === "object" && answer.status === 200 && JSON.parse(answer.body).name === "Desk");
		}
		const put = await ask(http, { method: "PUT", path: "/api/the-key/lights/1/state", body: '{"on":true,"bri":9}' });
		assert.ok(typeof put === "object" && put.status === 200);
		assert.equal(bridge.lights[0]?.level, 9);
	});

	test("a second exchange at once, or after close, throws; after close nothing is told", async () => {
		const http = client();
		const told: unknown[] = [];
		http.request({ method: "GET", path: "/api/config", onDone: (status) => told.push(status), onError: (reason) => told.push(reason) });
		await assert.rejects(ask(http, { path: "/" }), /under way/);
		http.close();
		http.close();
		await ask(client(), { path: "/api/config" });
		assert.deepEqual(told, []);
		await assert.rejects(ask(http, { path: "/" }), /closed/);
	});

	test("a redirect is an answer", async () => {
		bridge.mode = "redirect";
		const answer = await ask(client(), { method: "PUT", path: "/api/the-key/lights/1/state", body: "{}" });
		bridge.mode = "both";
		assert.ok(typeof answer === "object" && answer.status === 301);
	});

	test("no answer is told in words: nobody there, cut off, too long", async () => {
		assert.equal(await ask(client({ port: 1 }), { path: "/" }), "nothing listens there");
		server.dropping = 1;
		assert.equal(await ask(client(), { path: "/api/config" }), "the connection broke");
		assert.equal(await ask(client({ limit: 10 }), { path: "/api/config" }), "the answer is longer than 10 bytes");
	});
});

describe("https", () => {
	const headers = { "hue-application-key": "the-key" };
	const path = "/clip/v2/resource/light";

	test("the pinned certificate, and the authority's, let in", async () => {
		for (const secure of [{ pin, name: bridge.id }, { certificate: authority.certificate, name: bridge.id }, {}]) {
			const answer = await ask(client({ secure }), { path, headers });
			assert.ok(typeof answer === "object" && answer.status === 200, JSON.stringify(answer));
		}
	});

	test("another certificate, another name, another authority: refused before a byte of the request has left", async () => {
		const asked: string[] = [];
		const answer = bridge.answer.bind(bridge);
		bridge.answer = (request) => {
			asked.push(request.path);
			return answer(request);
		};
		const stranger = makeCertificate({ name: "Stranger", authority: true });
		const wrongPin = await ask(client({ secure: { pin: "00".repeat(32), name: bridge.id } }), { path, headers });
		assert.match(String(wrongPin), /not the one of the pairing .* If the bridge was replaced or reset, pair again/);
		const wrongName = await ask(client({ secure: { certificate: authority.certificate, name: "001788fffe999999" } }), { path, headers });
		assert.match(String(wrongName), /that of "001788fffe123456", not of the bridge 001788fffe999999/);
		const wrongAuthority = await ask(client({ secure: { certificate: stranger.certificate, name: bridge.id } }), { path, headers });
		assert.equal(typeof wrongAuthority, "string");
		assert.deepEqual(asked, []);
		bridge.answer = answer;
	});

	test("a body in pieces: the event stream, until it is closed", async () => {
		const http = client({ secure: { pin } });
		const pieces: string[] = [];
		await new Promise<void>((resolve, reject) =>
			http.request({
				method: "GET",
				path: "/eventstream/clip/v2",
				headers,
				onPiece: (text) => {
					pieces.push(text);
					if (pieces.length === 1) bridge.switch(bridge.lights[1] as never, { on: true });
					if (pieces.join("").includes('"on":true')) resolve();
				},
				onDone: () => reject(new Error("done")),
				onError: reject,
			}),
		);
		http.close();
	});
});
