// The browser host keeps the contract, in real Chromium; and what only a page has: its tab's id.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { type WebSocket, WebSocketServer } from "ws";
import { reset } from "../reset.js";
import { until } from "./contract/probe.js";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const skip = fs.existsSync(executablePath) ? false : `Chromium is not at ${executablePath} (CHROMIUM names another)`;
const here = import.meta.dirname;

/** The far ends, which the page asks for by number. */
class Peers {
	readonly #listeners: { server: WebSocketServer; arrived: WebSocket[] }[] = [];
	readonly #peers: { socket: WebSocket; chunks: Buffer[]; count: number; ended: boolean }[] = [];

	readonly control = async (what: string, number: number, argument = ""): Promise<string> => {
		if (what === "listen") return this.#listen();
		if (what === "port") return this.#port(number);
		if (what === "accept") return this.#accept(number);
		if (what === "close") return this.#close(number);
		return this.#order(what, number, argument);
	};

	async #listen(): Promise<string> {
		const server = new WebSocketServer({ host: "127.0.0.1", port: 0, handleProtocols: () => "mqtt", perMessageDeflate: false });
		const arrived: WebSocket[] = [];
		server.on("connection", (socket) => void arrived.push(socket));
		await new Promise((resolve) => server.once("listening", resolve));
		return String(this.#listeners.push({ server, arrived }) - 1);
	}

	#port(number: number): string {
		const { server } = this.#listeners[number] as { server: WebSocketServer };
		return String((server.address() as AddressInfo).port);
	}

	async #accept(number: number): Promise<string> {
		const { arrived } = this.#listeners[number] as { arrived: WebSocket[] };
		await until(() => arrived.length > 0, "a connection");
		const socket = arrived.shift() as WebSocket;
		const peer = { socket, chunks: [] as Buffer[], count: 0, ended: false };
		socket.on("message", (data) => {
			peer.chunks.push(data as Buffer);
			peer.count += (data as Buffer).length;
		});
		socket.on("error", () => {});
		socket.on("close", () => {
			peer.ended = true;
		});
		return String(this.#peers.push(peer) - 1);
	}

	async #close(number: number): Promise<string> {
		const { server } = this.#listeners[number] as { server: WebSocketServer };
		for (const socket of server.clients) socket.terminate();
		await new Promise((resolve) => server.close(resolve));
		return "";
	}

	async #order(what: string, number: number, argument: string): Promise<string> {
		const peer = this.#peers[number];
		assert.ok(peer, `${what} ${number}`);
		const { socket } = peer;
		if (what === "take") {
			await until(() => peer.count >= Number(argument), `${argument} bytes`);
			const all = Buffer.concat(peer.chunks);
			const taken = all.subarray(0, Number(argument));
			peer.chunks = [all.subarray(taken.length)];
			peer.count -= taken.length;
			return taken.toString("base64");
		}
		if (what === "send") {
			const bytes = Buffer.from(argument, "base64");
			// Frames are cut anywhere.
			for (let at = 0; at < bytes.length; at += 10_007) socket.send(bytes.subarray(at, at + 10_007));
		} else if (what === "pause") socket.pause();
		else if (what === "resume") socket.resume();
		else if (what === "end") socket.close();
		else if (what === "reset") reset((socket as unknown as { _socket: import("node:net").Socket })._socket);
		else if (what === "ended") await until(() => peer.ended, "the end");
		return "";
	}
}

async function bundled(entry: string): Promise<string> {
	const result = await build({
		...(entry.endsWith(".ts") ? { entryPoints: [entry] } : { stdin: { contents: entry, resolveDir: here, loader: "ts" as const } }),
		bundle: true,
		write: false,
		format: "iife",
		target: "es2024",
		alias: {
			"node:test": path.join(here, "browser", "node-test.ts"),
			"node:assert/strict": path.join(here, "..", "xs", "suite", "node-assert.ts"),
		},
		logLevel: "error",
	});
	return result.outputFiles[0]?.text ?? "";
}

describe("browser", { skip }, () => {
	let browser: Browser;
	let server: Server;
	let url = "";
	before(async () => {
		browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
		// Isolated, so that there are SharedArrayBuffers, as on the other hosts.
		const headers = {
			"cross-origin-opener-policy": "same-origin",
			"cross-origin-embedder-policy": "require-corp",
			"content-type": "text/html",
		};
		server = createServer((_, response) => response.writeHead(200, headers).end("<!doctype html><title>test</title>"));
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	});
	after(async () => {
		await browser?.close();
		server?.closeAllConnections();
		server?.close();
	});

	async function open(script: string): Promise<Page> {
		const page = await browser.newPage();
		await page.goto(url);
		await page.addScriptTag({ content: script });
		return page;
	}

	it("keeps the contract of every host", async (t) => {
		const page = await browser.newPage();
		await page.exposeFunction("control", new Peers().control);
		await page.goto(url);
		await page.addScriptTag({ content: await bundled(path.join(here, "browser", "suite.ts")) });
		const { passed, failed } = (await page.evaluate("runSuite()")) as { passed: string[]; failed: string[] };
		assert.deepEqual(failed, []);
		assert.ok(passed.length >= 40, `${passed.length} passed`);
		t.diagnostic(`${passed.length} tests passed in ${browser.version()}`);
		await page.close();
	});

	it("gives each tab an id of its own: kept over a reload, and not shared by a duplicate or by who has the same name", async () => {
		const script = await bundled('import { claimId } from "../../hosts/browser/index.js"; globalThis.claimId = claimId;');
		const page = await open(script);
		const claim = (tab: Page, name = "") => tab.evaluate(`claimId(${name})`) as Promise<string>;
		const id = await claim(page);
		assert.match(id, /^[0-9a-f]{6}$/);
		const [copy] = await Promise.all([page.context().waitForEvent("page"), page.evaluate("void window.open(location.href)")]);
		await copy.waitForLoadState();
		await copy.evaluate(`sessionStorage.setItem("lampwire-id", ${JSON.stringify(id)})`);
		await copy.addScriptTag({ content: script });
		const other = await claim(copy);
		assert.match(other, /^[0-9a-f]{6}$/);
		assert.notEqual(other, id);
		await page.reload();
		await page.addScriptTag({ content: script });
		assert.equal(await claim(page), id);
		assert.deepEqual([await claim(page, '"anna"'), await claim(copy, '"anna"')], ["anna", "anna-2"]);
		await page.context().close();
	});

	it("a tab that is too busy to answer at once keeps its id, against a copy of it", async () => {
		const script = await bundled('import { claimId } from "../../hosts/browser/index.js"; globalThis.claimId = claimId;');
		const context = await browser.newContext();
		// Each in a process of its own, so that the other one is not busy as well.
		const [page, copy] = [await context.newPage(), await context.newPage()];
		for (const tab of [page, copy]) await tab.goto(url);
		await page.addScriptTag({ content: script });
		const id = await page.evaluate("claimId()");
		await copy.evaluate(`sessionStorage.setItem("lampwire-id", ${JSON.stringify(id)})`);
		await copy.addScriptTag({ content: script });
		const busy = page.evaluate("for (const end = performance.now() + 700; performance.now() < end; );");
		assert.notEqual(await copy.evaluate("claimId()"), id);
		await busy;
		await context.close();
	});

	it("lacks TCP, and says so by name", async () => {
		const page = await open(await bundled('import TCP from "../../hosts/browser/tcp.js"; globalThis.TCP = TCP;'));
		await assert.rejects(page.evaluate("new TCP()"), /TCP: a browser has none/);
		await page.close();
	});
});
