// Tries whether a broker admits this page, from here with the page's own origin, for a browser gives a refused page no reason.
import { WebSocket } from "ws";

const patience_ms = 5_000;

/** A sentence that says what is wrong and what to do; `undefined`: a page of `origin` can connect to `broker`. */
export function probe(broker: string, origin: string): Promise<string | undefined> {
	return new Promise((resolve) => {
		const socket = new WebSocket(broker, "mqtt", { origin, handshakeTimeout: patience_ms });
		const done = (why?: string) => {
			resolve(why);
			socket.terminate();
		};
		socket.on("unexpected-response", (_, { statusCode = 0 }) => done(refused(broker, origin, statusCode)));
		socket.on("open", () => done());
		socket.on("error", ({ message }) => done(`${broker} does not answer: ${message}`));
	});
}

function refused(broker: string, origin: string, status: number): string {
	if (status === 403) return `${broker} lets no page of ${origin} in (403): start that desk with --ws-origin ${origin}`;
	return `${broker} speaks no MQTT over WebSocket (it answered ${status}): look at its host, port and path`;
}
