// The setup page as a browser, a phone, a stranger and a power cut meet it. In Node, without a socket.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { head_max_bytes } from "../../../hosts/board/setup/request.js";
import { Saved } from "../../../hosts/board/setup/saved.js";
import { Board, Flash, good, PowerCut, presets, type Reply, secrets } from "./world.js";

describe("a browser", () => {
	test("gets the page, with the words of the mcconfig line in its fields", () => {
		const board = new Board({ presets: { ...presets, broker: "broker.lan" } });
		const reply = board.get();
		assert.equal(reply.status, 200);
		assert.equal(Number(reply.header("content-length")), Buffer.byteLength(reply.body));
		assert.match(reply.body, /value="broker\.lan"/);
		assert.doesNotMatch(reply.body, /Forget/, "nothing is saved yet");
		assert.equal(reply.header("cache-control"), "no-store");
		assert.match(reply.header("content-security-policy") ?? "", /default-src 'none'.*frame-ancestors 'none'/);
	});

	test("saves, in one write, and the board restarts when the answer is out", () => {
		const board = new Board();
		const reply = board.post("/save", good);
		assert.equal(reply.status, 200);
		assert.match(reply.body, /Saved/);
		assert.equal(board.done, 0);
		reply.whenSent?.();
		assert.equal(board.done, 1);
		assert.equal(board.flash.writes, 1);
		assert.deepEqual(board.saved.read(), { entered: good, proven: false });
		for (const secret of secrets) assert.ok(!reply.text.includes(secret));
	});

	test("is told what is wrong, field by field; nothing is saved and nothing restarts", () => {
		const board = new Board();
		const reply = board.post("/save", { ...good, broker: "mqtt://x/y", port: "0" });
		assert.equal(reply.status, 422);
		assert.equal(reply.whenSent, undefined);
		assert.match(reply.body, /id="broker-says" class="bad"/);
		assert.match(reply.body, /id="port-says" class="bad"/);
		assert.match(reply.body, /value="mqtt:\/\/x\/y"/, "what was typed stands there still");
		assert.equal(board.flash.writes, 0);
		for (const secret of secrets) assert.ok(!reply.text.includes(secret));
	});

	test("a missing field is an empty one, an unknown field nobody's", () => {
		const board = new Board();
		assert.equal(board.post("/save", { role: "lamp" }).status, 422);
		assert.equal(board.post("/save", { ...good, admin: "yes" }).status, 200);
		assert.deepEqual(board.saved.read()?.entered, good);
	});

	test("the space that a phone's keyboard adds is not part of a name; of a password it is", () => {
		const board = new Board();
		board.post("/save", { ...good, ssid: "home ", broker: " 192.168.1.10 ", topic: "light ", password: "wifi-secret " });
		assert.deepEqual(board.saved.read()?.entered, { ...good, password: "wifi-secret " });
	});

	test("an empty password keeps the saved one, but takes it to no other Wi-Fi and no other broker", () => {
		const board = new Board();
		board.post("/save", good);
		const without = { ...good, password: "", mqtt_password: "" };
		board.post("/save", { ...without, topic: "desk" });
		assert.deepEqual(board.saved.read()?.entered, { ...good, topic: "desk" });
		board.post("/save", { ...without, ssid: "elsewhere" });
		assert.deepEqual(board.saved.read()?.entered, { ...good, ssid: "elsewhere", password: "" });
		for (const change of [{ broker: "evil.example" }, { port: "1884" }, { mqtt_user: "eve" }]) {
			board.post("/save", good);
			board.post("/save", { ...without, ...change });
			assert.equal(board.saved.read()?.entered.mqtt_password, "", JSON.stringify(change));
		}
	});

	test("forgets only when it is sure", () => {
		const board = new Board();
		board.post("/save", good);
		assert.match(board.get().body, /action="\/forget"/);
		assert.equal(board.post("/forget", { sure: "" }).status, 400);
		assert.deepEqual(board.saved.read()?.entered, good);
		const reply = board.post("/forget", { sure: "yes" });
		reply.whenSent?.();
		assert.equal(board.done, 1);
		assert.equal(board.saved.read(), undefined);
		assert.ok(![...board.flash.values.values()].join().includes(good.password));
	});

	test("is told why the page is back", () => {
		assert.match(new Board({ reason: "failed" }).get().body, /role="status">The board did not get into the Wi-Fi/);
		assert.match(
			new Board({ reason: "unanswered" }).get().body,
			/role="status">The board is in your Wi-Fi, but has not come to the broker/,
		);
		assert.doesNotMatch(new Board({ reason: "asked" }).get().body, /role="status"/);
		const { body } = new Board({ fault: "config: broker=<b> must be" }).get();
		assert.match(body, /role="status">The board cannot start with what was entered. config: broker=&lt;b&gt; must be/);
	});

	test("what the page lists is saved as it is, byte for byte; the space that a keyboard adds to another name is not", () => {
		const networks = [" home ", "Jim’s iPhone", "Cafe\u0301"];
		for (const ssid of networks) {
			const board = new Board({ networks });
			assert.ok(board.get().body.includes(`<option value="${ssid}">`));
			assert.equal(board.post("/save", { ...good, ssid }).status, 200);
			assert.equal(board.saved.read()?.entered.ssid, ssid);
		}
	});

	test("an answer whose length cannot be told is a 500, not a page with a wrong one", () => {
		const reply = new Board({ networks: ["\ud800"] }).get();
		assert.equal(reply.status, 500);
		assert.equal(Number(reply.header("content-length")), Buffer.byteLength(reply.body));
	});

	test("HEAD is GET without the body", () => {
		const board = new Board();
		for (const path of ["/", "/generate_204"]) {
			const head = board.raw(`HEAD ${path} HTTP/1.1\r\nHost: 192.168.4.1\r\n\r\n`) as Reply;
			assert.equal(`${head.text}${board.get(path).body}`, board.get(path).text);
			assert.equal(head.body, "");
		}
		assert.equal(board.raw("DELETE / HTTP/1.1\r\nHost: 192.168.4.1\r\n\r\n")?.header("allow"), "GET, HEAD, POST");
	});

	test("a broker in the setup's own network is warned of, and saved: there are routers that use it too", () => {
		const board = new Board();
		assert.match(board.post("/save", { ...good, broker: "192.168.4.1" }).body, /an address in the board&#39;s own setup network/);
		assert.equal(board.saved.read()?.entered.broker, "192.168.4.1");
		assert.doesNotMatch(new Board().post("/save", good).body, /setup network/);
	});

	test("a storage that takes nothing is said to, and the board does not restart", () => {
		const board = new Board();
		board.flash.left = 0;
		const reply = board.post("/save", good);
		assert.equal(reply.status, 500);
		assert.equal(reply.whenSent, undefined);
	});
});

describe("a phone that asks whether it is online", () => {
	for (const [os, request] of [
		["iOS", "GET /hotspot-detect.html HTTP/1.0\r\nHost: captive.apple.com\r\nConnection: close\r\n\r\n"],
		["Android", "GET /generate_204 HTTP/1.1\r\nUser-Agent: x\r\nHost: connectivitycheck.gstatic.com\r\n\r\n"],
		["Windows", "GET /connecttest.txt HTTP/1.1\r\nHost: www.msftconnecttest.com\r\n\r\n"],
		["one without Host", "GET / HTTP/1.0\r\n\r\n"],
	] as const)
		test(`is sent to the page: ${os}`, () => {
			const board = new Board();
			const reply = board.raw(request);
			assert.equal(reply?.status, 302);
			assert.equal(reply?.header("location"), "http://192.168.4.1/");
			assert.equal(board.visits, 0, "nobody looks at the page yet");
		});
});

describe("a stranger", () => {
	const attempts: [string, Record<string, string>][] = [
		["a page from elsewhere posts to us", { Origin: "https://evil.example" }],
		["so does one that hides its origin", { Origin: "null" }],
		["a name that has been bound to our address", { Host: "evil.example", Origin: "http://evil.example" }],
		["no Host at all", { Host: "-" }],
		["our address as a user name", { Origin: "http://192.168.4.1@evil.example" }],
		["another port", { Host: "192.168.4.1:8080", Origin: "http://192.168.4.1:8080" }],
	];
	for (const [what, headers] of attempts)
		for (const path of ["/save", "/forget"])
			test(`changes nothing: ${what}: ${path}`, () => {
				const board = new Board();
				board.saved.save(good);
				const reply = board.post(path, { ...good, broker: "evil.example", sure: "yes" }, headers);
				assert.equal(reply.status, 403);
				assert.deepEqual(board.saved.read()?.entered, good);
				assert.equal(board.visits, 0);
			});

	test("another type, method, path or coding changes nothing", () => {
		const board = new Board();
		assert.equal(board.post("/save", good, { "Content-Type": "text/plain" }).status, 415);
		assert.equal(board.post("/save", good, { "Content-Length": "8193" }).status, 413);
		assert.equal(board.post("/nothing", good).status, 404);
		assert.equal(board.raw("DELETE / HTTP/1.1\r\nHost: 192.168.4.1\r\n\r\n")?.status, 405);
		assert.equal(board.raw("POST /save HTTP/1.1\r\nHost: 192.168.4.1\r\nTransfer-Encoding: chunked\r\n\r\n")?.status, 501);
		assert.equal(board.get(`/save?${new URLSearchParams(good)}`).status, 302, "a secret in an address saves nothing");
		assert.equal(board.flash.writes, 0);
	});

	for (const [why, request, status] of [
		["no request", "hello\r\n\r\n", 400],
		["HTTP/2", "GET / HTTP/2\r\n", 505],
		["two hosts", "GET / HTTP/1.1\r\nHost: 192.168.4.1\r\nHost: evil\r\n", 400],
		["two lengths", "POST /save HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n", 400],
		["a negative length", "POST /save HTTP/1.1\r\nContent-Length: -1\r\n", 400],
		["a length in other digits", "POST /save HTTP/1.1\r\nContent-Length: 1e3\r\n", 400],
		["an endless length", "POST /save HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n", 400],
		["a space before the colon", "GET / HTTP/1.1\r\nHost : x\r\n", 400],
		["a folded line", "GET / HTTP/1.1\r\nHost: x\r\n y\r\n", 400],
		["a folded line that looks like a header", "GET / HTTP/1.1\r\nX: x\r\n y: z\r\n", 400],
		["the same with a tab", "GET / HTTP/1.1\r\nX: x\r\n\ty: z\r\n", 400],
		["a box ticked twice", "PUT /update HTTP/1.1\r\nAllow-Older: no\r\nAllow-Older: yes\r\n", 400],
		["a line without end", `GET /${"x".repeat(head_max_bytes)}`, 431],
		["headers without end", `GET / HTTP/1.1\r\n${"x: y\r\n".repeat(head_max_bytes / 6)}`, 431],
	] as const)
		test(`is refused with ${status}: ${why}`, () => {
			for (const size of [1, 7, Number.POSITIVE_INFINITY]) assert.equal(new Board().raw(request, size)?.status, status);
		});

	test("any bytes, in any pieces: an answer or silence, never an exception, never a setting", () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (bytes, size) => {
				const board = new Board();
				const starts = ["", "GET / HTTP/1.1\r\n", "POST /save HTTP/1.1\r\nHost: 192.168.4.1\r\nContent-Length: 20\r\n\r\n"];
				for (const start of starts) board.raw(start + String.fromCharCode(...bytes), size);
				assert.equal(board.flash.writes, 0);
			}),
		);
	});

	test("a request comes in any pieces", () => {
		for (let size = 1; size < 60; size++) {
			const board = new Board();
			assert.equal(board.post("/save", { ...good, ssid: "Café & Büro" }, {}, size).status, 200);
			assert.equal(board.saved.read()?.entered.ssid, "Café & Büro");
		}
	});
});

describe("what is saved", () => {
	test("a power cut at any write leaves what was, or what is, and the board knows which", () => {
		const other = { ...good, ssid: "elsewhere", broker: "broker.lan" };
		const life = (flash: Flash) => {
			const saved = new Saved(flash);
			saved.save(good);
			saved.prove();
			saved.ask("asked");
			if (saved.takeReason() === undefined) throw new PowerCut();
			saved.save(other);
			saved.ask("failed");
			if (saved.takeReason() === undefined) throw new PowerCut();
			saved.forget();
		};
		const whole = new Flash();
		life(whole);
		assert.equal(whole.writes, 8);
		for (let left = 0; left < whole.writes; left++) {
			const flash = new Flash();
			flash.left = left;
			assert.throws(() => life(flash), PowerCut);
			const read = new Saved(flash).read()?.entered;
			assert.deepEqual(read, left === 0 ? undefined : left < 5 ? good : other, `after ${left} writes`);
		}
	});

	test("nothing that cannot work is started with: it is asked for again", () => {
		const flash = new Flash();
		const saved = new Saved(flash);
		saved.save(good);
		const text = flash.read("setup") as string;
		for (const damaged of ["", "1", text.replace("1\n", "2\n"), `${text}\nmore`, text.replace("1883", "0"), text.slice(0, -30)]) {
			flash.values.set("setup", damaged);
			assert.equal(saved.read(), undefined, JSON.stringify(damaged));
		}
	});

	test("the longest settings fit into what the storage takes", () => {
		const longest = {
			role: "dimmer",
			ssid: "s".repeat(32),
			password: "f".repeat(64),
			broker: "b".repeat(128),
			port: "65535",
			topic: "t".repeat(128),
			mqtt_user: "u".repeat(128),
			mqtt_password: "p".repeat(2_048),
		};
		const board = new Board();
		assert.equal(board.post("/save", longest).status, 200);
		board.saved.prove();
		assert.deepEqual(board.saved.read(), { entered: longest, proven: true });
	});

	test("the reason to open the page is taken once: the start after it is as usual", () => {
		const flash = new Flash();
		const saved = new Saved(flash);
		assert.equal(saved.takeReason(), undefined);
		saved.ask("failed");
		assert.equal(new Saved(flash).takeReason(), "failed");
		assert.equal(new Saved(flash).takeReason(), undefined);
		saved.ask("asked");
		flash.left = 0;
		assert.equal(saved.takeReason(), undefined, "a flash that keeps nothing more: not at every start");
	});

	test("proving writes once", () => {
		const flash = new Flash();
		const saved = new Saved(flash);
		saved.prove();
		assert.equal(flash.writes, 0);
		saved.save(good);
		for (let i = 0; i < 5; i++) saved.prove();
		assert.equal(flash.writes, 2);
		assert.equal(saved.read()?.proven, true);
	});
});
