// A test at the panel's wire: connects to `control=PORT` on this machine, sends a line for everything that the panel shows,
// and takes lines that say what the panel's hand would: {"knob":0.7}, {"plug":false}, …
import TCP from "embedded:io/socket/tcp";
import type { Panel } from "./panel.js";

interface Native {
	read(): ArrayBuffer;
	write(buffer: ArrayBuffer): void;
}

export function control(panel: Panel, port: number): void {
	let unread = "";
	let unsent = "";
	let writable = 0;
	const send = () => {
		const text = unsent.slice(0, writable);
		if (text === "") return;
		unsent = unsent.slice(text.length);
		writable -= text.length;
		socket.write(ArrayBuffer.fromString(text));
	};
	const socket = new TCP({
		address: "127.0.0.1",
		port,
		nodelay: true,
		onReadable() {
			unread += String.fromArrayBuffer(socket.read());
			const lines = unread.split("\n");
			unread = lines.pop() ?? "";
			for (const line of lines) {
				const turned = JSON.parse(line);
				panel.receive(turned);
				// The drawn knob follows.
				if ("knob" in turned) panel.show({ knob: turned.knob });
			}
		},
		onWritable(count) {
			writable = count;
			send();
		},
		onError() {
			panel.onShow = undefined;
		},
	}) as unknown as Native;
	panel.onShow = (line) => {
		// ASCII only, so that characters count bytes.
		unsent += `${line.replace(/[^ -~]/g, "?")}\n`;
		send();
	};
}
