// Attacks on the setup page and on the update, over true sockets: the server, the portal and the update's route as a board has them, a chip that is a
// model (chip.ts), and a clock that the test winds.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, test } from "node:test";
import { Portal } from "../../../hosts/board/setup/portal.js";
import { Saved } from "../../../hosts/board/setup/saved.js";
import { Server } from "../../../hosts/board/setup/server.js";
import { trailer_bytes } from "../../../hosts/board/update/image.js";
import { Clock } from "../../light/world.js";
import { Chip, identity, image } from "./chip.js";
import { NodeListener } from "./sockets.js";
import { good, presets } from "./world.js";

/** In place of the key, which update.test.ts has: the signature of an image is its digest, twice. */
const signatureOf = (digest: Uint8Array) => Buffer.concat([digest, digest]);
function signed(bytes: Buffer): Buffer {
	const digest = createHash("sha256").update(bytes).digest();
	return Buffer.concat([bytes, Buffer.from("LAMPWIRE"), signatureOf(digest)]);
}
const unsigned = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(trailer_bytes)]);

describe("over true sockets", () => {
	let clock: Clock;
	let chip: Chip;
	let server: Server;
	let port: number;
	let done: number;
	let opened: Socket[];

	async function open(networks: readonly string[] = []): Promise<void> {
		clock = new Clock();
		chip = new Chip((digest, signature) => signatureOf(digest).equals(signature));
		opened = [];
		done = 0;
		const saved = new Saved(chip.store);
		saved.save(good);
		let portal: Portal | undefined;
		server = new Server({
			io: NodeListener,
			port: 80,
			time: clock,
			log: (line) => chip.log.push(line),
			request: () => (portal as Portal).request(),
		});
		port = await NodeListener.port;
		const host = `127.0.0.1:${port}`;
		portal = new Portal({ saved, host, id: "a1b2c3", presets, networks, update: chip.route(), onDone: () => done++ });
	}
	beforeEach(() => open());
	afterEach(() => {
		server.close();
		for (const socket of opened) socket.destroy();
	});

	/** Connected, or refused. */
	async function stranger(): Promise<Socket> {
		const socket = connect(port, "127.0.0.1");
		opened.push(socket);
		socket.on("error", () => {});
		await new Promise((resolve) => socket.on("connect", resolve).on("close", resolve));
		return socket;
	}
	const head = (method: string, path: string, length = 0) =>
		`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${length ? `Content-Length: ${length}\r\n` : ""}\r\n`;
	/** What comes back until the connection ends; empty where nobody listens. */
	async function answer(socket: Socket, ...parts: (string | Uint8Array)[]): Promise<string> {
		let said = "";
		socket.setEncoding("latin1").on("data", (text) => {
			said += text;
		});
		for (const part of parts) if (socket.writable) await new Promise((resolve) => socket.write(part, resolve));
		if (!socket.destroyed) await new Promise((resolve) => socket.on("close", resolve).on("end", () => socket.end()));
		return said;
	}
	const put = async (bytes: Buffer, socket?: Socket) => answer(socket ?? (await stranger()), head("PUT", "/update", bytes.length), bytes);
	/** Everything that has been sent so far has been read: one more request has had its answer. */
	const settled = async () => assert.match(await answer(await stranger(), head("GET", "/")), /^HTTP\/1\.1 200 /);

	test("a second image after a valid one, and one that was begun before it: what boots is what was signed", async () => {
		const early = await stranger();
		early.write(head("PUT", "/update", unsigned(image(9)).length));
		early.write(unsigned(image(9)).subarray(0, 1_000));
		await settled();
		assert.match(await put(signed(image(2))), /^HTTP\/1\.1 200 /);
		early.write(unsigned(image(9)).subarray(1_000));
		for (let i = 0; i < 3; i++) assert.doesNotMatch(await put(unsigned(image(9))), /^HTTP\/1\.1 200 /);
		assert.deepEqual(chip.content(1), image(2));
		clock.run(1_000);
		assert.equal(chip.restarts, 1);
		chip.boot();
		assert.equal(chip.build, identity(2));
	});

	test("an image that is not signed, or not by our key, cannot be started, now or later", async () => {
		const forged = signed(image(9));
		forged[forged.length - 1] = (forged.at(-1) as number) ^ 1;
		for (const bytes of [unsigned(image(9)), forged]) {
			assert.match(await put(bytes), /^HTTP\/1\.1 422 /);
			assert.equal(chip.content(1), undefined);
		}
		assert.match(await put(signed(image(2))), /^HTTP\/1\.1 200 /);
	});

	test("four that say nothing, again and again, while an update runs: it arrives", async () => {
		const bytes = signed(image(2));
		const upload = await stranger();
		upload.write(head("PUT", "/update", bytes.length));
		// let in, before strangers come
		await settled();
		for (let at = 0; at < bytes.length - 500; at += 500) {
			upload.write(bytes.subarray(at, at + 500));
			const before = chip.writes;
			for (let i = 0; i < 4; i++) await stranger();
			await settled();
			assert.ok(!upload.destroyed && chip.writes >= before);
			if (at === 500) assert.ok(chip.writes > 0);
		}
		const rest = bytes.length - Math.ceil((bytes.length - 500) / 500) * 500;
		assert.match(await answer(upload, bytes.subarray(bytes.length - rest)), /^HTTP\/1\.1 200 /);
		assert.deepEqual(chip.content(1), image(2));
	});

	test("a neighbour's name that is no text costs the page a 500, not its end", async () => {
		server.close();
		await open(["home", "\ud800"]);
		const said = await answer(await stranger(), head("GET", "/"));
		assert.match(said, /^HTTP\/1\.1 500 [\s\S]*\r\nContent-Length: \d+\r\n/);
		assert.match(await put(signed(image(2))), /^HTTP\/1\.1 200 /);
	});

	test("HEAD is answered, and ends", async () => {
		const said = await answer(await stranger(), head("HEAD", "/"));
		assert.match(said, /^HTTP\/1\.1 200 [\s\S]*\r\nContent-Length: \d{4}\r\n\r\n$/);
		assert.equal(done, 0);
	});
});
