// MQTT over WebSocket with a slow way back: what the broker sends waits for a seeded time, in order. It can be cut, and it can be deaf.
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type WebSocket, WebSocketServer } from "ws";

export class SlowBroker {
	/** Milliseconds that the next piece of the way back waits. */
	delay: () => number = () => 0;
	/** Nothing passes in either direction, and nobody is told. */
	deaf = false;
	readonly #server: Server;
	readonly #sockets = new Set<WebSocket>();

	private constructor(server: Server) {
		this.#server = server;
	}

	/** `port`: where the broker speaks MQTT over TCP. */
	static async open(port: () => number): Promise<SlowBroker> {
		const server = createServer();
		const proxy = new SlowBroker(server);
		new WebSocketServer({ server, handleProtocols: () => "mqtt" }).on("connection", (socket) => proxy.#carry(socket, port()));
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		return proxy;
	}

	get url(): string {
		return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/mqtt`;
	}

	/** Ends all connections, as a network does. */
	cut(): void {
		for (const socket of this.#sockets) socket.terminate();
	}

	close(): void {
		this.cut();
		this.#server.close();
	}

	#carry(socket: WebSocket, port: number): void {
		const tcp = connect(port, "127.0.0.1");
		this.#sockets.add(socket);
		// One waits for the other: two timers of Node.js that are due together may ring in either order.
		let before = Promise.resolve();
		tcp.on("data", (bytes) => {
			if (this.deaf) return;
			const waited = sleep(this.delay());
			before = before.then(() => waited).then(() => socket.send(bytes));
		});
		tcp.on("error", () => socket.terminate());
		tcp.on("close", () => socket.terminate());
		socket.on("message", (bytes: Buffer) => this.deaf || tcp.write(bytes));
		socket.on("close", () => {
			this.#sockets.delete(socket);
			tcp.destroy();
		});
	}
}
