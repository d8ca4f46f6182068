// How a user comes to the page: the first line, --open, the code for phones, and the page for somebody else's broker.
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import jsqr from "jsqr";
import { WebSocketServer } from "ws";
import { lanAddress, pageUrl } from "../../hosts/node/addresses.js";
import { Broker } from "../../hosts/node/broker/broker.js";
import { beside, qrLines } from "../../hosts/node/http/qr.js";
import { freePort } from "../ports.js";
import { until } from "./contract/probe.js";
import { Cli } from "./spawn.js";

after(() => Cli.killAll());

const free = ["--mqtt-port", "0", "--ws-port", "0"];
// biome-ignore lint/suspicious/noExplicitAny: it is what is looked at
const configOf = async (url: string): Promise<any> => (await fetch(`${url}api/config`)).json();
const first = ({ out }: Cli) => /^\S+ (.*)\n/.exec(out)?.[1] ?? "";

describe("the page's URL", { concurrency: 2 }, () => {
	for (const command of ["desk", "broker"])
		it(`stands in the first line of ${command}, and leads to its topic`, async () => {
			const cli = new Cli([command, ...free, "--topic", "home/desk/light"]);
			await cli.event("listen", /^ws /);
			const [, url = ""] = /^page (http:\/\/127\.0\.0\.1:\d+\/)$/.exec(first(cli)) ?? [];
			assert.notEqual(url, "", cli.out);
			const config = await configOf(url);
			assert.deepEqual([config.topic, config.mqtt, config.on.events], ["home/desk/light", "/mqtt", true]);
			assert.ok([200, 503].includes((await fetch(url)).status));
			assert.equal(await cli.end("SIGTERM"), 0);
		});

	it("names a loopback of this machine, whatever the desk listens on", async () => {
		const cli = new Cli(["broker", ...free, "--host", "0.0.0.0", "--no-announce"]);
		await cli.event("listen", /^ws /);
		assert.match(first(cli), /^page http:\/\/127\.0\.0\.1:\d+\/$/);
		const lan = lanAddress("0.0.0.0");
		if (lan) await cli.event("hint", new RegExp(`^A phone opens ${pageUrl(lan, 0).replace("0/", "\\d+/")}\\.$`));
		assert.equal(await cli.end("SIGTERM"), 0);
		assert.equal(pageUrl("::1", 9001), "http://[::1]:9001/");
	});

	it("tells who has set the level, as the broker knows the client", async () => {
		const cli = new Cli(["desk", ...free]);
		await cli.event("lamp", /./);
		const url = first(cli).slice("page ".length);
		const events = new AbortController();
		const { body } = await fetch(`${url}api/events`, { signal: events.signal });
		let text = "";
		const reading = (async () => {
			for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) text += Buffer.from(chunk);
		})().catch(() => {});
		cli.say("77");
		await until(
			() => /"by":"[^"]*desk-dimmer","payload":"7\d"/.test(text),
			() => text,
		);
		events.abort();
		await reading;
		assert.equal(await cli.end("SIGTERM"), 0);
	});
});

describe("--open", { skip: process.platform === "linux" ? false : "xdg-open is Linux's" }, () => {
	it("opens the page's URL", async (t) => {
		const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lampwire-open-"));
		t.after(() => fs.rmSync(folder, { recursive: true }));
		const opened = path.join(folder, "opened");
		fs.writeFileSync(path.join(folder, "xdg-open"), `#!/bin/sh\nprintf %s "$1" > ${opened}.part && mv ${opened}.part ${opened}\n`, {
			mode: 0o755,
		});
		const cli = new Cli(["broker", ...free, "--open"], { PATH: `${folder}${path.delimiter}${process.env.PATH}` });
		await until(() => fs.existsSync(opened), "opened");
		assert.equal(`page ${fs.readFileSync(opened, "utf8")}`, first(cli));
		assert.equal(await cli.end("SIGTERM"), 0);
	});

	it("without a browser the desk goes on, and says what to do", async () => {
		const cli = new Cli(["desk", ...free, "--open"], { PATH: path.join(os.tmpdir(), "no such folder") });
		await cli.event("log", /^--open: xdg-open is not there; open http:\/\/127\.0\.0\.1:\d+\/ yourself$/);
		await cli.event("lamp", /./);
		assert.equal(await cli.end("SIGTERM"), 0);
	});
});

const black = "\x1b[38;5;16m\x1b[48;5;231m";
const back = "\x1b[0m";

/** What a camera sees of these lines: pixels as large as the terminal's half cells, on a ground of `ground`. */
function photographed(lines: readonly string[], ground: number) {
	const scale = 4;
	const border = 20;
	const rows = lines.map((line) => {
		assert.ok(line.startsWith(black) && line.endsWith(back), JSON.stringify(line));
		const text = line.slice(black.length, -back.length);
		assert.match(text, /^ {4}[ ▀▄█]* {4}$/u);
		return text;
	});
	const columns = rows[0]?.length ?? 0;
	const width = columns * scale + 2 * border;
	const height = rows.length * 2 * scale + 2 * border;
	const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++) {
			const row = Math.floor((y - border) / scale);
			const cell = rows[row >> 1]?.[Math.floor((x - border) / scale)];
			const dark = cell === "█" || cell === (row % 2 === 0 ? "▀" : "▄");
			pixels.fill(cell === undefined ? ground : dark ? 0 : 255, (y * width + x) * 4, (y * width + x) * 4 + 3);
		}
	return { pixels, width, height, columns };
}

describe("the code for phones", () => {
	for (const url of ["http://192.168.178.20:9001/", "http://10.0.0.7:9001/", "http://[2001:db8::dead:beef]:65535/"])
		for (const ground of [0, 255])
			it(`is read as ${url} on a ground of ${ground}, black on white`, () => {
				const { pixels, width, height, columns } = photographed(qrLines(url), ground);
				assert.equal(jsqr.default(pixels, width, height, { inversionAttempts: "dontInvert" })?.data, url);
				// Four light modules above, as on each side.
				for (const line of qrLines(url).slice(0, 2)) assert.equal(line, `${black}${" ".repeat(columns)}${back}`);
				assert.ok(columns >= 29 && columns <= 45, `${columns}`);
			});

	it("stands beside the desk where there is room, and nowhere else", () => {
		const code = qrLines("http://192.168.178.20:9001/");
		const draw = ({ columns, rows }: { columns: number; rows: number }) => Array.from({ length: rows }, () => ".".repeat(columns));
		const wide = beside(code, { columns: 80, rows: 24 }, draw);
		assert.deepEqual([wide.length, wide[20]], [24, ".".repeat(46)]);
		assert.equal(wide[0], `${".".repeat(46)}\x1b[0m\x1b[K\x1b[48G${code[0]}`);
		for (const size of [
			{ columns: 72, rows: 24 },
			{ columns: 80, rows: code.length - 1 },
		])
			assert.deepEqual(beside(code, size, draw), draw(size));
		assert.deepEqual(beside([], { columns: 200, rows: 50 }, draw), draw({ columns: 200, rows: 50 }));
	});
});

describe("lampwire page", { concurrency: 2 }, () => {
	for (const [args, wanted] of [
		[["--broker", "mqtt://localhost"], /--broker: a page speaks MQTT over WebSocket, not "mqtt:\/\/"; write ws:\/\/host/],
		[["--broker", "ws://anna:secret@h"], /--broker: the page asks for name and password itself/],
		[["--broker", "ws://"], /--broker: it names no host/],
		[["--broker", "ws://a,ws://b"], /--broker: a page has one broker/],
		[["--port", "65536"], /--port: "65536" is no port/],
		[["--mqtt-port", "1"], /no option --mqtt-port/],
	] as const)
		it(`${args.join(" ")} is refused by name`, async () => {
			const cli = new Cli(["page", ...args]);
			assert.equal(await cli.end(), 2);
			assert.match(cli.err, wanted);
			assert.doesNotMatch(cli.err, /secret/);
		});

	it("tells the page where the broker is, and lets it speak with nobody else", async (t) => {
		const port = await freePort();
		const broker = new Broker({ mqttPort: 0, wsPort: 0, wsOrigin: [`http://127.0.0.1:${port}`], log: () => {} });
		t.after(() => broker.stop());
		await broker.start();
		const cli = new Cli(["page", "--port", `${port}`, "--topic", "a/b", "--broker", `ws://127.0.0.1:${broker.wsPort}`]);
		await cli.event("listen", /^http 127\.0\.0\.1 \d+$/);
		const url = first(cli).slice("page ".length);
		const answer = await fetch(`${url}api/config`);
		const { topic, mqtt, on, notice } = await configOf(url);
		assert.deepEqual({ topic, mqtt, notice }, { topic: "a/b", mqtt: `ws://127.0.0.1:${broker.wsPort}/mqtt`, notice: null });
		assert.deepEqual(on, { events: false, kept: false, wire: false, history: false, class: false });
		assert.match(
			answer.headers.get("content-security-policy") ?? "",
			new RegExp(`; connect-src 'self' ws://127\\.0\\.0\\.1:${broker.wsPort}; base-uri`),
		);
		assert.equal((await fetch(url, { headers: { origin: "http://evil.example" } })).status, 403);
		assert.equal((await fetch(`${url}api/events`)).status, 404, "who is at another broker is not known");
		assert.equal(await cli.end("SIGTERM"), 0);
	});

	it("says how that desk is to be started, when it lets no page of ours in, and that nobody answers", async (t) => {
		const server = http.createServer();
		const webSockets = new WebSocketServer({ noServer: true });
		let origin = "";
		let open = false;
		server.on("upgrade", (request, socket, head) => {
			origin = String(request.headers.origin);
			if (open) webSockets.handleUpgrade(request, socket, head, () => {});
			else socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		t.after(() => {
			server.closeAllConnections();
			server.close();
		});
		const broker = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/mqtt`;
		const cli = new Cli(["page", "--port", "0", "--broker", broker]);
		await cli.event("log", /\(403\): start that desk with --ws-origin /);
		assert.equal(`page ${origin}/`, first(cli));
		const url = first(cli).slice("page ".length);
		const { notice } = await configOf(url);
		assert.equal(notice, `${broker} lets no page of ${origin} in (403): start that desk with --ws-origin ${origin}`);
		open = true;
		const nobody = new Cli(["page", "--port", "0", "--broker", "ws://127.0.0.1:1/"]);
		await nobody.event("log", /^ws:\/\/127\.0\.0\.1:1\/mqtt does not answer: /);
		for (const each of [cli, nobody]) assert.equal(await each.end("SIGTERM"), 0);
	});
});
