// The HTTP port, for requests that `access.ts` admits: MQTT over WebSocket on any path, all other requests by `onRequest`.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { type AccessRules, refusal } from "../access.js";
import type { Limits } from "./limits.js";
import type { Notices } from "./notices.js";
import type { Tally } from "./tally.js";

/** A frame may hold several packets. */
const packets_per_frame = 4;
/** The time for a whole request to come. */
const request_timeout_ms = 10_000;

/** Returns true when it has answered, or will; else the answer is 426. */
export type OnRequest = (request: IncomingMessage, response: ServerResponse) => boolean | undefined;

export interface Port {
	http: Server;
	webSockets: WebSocketServer;
}

export function createPort(
	limits: Readonly<Limits>,
	rules: AccessRules,
	notices: Notices,
	tally: Tally,
	onRequest: OnRequest | undefined,
	onWebSocket: (webSocket: WebSocket, request: IncomingMessage) => void,
): Port {
	const refused = (request: IncomingMessage) => {
		const why = refusal(request, rules);
		tally.requests[why === undefined ? "admitted" : "refused"] += 1;
		if (why) notices.tell(`access ${why}`, `the HTTP port was asked by somebody who may not: ${why}`);
		return why;
	};
	const http = createServer(
		{ requestTimeout: request_timeout_ms, connectionsCheckingInterval: request_timeout_ms / 2 },
		(request, response) => {
			const why = refused(request);
			if (why) response.writeHead(403, { "content-type": "text/plain; charset=utf-8", connection: "close" }).end(`${why}\n`);
			else if (onRequest?.(request, response) !== true)
				response.writeHead(426, { upgrade: "websocket" }).end("MQTT over WebSocket is spoken here.\n");
		},
	);
	const webSockets = new WebSocketServer({
		noServer: true,
		maxPayload: packets_per_frame * limits.packet_max,
		// [MQTT-6.0.0-4] the subprotocol is "mqtt".
		handleProtocols: (offered) => (offered.has("mqtt") ? "mqtt" : false),
	});
	http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
		// A reset before the answer must not end the process.
		socket.on("error", () => {});
		const why = refused(request);
		if (!why) return webSockets.handleUpgrade(request, socket, head, onWebSocket);
		const body = `${why}\n`;
		const headers = `Connection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}`;
		socket.end(`HTTP/1.1 403 Forbidden\r\n${headers}\r\n\r\n${body}`);
	});
	return { http, webSockets };
}
