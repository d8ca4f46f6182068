// The server's connections in virtual time, with sockets that a test holds: how long they may take, who makes room, and when the board restarts.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Server } from "../../../hosts/board/setup/server.js";
import { Clock } from "../../light/world.js";
import { Board, good } from "./world.js";

interface Callbacks {
	from: Socket;
	onReadable(count: number): void;
	onWritable(count: number): void;
	onError(): void;
}

/** ECMA-419 TCP, as the SDK's: made once by the Listener, and once again from that. */
class Socket {
	static room = 536;
	static fails = false;
	callbacks: Callbacks | undefined;
	received = "";
	closed = false;
	#incoming = new Uint8Array(0);

	constructor(options?: Callbacks) {
		if (options !== undefined) options.from.become(this, options);
	}
	opened: Socket | undefined;
	become(opened: Socket, callbacks: Callbacks): void {
		this.opened = opened;
		opened.callbacks = callbacks;
	}
	read(count: number): ArrayBuffer {
		assert.ok(!this.closed && count <= this.#incoming.length);
		const bytes = this.#incoming.slice(0, count);
		this.#incoming = this.#incoming.slice(count);
		return bytes.buffer;
	}
	write(bytes: Uint8Array): number | undefined {
		assert.ok(!this.closed && bytes.length <= Socket.room);
		if (Socket.fails) throw new Error("not ready");
		this.received += new TextDecoder().decode(bytes);
		return 0;
	}
	close(): void {
		assert.ok(!this.closed, "closed once");
		this.closed = true;
	}
	say(text: string): void {
		this.#incoming = new TextEncoder().encode(text);
		this.callbacks?.onReadable(this.#incoming.length);
	}
	/** The peer reads on. */
	drain(times = 100): void {
		for (let i = 0; i < times && !this.closed; i++) this.callbacks?.onWritable(Socket.room);
	}
}

describe("server", () => {
	let clock: Clock;
	let board: Board;
	let server: Server;
	let waiting: Socket[];
	let accept: (count: number) => void;
	let listening = 0;
	let refuses = false;

	beforeEach(begin);

	function begin(): void {
		clock = new Clock();
		board = new Board();
		waiting = [];
		Socket.fails = false;
		listening = 0;
		class Listener {
			constructor({ onReadable }: { onReadable(count: number): void }) {
				if (refuses) throw new Error("no network");
				listening++;
				accept = onReadable;
			}
			read() {
				return waiting.shift();
			}
			close() {
				assert.equal(listening--, 1, "closed once");
			}
		}
		server = new Server({ io: Listener, port: 80, time: clock, log() {}, request: () => board.portal.request() });
	}

	function connect(): Socket {
		const from = new Socket();
		waiting.push(from);
		accept(1);
		return from.opened as Socket;
	}

	const get = "GET / HTTP/1.1\r\nHost: 192.168.4.1\r\n\r\n";
	const body = new URLSearchParams(good).toString();
	const post = `POST /save HTTP/1.1\r\nHost: 192.168.4.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

	test("an answer larger than the socket's room goes in pieces, and ends the connection", () => {
		const socket = connect();
		socket.drain(1);
		socket.say(get);
		assert.ok(!socket.closed);
		socket.drain();
		assert.ok(socket.closed);
		assert.match(socket.received, /^HTTP\/1\.1 200 OK[\s\S]*<\/html>\n$/);
	});

	test("the restart waits a second for the last packet of the answer", () => {
		const socket = connect();
		socket.say(post);
		clock.run(10_000);
		assert.equal(board.done, 0, "the browser reads slowly");
		socket.drain();
		clock.run(999);
		assert.equal(board.done, 0);
		clock.run(1);
		assert.equal(board.done, 1);
	});

	test("once something is done, nobody else gets in before the restart, and who is in gets out", () => {
		const other = connect();
		other.say(post.slice(0, -1));
		const socket = connect();
		socket.say(post);
		assert.equal(listening, 0);
		assert.ok(other.closed && !socket.closed);
		assert.equal(connect(), undefined);
		socket.drain();
		server.close();
		assert.equal(listening, 0);
	});

	test("a listener that is refused leaves nothing behind", () => {
		server.close();
		refuses = true;
		assert.throws(begin, { message: "no network" });
		refuses = false;
		assert.equal(clock.waiting, 0);
	});

	test("what was saved takes effect also when its sender is gone before the answer", () => {
		for (const leave of [(socket: Socket) => socket.callbacks?.onError(), () => clock.run(30_000)]) {
			begin();
			const socket = connect();
			socket.say(post);
			leave(socket);
			assert.ok(socket.closed);
			clock.run(1_000);
			assert.equal(board.done, 1, "once");
		}
	});

	test("a socket that throws ends its connection, not the server", () => {
		Socket.fails = true;
		const socket = connect();
		socket.drain(1);
		socket.say(get);
		assert.ok(socket.closed);
		Socket.fails = false;
		const next = connect();
		next.say(get);
		next.drain();
		assert.match(next.received, /<\/html>\n$/);
	});

	test("who says nothing is closed after at most half a minute; the oldest makes room for a fifth", () => {
		const first = connect();
		clock.run(30_000);
		assert.ok(first.closed);
		const four = [connect(), connect(), connect(), connect()];
		assert.deepEqual(
			four.map(({ closed }) => closed),
			[false, false, false, false],
		);
		connect();
		assert.deepEqual(
			four.map(({ closed }) => closed),
			[true, false, false, false],
		);
	});

	test("bytes before the request is let in win no time", () => {
		const socket = connect();
		for (let i = 0; i < 3; i++) {
			socket.say("x");
			clock.run(10_000);
		}
		assert.ok(socket.closed);
	});

	test("strangers who say nothing, or begin and stop, cut off no upload that runs", () => {
		const upload = connect();
		upload.say(post.slice(0, -20));
		const half = connect();
		half.say(post.slice(0, -20));
		for (let i = 19; i > 0; i--) {
			clock.run(100);
			upload.say(post.slice(-i - 1, -i));
			assert.ok(!connect().closed && !upload.closed);
		}
		assert.ok(!half.closed, "who has been let in stays before who has not");
		for (let i = 0; i < 3; i++) {
			clock.run(100);
			upload.say("");
			connect().say(post.slice(0, -20));
			upload.say("");
		}
		assert.ok(half.closed && !upload.closed, "of those let in, the longest silent goes");
		upload.say(post.slice(-1));
		upload.drain();
		assert.match(upload.received, /Saved/);
	});

	test("a body that keeps coming is not cut off by the clock", () => {
		const socket = connect();
		socket.say(post.slice(0, -20));
		for (let i = 20; i > 1; i--) {
			clock.run(14_000);
			socket.say(post.slice(-i, -i + 1));
			assert.ok(!socket.closed);
		}
		socket.say(post.slice(-1));
		socket.drain();
		assert.match(socket.received, /Saved/);
	});

	test("closed, it leaves no connection and no alarm", () => {
		const socket = connect();
		server.close();
		assert.ok(socket.closed);
		assert.equal(clock.waiting, 0);
	});
});
