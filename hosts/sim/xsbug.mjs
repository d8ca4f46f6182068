// A small debugger: takes what a debug build of XS says (trace lines, uncaught and caught exceptions, instruments) and lets it go on.
// The protocol is XML over TCP, XS calls us. xsbug and tools/xsbug-log of the SDK do far more.
import net from "node:net";

const entities = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const decode = (text) =>
	text.replace(/&(?:#(\d+)|(\w+));/g, (whole, code, name) => (code ? String.fromCharCode(Number(code)) : (entities[name] ?? whole)));

/**
 * Calls `onLine` with each line of the log; `onException` with what was thrown, caught or not, and its stack; `onSamples` once a second
 * with a map of what XS measures of itself ("Chunk used", "Slot used", "Garbage collections", …). Resolves with `{ port, close }`.
 */
export async function listen({ onLine, onException, onSamples }) {
	const server = net.createServer((socket) => {
		let unread = "";
		let line = "";
		let instruments = [];
		socket.setEncoding("utf8");
		socket.on("error", () => {});
		socket.on("data", (text) => {
			unread += text;
			for (;;) {
				const end = unread.indexOf("</xsbug>");
				if (end < 0) return;
				take(unread.slice(0, end));
				unread = unread.slice(end + 8);
			}
		});
		function take(message) {
			if (message.includes("<login "))
				socket.write('\r\n<set-all-breakpoints><breakpoint path="exceptions" line="0"/></set-all-breakpoints>\r\n\r\n<go/>\r\n');
			for (const [, text] of message.matchAll(/<log\b[^>]*>([^<]*)<\/log>/g)) {
				const lines = (line + decode(text)).split("\n");
				line = lines.pop();
				for (const done of lines) onLine?.(done);
			}
			const thrown = /<break\b[^>]*>([^<]*)<\/break>/.exec(message);
			if (thrown) {
				const frames = [...message.matchAll(/<frame name="([^"]*)"[^>]*?(?: path="([^"]*)" line="(\d+)")?\/>/g)];
				const stack = frames.map(([, name, path, at]) => decode(path ? `${name} ${path}:${at}` : name));
				onException?.(decode(thrown[1]).replace(/^# Break: |!?\n$/g, ""), stack);
				socket.write("\r\n<go/>\r\n");
			}
			const names = [...message.matchAll(/<instrument name="([^"]*)"/g)].map(([, name]) => decode(name));
			if (names.length) instruments = names;
			const samples = /<samples>([^<]*)<\/samples>/.exec(message);
			if (samples) onSamples?.(new Map(samples[1].split(",").map((value, i) => [instruments[i] ?? String(i), Number(value)])));
		}
	});
	await new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen(0, "127.0.0.1", resolve);
	});
	return { port: server.address().port, close: () => server.close() };
}
