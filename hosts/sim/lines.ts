// Lines of text over TCP to a test on this machine.
import TCP from "embedded:io/socket/tcp";

interface Native {
	read(): ArrayBuffer;
	write(buffer: ArrayBuffer): void;
}

/** Calls `heard` with each line that comes, and `ended` when the connection ends. Returns a function that sends a line. */
export function connectLines(port: number, heard: (line: string) => void, ended: () => void): (line: string) => void {
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
			for (const line of lines) heard(line);
		},
		onWritable(count) {
			writable = count;
			send();
		},
		onError: ended,
	}) as unknown as Native;
	return (line) => {
		// ASCII only, so that the number of characters is the number of bytes.
		unsent += `${line.replace(/[^ -~]/g, "?")}\n`;
		send();
	};
}
