// Takes what a program says over TCP: a release build has no log, and a debug build needs minutes for what a property test throws.
import { once } from "node:events";
import { createServer } from "node:net";

export async function listenToLog(onText: (text: string) => void): Promise<{ port: number; close(): void }> {
	const server = createServer((socket) => {
		socket.on("error", () => {});
		socket.setEncoding("utf8").on("data", onText);
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	return { port: (server.address() as { port: number }).port, close: () => server.close() };
}
