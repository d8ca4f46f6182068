// The connection under a door: a TCP connection or a WebSocket, both as a stream of bytes.
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { Dismissal, Visitor } from "./doorkeeper.js";

/** The time that a closing connection has to deliver its last bytes. */
const linger_ms = 1_000;

export interface Wire {
	/** The address of the other end. */
	readonly from: string;
	listen(on: { bytes(chunk: Buffer): void; end(): void; lost(why: string): void }): void;
	/** Calls `done` when the operating system has taken the bytes. */
	write(bytes: Buffer, done: () => void): void;
	pause(): void;
	resume(): void;
	/** Delivers the bytes that were written, then closes. */
	end(): void;
	/** Closes at once. */
	cut(): unknown;
	/** Delivers the bytes that were written, then closes with code and reason; only for a WebSocket, for TCP has neither. */
	dismiss?(how: Dismissal): void;
	/** The mark of a tab of the page; "": none. */
	readonly mark: string;
}

export function tcpWire(socket: Socket): Wire {
	return {
		from: socket.remoteAddress ?? "nowhere",
		mark: "",
		listen({ bytes, end, lost }) {
			socket.on("data", bytes);
			socket.on("end", end);
			socket.on("error", ({ message }) => lost(`failed: ${message}`));
			socket.on("close", end);
		},
		write: (bytes, done) => void socket.write(bytes, () => done()),
		pause: () => void socket.pause(),
		resume: () => void socket.resume(),
		end() {
			socket.end();
			setTimeout(() => socket.destroy(), linger_ms).unref();
		},
		cut: () => void socket.destroy(),
	};
}

export function webSocketWire(webSocket: WebSocket, { address, mark }: Visitor): Wire {
	const close = (code: number, reason: string) => {
		webSocket.close(code, reason);
		setTimeout(() => webSocket.terminate(), linger_ms).unref();
	};
	return {
		from: address,
		mark,
		listen({ bytes, end, lost }) {
			webSocket.on("message", (data: Buffer, isBinary: boolean) => {
				if (isBinary) return bytes(data);
				// [MQTT-6.0.0-1] any frame but a binary one ends the connection; no frame behind it is read.
				close(1003, "binary frames only");
				lost("sent a text frame, and MQTT over WebSocket takes binary frames only: it was closed; let its library send binary");
			});
			// `ws` itself reports an error in the frames to the other end.
			webSocket.on("error", ({ message }) => lost(`failed: ${message}`));
			webSocket.on("close", end);
		},
		write: (bytes, done) => webSocket.send(bytes, () => done()),
		pause: () => webSocket.pause(),
		resume: () => webSocket.resume(),
		end: () => close(1000, ""),
		dismiss: ({ code, reason }) => close(code, reason),
		// A WebSocket that is closing already has the reason in its last frame.
		cut: () => webSocket.readyState === webSocket.OPEN && webSocket.terminate(),
	};
}
