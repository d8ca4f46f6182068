// A reset as the other end hears it, and one that comes while the end of the same socket is on its way.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { until } from "./hosts/contract/probe.js";
import { reset } from "./reset.js";

/** What the other end of a connection hears: the code of an error, or "end". */
const heard: string[] = [];
const server = createServer((socket) => {
	socket
		.on("error", (error: NodeJS.ErrnoException) => heard.push(error.code ?? ""))
		.on("end", () => heard.push("end"))
		.resume();
});

async function connected(): Promise<Socket> {
	heard.length = 0;
	const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
	socket.on("error", (error: NodeJS.ErrnoException) => heard.push(`own ${error.code}`));
	await Promise.all([once(socket, "connect"), once(server, "connection")]);
	return socket;
}

describe("reset", () => {
	before(() => once(server.listen(0, "127.0.0.1"), "listening"));
	after(() => server.close());

	test("the other end hears a reset", async () => {
		const socket = await connected();
		reset(socket);
		await once(socket, "close");
		await until(() => heard.length > 0, "the other end to hear of it");
		assert.deepEqual(heard, ["ECONNRESET"]);
	});

	test("a socket whose end is on its way closes all the same", async () => {
		const socket = await connected();
		socket.end();
		// two turns later libuv has the end, and has not sent it
		await new Promise(process.nextTick);
		await new Promise(process.nextTick);
		assert.deepEqual([socket.writableEnded, socket.writableFinished], [true, false]);
		const closed = once(socket, "close");
		reset(socket);
		assert.deepEqual(heard, [], "no error of its own");
		await closed;
	});
});
