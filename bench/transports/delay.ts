// A network that is `delay` ms long each way, where the kernel has none to offer (netem): a TCP proxy that holds bytes back. It knows no packets: TCP's own
// handshake, done on this side of it, is made up for by a round trip in front of the first bytes; loss it cannot have.
import net from "node:net";

export function delayed(target: number, delay_ms: number): Promise<{ port: number; close(): void }> {
	const sockets = new Set<net.Socket>();
	const server = net.createServer({ noDelay: true }, (client) => {
		const upstream = net.connect({ host: "127.0.0.1", port: target, noDelay: true });
		const begun = performance.now();
		carry(client, upstream, () => Math.max(delay_ms, begun + 3 * delay_ms - performance.now()));
		carry(upstream, client, () => delay_ms);
		for (const socket of [client, upstream]) {
			sockets.add(socket);
			socket.on("close", () => sockets.delete(socket));
		}
	});
	const close = () => {
		server.close();
		for (const socket of sockets) socket.destroy();
	};
	return new Promise((resolve) =>
		server.listen(0, "127.0.0.1", () => resolve({ port: (server.address() as net.AddressInfo).port, close })),
	);
}

/** In order, whatever timers do. */
function carry(from: net.Socket, to: net.Socket, delay: () => number): void {
	const waiting: { due: number; act: () => void }[] = [];
	const look = () => {
		while (waiting[0] && waiting[0].due <= performance.now()) waiting.shift()?.act();
		if (waiting[0]) setTimeout(look, waiting[0].due - performance.now());
	};
	const later = (act: () => void) => {
		const due = Math.max(waiting.at(-1)?.due ?? 0, performance.now() + delay());
		if (waiting.push({ due, act }) === 1) setTimeout(look, due - performance.now());
	};
	from.on("data", (bytes) => later(() => to.write(bytes)));
	from.on("end", () => later(() => to.end()));
	from.on("error", () => to.destroy());
	from.on("close", () => later(() => to.destroy()));
}
