// HTTP of the hosts on XS keeps the contract, in Node: hosts/xs/http.ts over the SDK's own client, whose socket is Node's TCP with what the SDK's
// class has more.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { it } from "node:test";
import Resolver from "../../hosts/node/resolver.js";
import TCP from "../../hosts/node/tcp.js";
import { findSDK } from "../../hosts/sim/sdk.mjs";
import { fakeModules } from "../fake-modules.js";
import { httpContract } from "./contract/http.js";
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
	fakeModules({ "embedded:network/http/client": client(sdk.path) });
	// Not by a constant: the root's tsconfig knows no XS.
	const load = (name: string) => import(`../../hosts/${name}.js`);
	const { default: Http } = await load("xs/http");
	const host = { name: "xs", http: { io: Http, socket: { io: SdkTCP }, dns: { io: Resolver } }, listen };
	httpContract(host);
}
