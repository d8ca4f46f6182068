// The test's wire into mcsim: lines of JSON both ways.
import TCP from "embedded:io/socket/tcp";
import config from "mc/config";

export function control(onCommand) {
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
		port: Number(config.control),
		nodelay: true,
		onReadable() {
			unread += String.fromArrayBuffer(socket.read());
			const lines = unread.split("\n");
			unread = lines.pop();
			for (const line of lines) onCommand(JSON.parse(line));
		},
		onWritable(count) {
			writable = count;
			send();
		},
		onError() {},
	});
	return (what) => {
		// ASCII only, so that characters count bytes
		unsent += `${JSON.stringify(what).replace(/[^ -~]/g, "?")}\n`;
		send();
	};
}
