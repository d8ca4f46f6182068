// Takes the log of a debug build, and lets exceptions pass without a stop: a property test throws tens of thousands of them.
import { once } from "node:events";
import { createServer } from "node:net";

export async function listenToLog(onLine: (line: string) => void): Promise<{ port: number; close(): void }> {
	const server = createServer((socket) => {
		let unread = "";
		let line = "";
		socket.on("error", () => {});
		socket.setEncoding("utf8").on("data", (text: string) => {
			unread += text;
			for (let end = unread.indexOf("</xsbug>"); end >= 0; end = unread.indexOf("</xsbug>")) {
				const message = unread.slice(0, end);
				unread = unread.slice(end + 8);
				if (/<(login|break) /.test(message)) socket.write("\r\n<go/>\r\n");
				for (const [, said] of message.matchAll(/<log\b[^>]*>([^<]*)<\/log>/g)) line += said;
				const lines = line.split("\n");
				line = lines.pop() ?? "";
				for (const whole of lines) onLine(whole);
			}
		});
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	return { port: (server.address() as { port: number }).port, close: () => server.close() };
}
