// The far end for the contract suite, over node:net: whatever the host under test is, its peer runs here.
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { reset } from "../reset.js";
import { Accepting } from "./accepting.js";
import { until } from "./contract/probe.js";
import type { Listener, Peer } from "./contract.js";

/** `secure`: TLS, with this certificate and key. */
export async function listen(secure?: TlsOptions): Promise<Listener> {
	const sockets = new Set<Socket>();
	const peers = new Accepting<Peer>();
	const raw = new Map<number | undefined, Socket>();
	const heard = (socket: Socket) => {
		sockets.add(socket);
		peers.came(peerOf(socket, raw.get(socket.remotePort) ?? socket));
	};
	// Half open: the peer's own end is the test's to say.
	const server = secure ? createTlsServer(secure, heard) : createServer({ allowHalfOpen: true, noDelay: true }, heard);
	server.on("connection", (socket: Socket) => raw.set(socket.remotePort, socket));
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		address: "127.0.0.1",
		port: (server.address() as AddressInfo).port,
		accept: () => peers.next(),
		close: () =>
			new Promise((resolve) => {
				for (const socket of sockets) socket.destroy();
				server.close(() => resolve());
			}),
	};
}

function peerOf(socket: Socket, raw: Socket): Peer {
	let chunks: Buffer[] = [];
	let count = 0;
	socket.on("data", (chunk) => {
		chunks.push(chunk);
		count += chunk.length;
	});
	socket.on("error", () => {});
	const ended = new Promise<void>((resolve) => {
		socket.on("end", resolve);
		socket.on("close", () => resolve());
	});
	return {
		take: async (wanted) => {
			await until(
				() => count >= wanted,
				() => `${wanted} bytes, only ${count}`,
			);
			const all = Buffer.concat(chunks);
			chunks = [all.subarray(wanted)];
			count -= wanted;
			return new Uint8Array(all.subarray(0, wanted));
		},
		send: (bytes) => void socket.write(bytes),
		pause: () => void socket.pause(),
		resume: () => void socket.resume(),
		end: () => void socket.end(),
		reset: () => reset(raw),
		ended,
	};
}
