// MQTT over WebSocket by frames of our own, over a socket that the test plays: the handshake.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { answer_max_bytes, handshake_timeout_ms } from "../../../src/limits.js";
import { base64 } from "../../../src/mqtt/websocket/base64.js";
import { acceptOf } from "../../../src/mqtt/websocket/handshake.js";
import { sha1 } from "../../../src/mqtt/websocket/sha1.js";
import { pattern } from "../../hosts/contract/probe.js";
import { buffersMade } from "../../world/buffers.js";
import { accept, answerTo, frame, keyOf, play } from "./played.js";

const BINARY = 2;

describe("WebSocket of our own: handshake", () => {
	it("SHA-1 and base64 are those of Node, at every length around their blocks; the accept key is RFC 6455's own example", () => {
		for (let length = 0; length <= 200; length++) {
			const bytes = randomBytes(length);
			assert.deepEqual(Buffer.from(sha1(bytes)), createHash("sha1").update(bytes).digest(), `${length} bytes`);
			assert.equal(base64(bytes), bytes.toString("base64"), `${length} bytes`);
		}
		assert.equal(acceptOf("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	});

	it("[MQTT-6.0.0-3] asks for the subprotocol mqtt at host and path, with a new key each time, once there is room for all of it", () => {
		const requests = [{}, { port: 443, secure: true }, { port: 443 }, { host: "::1", port: 9001, path: "/a?b=c" }, { host: undefined }].map(
			(more) => {
				const { inner, heard } = play(more);
				inner.room(100);
				assert.equal(inner.sent().length, 0);
				inner.room(1_000);
				assert.deepEqual(heard, []);
				return inner.sent().toString();
			},
		);
		assert.deepEqual(
			requests.map((text) => text.split("\r\n").slice(0, 2).join(" ")),
			[
				"GET /mqtt HTTP/1.1 Host: broker.example",
				"GET /mqtt HTTP/1.1 Host: broker.example",
				"GET /mqtt HTTP/1.1 Host: broker.example:443",
				"GET /a?b=c HTTP/1.1 Host: [::1]:9001",
				"GET /mqtt HTTP/1.1 Host: 10.0.0.7",
			],
		);
		assert.equal(
			requests[0],
			`GET /mqtt HTTP/1.1\r\nHost: broker.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${keyOf(requests[0])}\r\n` +
				"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n",
		);
		const keys = requests.map(keyOf);
		assert.equal(new Set(keys).size, keys.length);
		for (const key of keys) assert.equal(Buffer.from(key, "base64").length, 16);
	});

	it("refuses bad options by name, before it takes anything", () => {
		const bad = {
			host: ["evil.example/path?", "a b", "a\r\nX: y", "", "a@b"],
			path: ["mqtt", "", "/a b", "/a\r\nX: y", "/\u00e4", 7],
			socket: [undefined, {}, { io: 1 }],
			time: [undefined],
			random: [undefined, 0.5],
			frame: [511, 65_536, 600.5, "600"],
			onReadable: [undefined],
			onWritable: [1],
			onError: ["x"],
		};
		for (const [name, values] of Object.entries(bad))
			for (const value of values) assert.throws(() => play({ [name]: value }), new RegExp(`^TypeError: WebSocket: ${name} must be`), name);
	});

	it("is connected when the answer's head is whole, however it is cut, and frames may come right behind it", () => {
		for (let cut = 0; cut < 260; cut++) {
			const { inner, heard, read, time } = play();
			inner.room(10_000);
			assert.equal(time.set, handshake_timeout_ms);
			const bytes = Buffer.concat([answerTo(inner.sent()), frame(BINARY, [1, 2, 3])]);
			inner.arrive(bytes.subarray(0, cut));
			inner.arrive(bytes.subarray(cut));
			assert.match(heard.join(", "), /^writable \d+(, readable [12])?, readable [1-3]$/, `cut at ${cut}`);
			assert.deepEqual([...read()], [1, 2, 3]);
			assert.equal(time.set, undefined);
		}
	});

	const right = (key: string) => ({
		Upgrade: "websocket",
		Connection: "Upgrade",
		"Sec-WebSocket-Accept": accept(key),
		"Sec-WebSocket-Protocol": "mqtt",
	});
	const answers: [string, RegExp | undefined, (key: string) => string | [string, Record<string, string | undefined>]][] = [
		["other cases, more headers, a very long one", undefined, (key) => ["HTTP/1.1 101 ok", { "x-much": "y".repeat(2_000), ...right(key) }]],
		["line ends of one byte", undefined, (key) => answerTo(`Sec-WebSocket-Key: ${key}\r`).toString().replaceAll("\r", "")],
		[
			"a wrong accept",
			/Accept is not what the key asks for/,
			(key) => ["HTTP/1.1 101 x", { ...right(key), "Sec-WebSocket-Accept": accept("x") }],
		],
		["no accept", /Accept is not what the key asks for/, (key) => ["HTTP/1.1 101 x", { ...right(key), "Sec-WebSocket-Accept": undefined }]],
		["the key itself", /Accept is not what the key asks for/, (key) => ["HTTP/1.1 101 x", { ...right(key), "Sec-WebSocket-Accept": key }]],
		["an accept that goes on", /Accept is not/, (key) => ["HTTP/1.1 101 x", { ...right(key), "Sec-WebSocket-Accept": `${accept(key)}=` }]],
		["no upgrade", /not for a WebSocket/, (key) => ["HTTP/1.1 101 x", { ...right(key), Upgrade: undefined }]],
		["another upgrade", /not for a WebSocket/, (key) => ["HTTP/1.1 101 x", { ...right(key), Upgrade: "h2c" }]],
		["no connection", /not for a WebSocket/, (key) => ["HTTP/1.1 101 x", { ...right(key), Connection: "close" }]],
		[
			"no subprotocol",
			/chose the subprotocol "" \[MQTT-6.0.0-4\]/,
			(key) => ["HTTP/1.1 101 x", { ...right(key), "Sec-WebSocket-Protocol": undefined }],
		],
		["another", /subprotocol "mqttv3.1"/, (key) => ["HTTP/1.1 101 x", { ...right(key), "Sec-WebSocket-Protocol": "mqttv3.1" }]],
		[
			"an extension",
			/extension that was not offered/,
			(key) => ["HTTP/1.1 101 x", { ...right(key), "Sec-WebSocket-Extensions": "permessage-deflate" }],
		],
		["a header without a name", /header without a name/, () => "HTTP/1.1 101 x\r\n folded: yes\r\n"],
		["404", /answered 404 .* at \/mqtt; the broker's path is another/, () => "HTTP/1.1 404 Not Found\r\n"],
		["401", /answered 401 .*admits nobody/, () => "HTTP/1.0 401 Unauthorized\r\n"],
		["301", /answered 301 .*redirect is not followed/, () => "HTTP/1.1 301 Moved\r\n"],
		["200", /answered 200 .*is this the port/, () => "HTTP/1.1 200 OK\r\n"],
		["no HTTP", /does not answer in HTTP, but "SSH-2.0-OpenSSH_9"/, () => "SSH-2.0-OpenSSH_9\r\n"],
		["MQTT", /does not answer in HTTP, but " {1}\?"|does not answer in HTTP/, () => "\u0020\u0002\u0000\u0005\r\n"],
		["an endless line", new RegExp(`more than ${answer_max_bytes} bytes`), () => `HTTP/1.1 101 ok\r\nx: ${"y".repeat(20_000)}`],
		["endless lines", new RegExp(`more than ${answer_max_bytes} bytes`), () => `HTTP/1.1 101 ok\r\n${"x: y\r\n".repeat(5_000)}`],
		["an endless first line", new RegExp(`more than ${answer_max_bytes} bytes`), () => "H".repeat(20_000)],
	];
	for (const [what, wrong, answer] of answers)
		it(`the answer has ${what}: ${wrong ? "the connection ends, with the reason" : "connected"}`, () => {
			const { inner, heard, time, socket } = play();
			inner.room(10_000);
			const given = answer(keyOf(inner.sent()));
			const lines =
				typeof given === "string"
					? [given]
					: [given[0], ...Object.entries(given[1]).map(([name, value]) => value !== undefined && `${name}: ${value}`), "", ""].filter(
							(line) => line !== false,
						);
			inner.arrive(Buffer.from(lines.join("\r\n"), "latin1"));
			assert.equal(heard.length, 1);
			if (!wrong) return assert.match(heard[0], /^writable/);
			assert.match(heard[0], wrong);
			assert.match(heard[0], /^error /);
			assert.deepEqual([inner.closed, inner.sent().length, time.closed], [1, 0, true]);
			assert.equal(socket.write(pattern(3)), 0, "no throw because the connection has ended");
			socket.close();
			assert.equal(inner.closed, 1);
		});

	it("the answer has a deadline, and its bytes do not push it away", () => {
		const { inner, heard, time } = play();
		inner.room(10_000);
		inner.arrive(Buffer.from("HTTP/1.1 101 ok\r\n"));
		assert.equal(time.set, handshake_timeout_ms);
		time.ring();
		assert.match(heard[0], /^error the server has not answered the request for a WebSocket within 8000 ms/);
		assert.equal(inner.closed, 1);
	});

	it("an answer takes no memory that grows with it", () => {
		const { inner, heard } = play();
		inner.room(10_000);
		const answer = answerTo(inner.sent()).toString().split("\r\n\r\n")[0];
		inner.arrive(Buffer.from(answer));
		inner.put(Buffer.from(`\r\n${"x: yyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".repeat(200)}${"z".repeat(1_000)}: z\r\n\r\n`));
		const made = buffersMade(() => inner.options.onReadable(inner.unread));
		assert.deepEqual([made, heard.length], [[], 1]);
	});

	it("an end before the answer is whole is told as such", () => {
		const { inner, heard } = play();
		inner.room(10_000);
		inner.arrive(Buffer.from("HTTP/1.1 101 ok\r\n"));
		inner.end();
		assert.deepEqual(heard, ["error the server ended the connection without an answer: does it speak WebSocket here?"]);
		const refused = play();
		refused.inner.end(new Error("refused"));
		assert.deepEqual(refused.heard, ["error refused"]);
	});
});
