// The far end of a WebSocket for the contract of sockets, over `ws`.
import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { Accepting } from "../../hosts/accepting.js";
import { until } from "../../hosts/contract/probe.js";
import type { Listener, Peer } from "../../hosts/contract.js";
import { reset } from "../../reset.js";

export async function listen(): Promise<Listener> {
	const server = new WebSocketServer({ host: "127.0.0.1", port: 0, handleProtocols: () => "mqtt" });
	const peers = new Accepting<Peer>();
	server.on("connection", (socket) => peers.came(peerOf(socket)));
	await new Promise((resolve) => server.once("listening", resolve));
	return {
		address: "127.0.0.1",
		port: (server.address() as AddressInfo).port,
		accept: () => peers.next(),
		close: () =>
			new Promise((resolve) => {
				for (const socket of server.clients) socket.terminate();
				server.close(() => resolve());
			}),
	};
}

function peerOf(socket: WebSocket): Peer {
	let all = Buffer.alloc(0);
	let chunks: Buffer[] = [];
	let count = 0;
	socket.on("message", (data, isBinary) => {
		assert.ok(isBinary);
		chunks.push(data as Buffer);
		count += (data as Buffer).length;
	});
	socket.on("error", () => {});
	const { _socket: net } = socket as unknown as { _socket: import("node:net").Socket };
	return {
		take: async (wanted) => {
			await until(
				() => count >= wanted,
				() => `${wanted} bytes, only ${count}`,
			);
			all = Buffer.concat([all, ...chunks]);
			chunks = [];
			const taken = new Uint8Array(all.subarray(0, wanted));
			all = all.subarray(wanted);
			count -= wanted;
			return taken;
		},
		send: (bytes) => {
			// Frames are cut anywhere.
			for (let at = 0; at < bytes.length; at += 10_007) socket.send(bytes.subarray(at, at + 10_007));
		},
		pause: () => socket.pause(),
		resume: () => socket.resume(),
		end: () => socket.close(),
		reset: () => reset(net),
		ended: new Promise((resolve) => socket.on("close", () => resolve())),
	};
}
