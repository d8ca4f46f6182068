// The page's server, over real sockets: routes, headers, caches, the stream of events.
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { Broker } from "../../hosts/node/broker/broker.js";
import { Answers } from "../../hosts/node/http/answer.js";
import { Events } from "../../hosts/node/http/events.js";
import { Site } from "../../hosts/node/http/site.js";
import { version } from "../../src/version.js";
import { until } from "./contract/probe.js";

/** The page's folder, and beside it what nobody may read. */
const outer = fs.mkdtempSync(path.join(os.tmpdir(), "lampwire-page-"));
const folder = path.join(outer, "page");
const put = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text);
const script = `document.title = "light";\n`.repeat(40);
let site: Site;
let broker: Broker;
before(async () => {
	fs.mkdirSync(path.join(folder, "assets"), { recursive: true });
	put("index.html", "<!doctype html><title>light</title>");
	for (const name of ["devices", "lamp", "knob"]) put(`${name}.html`, `<!doctype html><title>${name}</title>`);
	put("assets/light-ABC123.js", script);
	put("assets/page-ABC123.css", "html{}");
	put("assets/icon-ABC123.svg", "<svg/>");
	fs.writeFileSync(path.join(outer, "lampwire-secret.html"), "secret");
	site = new Site({ topic: "home/desk/light", folder });
	broker = new Broker({ mqttPort: 0, wsPort: 0, log: () => {}, onRequest: site.answer });
	await broker.start();
});
after(async () => {
	site.close();
	await broker.stop();
	fs.rmSync(outer, { recursive: true });
});

interface Answer {
	status: number;
	headers: http.IncomingHttpHeaders;
	body: Buffer;
}

/** Not `fetch`: it changes paths and headers on their way. */
function ask(target: string, { method = "GET", headers = {}, port = broker.wsPort } = {}): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const request = http.request({ host: "127.0.0.1", port, path: target, method, headers }, (response) => {
			const chunks: Buffer[] = [];
			response.on("data", (chunk) => chunks.push(chunk));
			response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
		});
		request.on("error", reject);
		request.end();
	});
}

const csp =
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

function assertGuarded({ headers }: Answer, what: string): void {
	assert.equal(headers["content-security-policy"], csp, what);
	assert.equal(headers["x-content-type-options"], "nosniff", what);
	assert.equal(headers["referrer-policy"], "no-referrer", what);
	assert.equal(headers["cross-origin-resource-policy"], "same-origin", what);
	assert.equal(headers["access-control-allow-origin"], undefined, what);
}

describe("the page's server", () => {
	it("has a page for each route that is built, a sentence for those that are not, and guards all of them", async () => {
		const pages = { "/": "light", "/devices": "devices", "/lamp": "lamp", "/knob": "knob", "/lamp?name=anna": "lamp" };
		for (const [route, title] of Object.entries(pages)) {
			const answer = await ask(route);
			assert.equal(answer.status, 200, route);
			assert.equal(answer.body.toString(), `<!doctype html><title>${title}</title>`, route);
			assert.equal(answer.headers["content-type"], "text/html; charset=utf-8");
			assert.equal(answer.headers["cache-control"], "no-cache");
			assertGuarded(answer, route);
		}
		for (const route of ["/wire", "/history", "/class", "/api/class", "/favicon.ico", "/nothing", "/lamp/", "/index.html"]) {
			const answer = await ask(route);
			assert.equal(answer.status, 404, route);
			assert.match(
				answer.body.toString(),
				/^<!doctype html>[\s\S]*<p>(This page is not there yet|There is nothing at this address)\./,
				route,
			);
			assertGuarded(answer, route);
		}
		// For programs, too: in plain words.
		const history = await ask("/api/history");
		assert.deepEqual([history.status, history.body.toString()], [404, "Nothing is recorded on this desk.\n"]);
		assertGuarded(history, "/api/history");
	});

	it("is not for pages and names of others; programs, which send no Origin, are let in", async () => {
		const host = `127.0.0.1:${broker.wsPort}`;
		for (const target of ["/", "/api/config", "/api/events", "/assets/light-ABC123.js"]) {
			for (const headers of [
				{ host, origin: "http://evil.example" },
				{ host, origin: "null" },
				{ host, origin: `http://127.0.0.1:${broker.wsPort + 1}` },
				{ host: "evil.example" },
			])
				assert.equal((await ask(target, { headers })).status, 403, `${target} ${JSON.stringify(headers)}`);
			if (target !== "/api/events") assert.equal((await ask(target, { headers: { host, origin: `http://${host}` } })).status, 200);
		}
	});

	it("leaves MQTT's own path to MQTT", async () => {
		assert.equal((await ask("/mqtt")).status, 426);
	});

	it("serves what is named by its hash for ever, zipped for who takes that", async () => {
		const plain = await ask("/assets/light-ABC123.js");
		assert.equal(plain.body.toString(), script);
		assert.equal(plain.headers["content-type"], "text/javascript; charset=utf-8");
		assert.equal(plain.headers["cache-control"], "public, max-age=31536000, immutable");
		assert.equal(plain.headers["content-encoding"], undefined);
		assertGuarded(plain, "asset");
		const zipped = await ask("/assets/light-ABC123.js", { headers: { "accept-encoding": "br, gzip" } });
		assert.equal(zipped.headers["content-encoding"], "gzip");
		assert.equal(zipped.headers.vary, "accept-encoding");
		assert.equal(gunzipSync(zipped.body).toString(), script);
		assert.ok(zipped.body.length < plain.body.length);
		assert.notEqual(zipped.headers.etag, plain.headers.etag);
		for (const no of ["gzip;q=0", "identity", "deflate, gzip;q=0.0"]) {
			const answer = await ask("/assets/light-ABC123.js", { headers: { "accept-encoding": no } });
			assert.equal(answer.headers["content-encoding"], undefined, no);
		}
		assert.match(String((await ask("/assets/page-ABC123.css")).headers["content-type"]), /^text\/css/);
		assert.equal((await ask("/assets/icon-ABC123.svg")).headers["content-type"], "image/svg+xml");
		assert.equal((await ask("/assets/light-000000.js")).status, 404);
	});

	it("answers 304 to who has it already, and 200 once it has changed", async () => {
		const { etag } = (await ask("/devices")).headers;
		assert.match(String(etag), /^"[\w-]+"$/);
		for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
			const answer = await ask("/devices", { headers: { "if-none-match": String(known) } });
			assert.deepEqual([answer.status, answer.body.length, answer.headers.etag], [304, 0, etag], known);
			assertGuarded(answer, "304");
		}
		put("devices.html", "<!doctype html><title>anew</title>");
		fs.utimesSync(path.join(folder, "devices.html"), 1, 1);
		const anew = await ask("/devices", { headers: { "if-none-match": String(etag) } });
		assert.deepEqual([anew.status, anew.body.toString()], [200, "<!doctype html><title>anew</title>"]);
	});

	it("answers HEAD as GET, without a body", async () => {
		for (const target of ["/", "/assets/light-ABC123.js", "/api/config", "/nothing", "/api/events"]) {
			const get = target === "/api/events" ? undefined : await ask(target);
			const head = await ask(target, { method: "HEAD" });
			assert.equal(head.body.length, 0, target);
			if (!get) assert.equal(head.headers["content-type"], "text/event-stream");
			else {
				assert.equal(head.status, get.status, target);
				for (const name of ["content-type", "content-length", "etag", "cache-control"])
					assert.equal(head.headers[name], get.headers[name], `${target} ${name}`);
			}
		}
	});

	it("is for reading only", async () => {
		for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
			for (const target of ["/", "/api/config", "/api/events", "/nothing"]) {
				const answer = await ask(target, { method });
				assert.deepEqual([answer.status, answer.headers.allow], [405, "GET, HEAD"], `${method} ${target}`);
				assertGuarded(answer, method);
			}
	});

	it("lets nobody out of its folder", async () => {
		for (const target of [
			"/assets/../../lampwire-secret.html",
			"/../lampwire-secret.html",
			"/assets/..%2f..%2flampwire-secret.html",
			"/assets/%2e%2e/%2e%2e/lampwire-secret.html",
			"/assets/..\\..\\lampwire-secret.html",
			`/assets/${outer}/lampwire-secret.html`,
			"/assets/../index.html",
			"/assets//index.html",
			"/assets/",
			"/assets",
			"/assets/light-ABC123.js/..",
			"/assets/light-ABC123.js%00.css",
			"//lampwire-secret.html",
			"/__proto__",
			"/constructor",
		]) {
			const answer = await ask(target);
			assert.equal(answer.status, 404, target);
			assert.doesNotMatch(answer.body.toString(), /secret/, target);
		}
	});

	it("tells what there is", async () => {
		const answer = await ask("/api/config");
		assert.equal(answer.headers["content-type"], "application/json");
		assert.equal(answer.headers["cache-control"], "no-store");
		assertGuarded(answer, "config");
		const { build, ...config } = JSON.parse(answer.body.toString());
		const on = { events: true, kept: false, wire: false, history: false, class: false };
		assert.deepEqual(config, { version, topic: "home/desk/light", mqtt: "/mqtt", on, notice: null, login: false });
		put("index.html", "<!doctype html><title>light</title>\n");
		fs.utimesSync(path.join(folder, "index.html"), 1, 1);
		assert.notEqual(JSON.parse((await ask("/api/config")).body.toString()).build, build, "another build");
	});

	it("says what to do when the page is not built", async () => {
		const bare = new Site({ topic: "light", folder: path.join(folder, "nowhere") });
		const other = http.createServer((request, response) => void bare.answer(request, response));
		await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
		const answer = await ask("/", { port: (other.address() as net.AddressInfo).port });
		await new Promise((resolve) => other.close(resolve));
		assert.equal(answer.status, 503);
		assert.match(answer.body.toString(), /npm run build/);
		assertGuarded(answer, "503");
	});
});

class Listener {
	text = "";
	readonly socket: net.Socket;
	ended = false;
	constructor(port = broker.wsPort) {
		this.socket = net.connect(port, "127.0.0.1", () => {
			this.socket.write("GET /api/events HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\n\r\n");
		});
		this.socket.setEncoding("utf8").on("data", (text) => {
			this.text += text;
		});
		this.socket.on("close", () => {
			this.ended = true;
		});
		this.socket.on("error", () => {});
	}
	get sets(): { by: string; payload: string; level: number | null; at: number; now: number }[] {
		return [...this.text.matchAll(/event: set\ndata: (.*)\n\n/g)].map(([, data]) => JSON.parse(data ?? ""));
	}
	get lights(): { name: string; level: number }[][] {
		return [...this.text.matchAll(/event: hue\ndata: (.*)\n\n/g)].map(([, data]) => JSON.parse(data ?? ""));
	}
	async heard(what: RegExp): Promise<void> {
		await until(
			() => what.test(this.text),
			() => `${what} in ${this.text}`,
		);
	}
}

describe("/api/events", () => {
	it("tells who has set the level, at first what is known, and a hostile name is but a text", async () => {
		const first = new Listener();
		await first.heard(/^HTTP\/1\.1 200 OK[\s\S]*content-type: text\/event-stream[\s\S]*retry: \d{4}\n\n/i);
		const name = `<img src=x onerror=alert(1)>\n\nevent: set\ndata: {"by":"other"}`;
		site.set(name, Buffer.from("154"));
		await until(() => first.sets.length === 1, "set");
		const [set] = first.sets;
		assert.deepEqual([set?.by, set?.payload], [name, "154"]);
		assert.ok(set && set.now >= set.at);
		const second = new Listener();
		await until(() => second.sets.length === 1, "what is known");
		assert.equal(second.sets[0]?.by, name);
		site.set("desk-dimmer", Buffer.from("154"));
		site.set("ben", Buffer.from("30"));
		await until(() => second.sets.length === 2, "the next");
		assert.equal(second.sets[1]?.by, "ben", "a heartbeat sets nothing");
		for (const { socket } of [first, second]) socket.destroy();
	});

	it("who sends what is no level has set none, and is told apart; another way of saying the same level sets nothing", async () => {
		const listener = new Listener();
		await listener.heard(/retry/);
		site.set("ben", Buffer.from("40"));
		await until(() => listener.sets.at(-1)?.payload === "40", "40");
		const before = listener.sets.length;
		for (const text of ["abc", "300", "", "[1]", "9".repeat(2_000)]) site.set("mallory", Buffer.from(text));
		site.set("lamp", Buffer.from('{"state":"ON","brightness":40}'));
		await listener.heard(/event: refused\ndata: \{"by":"mallory","payload":"9+/);
		assert.equal(listener.sets.length, before);
		site.set("anna", Buffer.from('{"brightness":41}'));
		await until(() => listener.sets.length > before, "41");
		assert.deepEqual([listener.sets.at(-1)?.by, listener.sets.at(-1)?.level], ["anna", 41]);
		// what ON means is the lamp's to know
		site.set("anna", Buffer.from("ON"));
		await until(() => listener.sets.length > before + 1, "ON");
		assert.equal(listener.sets.at(-1)?.level, null);
		listener.socket.destroy();
	});

	it("tells a turning knob's last word, and not each of them", async () => {
		const listener = new Listener();
		await listener.heard(/retry/);
		for (let level = 0; level <= 254; level++) site.set("desk-dimmer", Buffer.from(String(level)));
		await until(() => listener.sets.at(-1)?.payload === "254", "the last");
		assert.ok(listener.sets.length <= 4, `${listener.sets.length} told`);
		listener.socket.destroy();
	});

	it("tells what the lights of a Hue bridge show, six at most, by name and level alone; at first what is known", async () => {
		const first = new Listener();
		await until(() => first.lights.length === 1, "that there are none");
		assert.deepEqual(first.lights, [[]]);
		const name = `</ul><img src=x onerror=alert(1)>\n\nevent: set\ndata: {"by":"other"}`;
		const given = [
			{ name, level: 127, key: "secret" },
			{ name: "Window".repeat(20), level: -1 },
			...["a", "b", "c", "d", "e"].map((each) => ({ name: each, level: 0 })),
		];
		site.hue(given);
		await until(() => first.lights.length === 2, "the lights");
		const [, told] = first.lights;
		assert.deepEqual(
			told?.map(({ name: each, level }) => [each, level]),
			[[name.slice(0, 32), 127], ["Window".repeat(20).slice(0, 32), -1], ...["a", "b", "c", "d"].map((each) => [each, 0])],
		);
		assert.doesNotMatch(first.text, /secret/);
		const late = new Listener();
		await until(() => late.lights.length === 1, "what is known");
		assert.deepEqual(late.lights, [told]);
		// a fade, looked at twenty times a second and more
		site.hue(given);
		for (let level = 1; level <= 254; level++) site.hue([{ name: "Shelf", level }]);
		await until(() => late.lights.at(-1)?.[0]?.level === 254, "the last");
		assert.ok(late.lights.length <= 4, `${late.lights.length} told`);
		assert.deepEqual(late.lights.at(-1), [{ name: "Shelf", level: 254 }]);
		site.hue([]);
		await until(() => late.lights.at(-1)?.length === 0, "that there are none any more");
		for (const { socket } of [first, late]) socket.destroy();
	});

	it("has so many listeners and no more, and room again when they go", async () => {
		const all = Array.from({ length: 100 }, () => new Listener());
		for (const listener of all) await listener.heard(/retry/);
		const late = new Listener();
		await late.heard(/^HTTP\/1\.1 503 [\s\S]*retry-after: 10/i);
		for (const { socket } of [...all, late]) socket.destroy();
		const again = async () => {
			const listener = new Listener();
			await listener.heard(/\n\n|\r\n\r\n/);
			listener.socket.destroy();
			return /^HTTP\/1\.1 200/.test(listener.text);
		};
		let open = false;
		for (let tries = 0; tries < 1_000 && !open; tries++) open = await again();
		assert.ok(open);
	});

	it("cuts who does not read, and serves the others", async () => {
		const events = new Events(new Answers());
		const server = http.createServer((request, response) => events.listen(request, response));
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		const { port } = server.address() as net.AddressInfo;
		const [asleep, awake] = [new Listener(port), new Listener(port)];
		for (const listener of [asleep, awake]) await listener.heard(/retry/);
		asleep.socket.pause();
		const long = "x".repeat(2 ** 20);
		for (let told = 1; events.listeners === 2 && told < 100; told++) {
			events.set("somebody", `${told}${long}`, null);
			await until(() => awake.sets.length === told, "told");
		}
		assert.equal(events.listeners, 1);
		assert.equal(awake.ended, false);
		events.close();
		await until(() => awake.ended, "the end of all");
		asleep.socket.destroy();
		server.close();
	});
});
