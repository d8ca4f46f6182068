// In mcsim: opens TLS connections as a test asks for it, and tells what becomes of them.
import { connectLines } from "hosts/sim/lines";
import config from "mc/config";
import { ask, open } from "tls-socket";

const sockets = new Map();
const word = ArrayBuffer.fromString("0123456789");

const send = connectLines(
	Number(config.control),
	(line) => obey(JSON.parse(line)),
	() => {},
);
const tell = (what) => send(JSON.stringify(what));

function obey(command) {
	const { id, write, burst, close, sntp } = command;
	if (close) {
		sockets.get(id)?.close();
		sockets.delete(id);
		tell({ id, closed: true });
	} else if (sntp !== undefined) ask(sntp, (said) => tell({ id, ...said }));
	else if (burst !== undefined) {
		for (let i = 0; i < burst; i++) sockets.get(id).write(word);
		tell({ id, left: 0 });
	} else if (write !== undefined) tell({ id, left: sockets.get(id)?.write(ArrayBuffer.fromString(write)) ?? -1 });
	else begin(command);
}
tell({ hello: true });

function begin({ id, greet = "", ...options }) {
	let greeted = false;
	try {
		const socket = open({
			...options,
			onReadable(count) {
				const bytes = new Uint8Array(count);
				socket.read(bytes);
				tell({ id, text: String.fromArrayBuffer(bytes.buffer) });
			},
			onWritable(count) {
				if (greeted) return;
				greeted = true;
				tell({ id, open: true, count });
				if (greet !== "") socket.write(ArrayBuffer.fromString(greet));
			},
			onError(error) {
				sockets.delete(id);
				tell({ id, error: error?.message ?? "no reason" });
			},
		});
		sockets.set(id, socket);
	} catch (error) {
		tell({ id, thrown: error.message });
	}
}
