// A socket under test with everything that it said, in order.
import assert from "node:assert/strict";
import { afterEach } from "node:test";
import type { Socket, SocketOptions } from "../../../src/host.js";
import type { HostPieces, Listener, Peer } from "../contract.js";

/** What a test has opened. A test that fails must not leave the process waiting for its sockets. */
const opened: (() => unknown)[] = [];
export function closeAfterEach(): void {
	afterEach(async () => {
		for (const close of opened.splice(0).reverse()) await close();
	});
}

export type Event = { kind: "readable" | "writable"; count: number } | { kind: "error"; error: unknown };

export interface Probe {
	readonly socket: Socket;
	readonly events: Event[];
	/** Runs inside the callback that it is named for, after the event was recorded. */
	hook: (event: Event) => void;
	count(kind: Event["kind"]): number;
}

/** Wraps every public call, so that a callback from inside one is caught wherever it happens. */
export function probe(host: HostPieces, address: string, port: number, more: Record<string, unknown> = {}): Probe {
	let inside = "constructor";
	const events: Event[] = [];
	const heard = (event: Event) => {
		assert.equal(inside, "", `${event.kind} came from inside ${inside}`);
		events.push(event);
		self.hook(event);
	};
	const options: SocketOptions = {
		...host.socket,
		...more,
		address,
		host: address,
		port,
		onReadable: (count) => heard({ kind: "readable", count }),
		onWritable: (count) => heard({ kind: "writable", count }),
		onError: (error) => heard({ kind: "error", error }),
	};
	const real = new host.socket.io(Object.freeze(options));
	inside = "";
	opened.push(() => real.close());
	const guard = <T>(name: string, call: () => T): T => {
		const outer = inside;
		inside = name;
		try {
			return call();
		} finally {
			inside = outer;
		}
	};
	const self: Probe = {
		socket: {
			read: (buffer) => guard("read", () => real.read(buffer)),
			write: (buffer) => guard("write", () => real.write(buffer)),
			close: () => guard("close", () => real.close()),
		},
		events,
		hook: () => {},
		count: (kind) => events.filter((event) => event.kind === kind).length,
	};
	return self;
}

export interface Pair {
	readonly probe: Probe;
	readonly peer: Peer;
}

export async function listen(host: Pick<HostPieces, "listen">): Promise<Listener> {
	const listener = await host.listen();
	opened.push(() => listener.close());
	return listener;
}

/** A connected socket and its peer. */
export async function connect(host: HostPieces): Promise<Pair> {
	const listener = await listen(host);
	const accepted = listener.accept();
	const made = probe(host, listener.address, listener.port);
	const peer = await accepted;
	await until(() => made.count("writable") > 0, "connected");
	return { probe: made, peer };
}

/** Waits for a condition, generously: it is the condition that is tested, never the time that it took. */
export async function until(condition: () => boolean, what: string | (() => string)): Promise<void> {
	for (let tries = 0; tries < 24_000; tries++) {
		if (condition()) return;
		await pause(5);
	}
	assert.fail(`never: ${typeof what === "string" ? what : what()}`);
}

/** Writes whatever can be written until nothing can for good, for the peer sleeps. Resolves to the number of bytes. */
export async function fillUp({ probe, peer }: Pair): Promise<number> {
	const enough = 32 * 2 ** 20;
	let sent = 0;
	const fill = (event: Event | undefined) => {
		if (event?.kind !== "writable" || event.count === 0 || sent > enough) return;
		probe.socket.write(pattern(event.count, sent));
		sent += event.count;
	};
	peer.pause();
	probe.hook = fill;
	fill(probe.events[0]);
	for (let before = -1; before !== sent; ) {
		before = sent;
		await settle();
	}
	probe.hook = () => {};
	assert.ok(sent < enough, "a sleeping peer must stop the writer");
	return sent;
}

/** Long enough for whatever is going to happen anyway, when the test is that nothing happens. */
export function settle(): Promise<void> {
	return pause(50);
}

export function pause(milliseconds: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Bytes that tell where they stood: multiplied by a prime, or a whole buffer out of place would look the same. */
export function pattern(length: number, from = 0): Uint8Array {
	const bytes = new Uint8Array(length);
	for (let at = 0; at < length; at++) bytes[at] = Math.imul(from + at, 2_654_435_761) >>> 24;
	return bytes;
}

/** A view that tracks the length of a resizable buffer, as an engine without allocation makes it. */
export function tracking(length: number): { view: Uint8Array; resize(length: number): void } {
	const buffer = new ArrayBuffer(0, { maxByteLength: 256 * 1024 });
	const view = new Uint8Array(buffer);
	const resize = (wanted: number) => buffer.resize(wanted);
	resize(length);
	return { view, resize };
}
