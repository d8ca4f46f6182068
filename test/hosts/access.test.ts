// Who may use the HTTP port: asked over real sockets, as a browser and as a program ask.
import assert from "node:assert/strict";
import { request } from "node:http";
import { connect } from "node:net";
import os from "node:os";
import { describe, it } from "node:test";
import { readOrigins } from "../../hosts/node/access.js";
import { started, stopAfterEach } from "./broker/make.js";
import { until } from "./contract/probe.js";

stopAfterEach();

interface Asked {
	host?: string;
	origin?: string;
	path?: string;
}

const webSocket = {
	connection: "Upgrade",
	upgrade: "websocket",
	"sec-websocket-version": "13",
	"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
	"sec-websocket-protocol": "mqtt",
};

/** Status and body of a GET, or of a handshake: 101 when it was let in. */
function ask(
	port: number,
	{ host, origin, path = "/" }: Asked,
	headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
	return new Promise((resolve, reject) => {
		const asked = request({
			port,
			host: "127.0.0.1",
			path,
			agent: false,
			headers: { host: host ?? `127.0.0.1:${port}`, ...(origin === undefined ? {} : { origin }), ...headers },
		});
		asked.on("error", reject);
		asked.on("upgrade", (response, socket) => {
			socket.destroy();
			resolve({ status: response.statusCode ?? 0, body: "" });
		});
		asked.on("response", (response) => {
			let body = "";
			response.setEncoding("utf8").on("data", (text) => (body += text));
			response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
		});
		asked.end();
	});
}

const machine = os.hostname().toLowerCase().replace(/\..*$/, "");
/** `PORT` stands for the broker's own. */
const admitted: [string, Asked][] = [
	["a program, which sends no Origin", {}],
	["our own page, by address", { origin: "http://127.0.0.1:PORT" }],
	["our own page, by localhost", { host: "localhost:PORT", origin: "http://localhost:PORT" }],
	["our own page, by an IPv6 address", { host: "[::1]:PORT", origin: "http://[::1]:PORT" }],
	["our own page, by the address of the network", { host: "192.0.2.10:PORT", origin: "http://192.0.2.10:PORT" }],
	["our own page, by this machine's name", { host: `${machine}:PORT`, origin: `http://${machine}:PORT` }],
	[
		"our own page, by the name that the network is told",
		{ host: `lampwire-${machine}-http.local:PORT`, origin: `http://lampwire-${machine}-http.local:PORT` },
	],
	[
		"our own page, by this machine's name and .local, in capitals",
		{ host: `${machine.toUpperCase()}.local:PORT`, origin: `http://${machine}.local:PORT` },
	],
	["our own page behind a proxy that speaks TLS", { host: "192.0.2.10", origin: "https://192.0.2.10" }],
	["a page that --ws-origin names", { origin: "https://class.example" }],
	["a page that --ws-origin names, with its port", { origin: "http://192.0.2.5:5173" }],
	["a program that uses a name that --ws-origin names", { host: "class.example:PORT" }],
];
const refused: [string, Asked, RegExp][] = [
	[
		"a foreign page",
		{ origin: "https://evil.example" },
		/https:\/\/evil\.example is not let in: start with --ws-origin https:\/\/evil\.example/,
	],
	[
		"a page of another port of this machine",
		{ host: "localhost:PORT", origin: "http://localhost:1" },
		/http:\/\/localhost:1 is not let in/,
	],
	[
		"a page of a name that only begins like ours",
		{ host: "localhost:PORT", origin: "http://localhost:PORT.evil.example" },
		/is not let in/,
	],
	["a page of a name with ours as its user", { host: "localhost:PORT", origin: "http://localhost:PORT@evil.example" }, /is not let in/],
	["Origin: null", { origin: "null" }, /a page without an address .* --ws-origin/],
	["an empty Origin", { origin: "" }, /is not let in/],
	[
		"a rebound name, whose page is its own",
		{ host: "evil.example:PORT", origin: "http://evil.example:PORT" },
		/"evil\.example:\d+" is no name of this machine/,
	],
	["a rebound name without Origin", { host: "evil.example:PORT" }, /is no name of this machine/],
	[
		"a rebound name, even where the page is let in",
		{ host: "evil.example", origin: "https://class.example" },
		/is no name of this machine/,
	],
	["a name that only begins with localhost", { host: "localhost.evil.example" }, /is no name of this machine/],
	["a name that only looks like an address", { host: "127.0.0.1.evil.example" }, /is no name of this machine/],
];

describe("the HTTP port", () => {
	const wsOrigin = readOrigins("https://class.example, HTTP://192.0.2.5:5173");
	const at = (port: number, asked: Asked) =>
		Object.fromEntries(Object.entries(asked).map(([key, text]) => [key, text.replace("PORT", String(port))]));

	for (const [who, asked] of admitted)
		it(`lets in ${who}: requests, and upgrades on any path`, async () => {
			const broker = await started({ wsOrigin });
			const { wsPort } = broker;
			assert.equal((await ask(wsPort, at(wsPort, asked))).status, 426);
			for (const path of ["/", "/mqtt", "/any/where?at=all"])
				assert.equal((await ask(wsPort, { ...at(wsPort, asked), path }, webSocket)).status, 101, path);
			assert.deepEqual(broker.lines, []);
		});

	for (const [who, asked, sentence] of refused)
		it(`refuses ${who} with a sentence, and logs it once`, async () => {
			let requests = 0;
			const broker = await started({ wsOrigin, onRequest: () => ++requests < 0 });
			const { wsPort } = broker;
			for (const headers of [{}, webSocket, webSocket]) {
				const { status, body } = await ask(wsPort, at(wsPort, asked), headers);
				assert.equal(status, 403);
				assert.match(body, sentence);
			}
			assert.equal(requests, 0);
			assert.equal(broker.lines.length, 1);
			assert.match(broker.lines[0] ?? "", sentence);
		});

	it("hands admitted requests on; what has no answer there is told what is spoken here", async () => {
		const broker = await started({
			onRequest: ({ url }, response) => {
				if (url !== "/api/config") return false;
				response.end("{}");
				return true;
			},
		});
		assert.deepEqual(await ask(broker.wsPort, { path: "/api/config" }), { status: 200, body: "{}" });
		assert.deepEqual(await ask(broker.wsPort, { path: "/" }), { status: 426, body: "MQTT over WebSocket is spoken here.\n" });
	});

	it("refuses a request that names no host, as HTTP 1.0 may", async () => {
		const { wsPort } = await started();
		const socket = connect(wsPort, "127.0.0.1");
		let answer = "";
		socket.setEncoding("utf8").on("data", (text) => (answer += text));
		socket.write("GET / HTTP/1.0\r\n\r\n");
		await until(() => socket.destroyed, "closed");
		assert.match(answer, /^HTTP\/1\.1 403 [\s\S]*"" is no name of this machine/);
	});

	it("shows no control characters of a stranger, and no line without end", async () => {
		const broker = await started();
		await ask(broker.wsPort, { origin: `http://${"x".repeat(3_000)}\u009b31m` });
		await until(() => broker.lines.length === 1, "a line");
		assert.ok((broker.lines[0] ?? "").length < 500);
		assert.ok(!(broker.lines[0] ?? "").includes("\u009b"));
	});
});

describe("--ws-origin", () => {
	for (const [text, sentence] of [
		["null", /anybody's/],
		["*", /no page's origin/],
		["http://*.example", /no page's origin/],
		["class.example", /no page's origin; give pages as scheme/],
		["http://class.example/page", /no page's origin/],
		["http://a.example,,http://b.example", /"" is no page's origin/],
	] as const)
		it(`${text} is refused`, () => assert.throws(() => readOrigins(text), sentence));

	it("takes several, in any case, and leaves out the port that the scheme says", () => {
		assert.deepEqual(readOrigins("http://A.example:80, https://b.example:443,http://c.example:8080"), [
			"http://a.example",
			"https://b.example",
			"http://c.example:8080",
		]);
	});
});
