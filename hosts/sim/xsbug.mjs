// A small debugger: takes the messages of a debug build of XS (trace lines, uncaught and caught exceptions, instruments) and lets XS go on.
// The protocol is XML over TCP, and XS opens the connection. xsbug and tools/xsbug-log of the SDK do far more.
import net from "node:net";

const entities = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const decode = (text) =>
	text.replace(/&(?:#(\d+)|(\w+));/g, (whole, code, name) => (code ? String.fromCharCode(Number(code)) : (entities[name] ?? whole)));

/** XS's messages for a stop that this debugger has asked for: between two events, and inside an event. */
const asked = ["C: xsDebugger", "step"];

/**
 * Calls `onLine` with each line of the log; `onException` with each exception, caught or not, and its stack; `onSamples` once a second
 * with a map of XS's instruments ("Chunk used", "Slot used", "Garbage collections", …: bytes with the garbage among them, and
 * collections since the start). Resolves with `{ port, collect, close }`; `collect` stops XS for a moment, which makes it collect garbage
 * (and not count that), and resolves with the instruments after it: bytes that are really in use.
 */
export async function listen({ onLine, onException, onSamples }) {
	let machine;
	let collecting = [];
	const server = net.createServer((socket) => {
		machine = socket;
		let unread = "";
		let line = "";
		let instruments = [];
		let last;
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
			const names = [...message.matchAll(/<instrument name="([^"]*)"/g)].map(([, name]) => decode(name));
			if (names.length) instruments = names;
			const samples = /<samples>([^<]*)<\/samples>/.exec(message);
			if (samples) {
				last = new Map(samples[1].split(",").map((value, i) => [instruments[i] ?? String(i), Number(value)]));
				onSamples?.(last);
			}
			const broken = /<break\b[^>]*>([^<]*)<\/break>/.exec(message);
			if (broken) {
				stopped(decode(broken[1]).replace(/^# Break: |!?\n$/g, ""), message);
				socket.write("\r\n<go/>\r\n");
			}
		}
		function stopped(text, message) {
			if (asked.includes(text)) {
				for (const resolve of collecting) resolve(last);
				collecting = [];
				return;
			}
			const frames = [...message.matchAll(/<frame name="([^"]*)"[^>]*?(?: path="([^"]*)" line="(\d+)")?\/>/g)];
			onException?.(
				text,
				frames.map(([, name, path, at]) => decode(path ? `${name} ${path}:${at}` : name)),
			);
		}
	});
	await new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen(0, "127.0.0.1", resolve);
	});
	return {
		port: server.address().port,
		collect: () =>
			new Promise((resolve) => {
				collecting.push(resolve);
				machine?.write("\r\n<step/>\r\n");
			}),
		close: () => server.close(),
	};
}
