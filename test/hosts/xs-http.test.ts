// HTTP of the hosts on XS keeps the contract, in Node: hosts/xs/http.ts over the SDK's own client, whose socket is Node's TCP with what the SDK's
// class has more.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { it } from "node:test";
import Resolver from "../../hosts/node/resolver.js";
import TCP from "../../hosts/node/tcp.js";
import { findSDK } from "../../hosts/sim/sdk.mjs";
import type { SocketOptions } from "../../src/host.js";
import { fakeModules } from "../fake-modules.js";
import { httpContract } from "./contract/http.js";
import { settle } from "./contract/probe.js";
import { listen } from "./peer.js";

/** As the SDK's: a byte with `format` "number", else a buffer of so many bytes as are asked for. */
class SdkTCP extends TCP {
	format: "buffer" | "number" = "buffer";
	override read(what?: unknown): never {
		if (what instanceof ArrayBuffer || ArrayBuffer.isView(what)) throw new Error("not used here");
		const bytes = new Uint8Array(this.format === "number" ? 1 : (what as number));
		super.read(bytes);
		return (this.format === "number" ? bytes[0] : bytes.buffer) as never;
	}
}

/** A peer that answers with these segments, each before any timer rings. */
class Scripted {
	readonly io: new (
		options: SocketOptions,
	) => unknown;
	constructor(...segments: string[]) {
		this.io = class {
			format = "buffer";
			#unread = Buffer.alloc(0);
			constructor({ onReadable, onWritable }: SocketOptions) {
				setImmediate(() => {
					onWritable(1_000);
					for (const segment of segments) {
						this.#unread = Buffer.concat([this.#unread, Buffer.from(segment)]);
						onReadable(this.#unread.length);
					}
				});
			}
			read(count = 1) {
				const bytes = Uint8Array.from(this.#unread.subarray(0, count));
				if (bytes.length < count) throw new Error("invalid");
				this.#unread = this.#unread.subarray(count);
				return this.format === "number" ? bytes[0] : bytes.buffer;
			}
			write = (data: ArrayBuffer) => 1_000 - data.byteLength;
			close() {}
		};
	}
}

const world = globalThis as unknown as Record<string, unknown>;
world.SdkTimer = { set: (ring: () => void, delay = 0) => setTimeout(ring, delay), clear: clearTimeout };
Object.assign(ArrayBuffer, { fromString: (text: string) => new TextEncoder().encode(text).buffer });
// XS throws at bytes that are no UTF-8.
Object.assign(String, {
	fromArrayBuffer: (bytes: ArrayBuffer) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
});

/** The SDK's client as a module for Node: the one thing that it imports is a global here. */
function client(sdk: string): string {
	const text = fs.readFileSync(path.join(sdk, "examples", "io", "tcp", "httpclient", "httpclient.js"), "utf8");
	const timer = 'import Timer from "timer";';
	assert.ok(text.includes(timer));
	return text.replace(timer, "const Timer = globalThis.SdkTimer;");
}

const sdk = findSDK();
if (sdk.problem !== undefined) it("xs: HTTP", { skip: sdk.problem }, () => {});
else {
	fakeModules({ timer: "export default globalThis.SdkTimer", "embedded:network/http/client": client(sdk.path) });
	// Not by a constant: the root's tsconfig knows no XS.
	const load = (name: string) => import(`../../hosts/${name}.js`);
	const { default: Http } = await load("xs/http");
	const host = { name: "xs", http: { io: Http, socket: { io: SdkTCP }, dns: { io: Resolver } }, listen };
	httpContract(host);

	it("xs: an answer's next bytes come while the SDK's client waits to go on with those before", async () => {
		const peer = new Scripted("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r", "\n1\r\nb\r\n0\r\n\r\n");
		const client = new Http({ ...host.http, host: "127.0.0.1", port: 80, limit: 100, socket: { io: peer.io } });
		const body = await new Promise((resolve, reject) =>
			client.request({ method: "GET", path: "/", onDone: (_: number, text: string) => resolve(text), onError: reject }),
		);
		assert.equal(body, "ab");
		await settle();
		client.close();
	});
}
