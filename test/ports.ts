// Ports: one that nobody has, for a program that a test starts, and one that somebody else has.
import { type AddressInfo, createServer, type Server } from "node:net";

function listen(server: Server, port: number, host: string): Promise<void> {
	return new Promise((resolve, reject) => void server.once("error", reject).listen(port, host, resolve));
}

export async function takenPort(t: { after(cleanup: () => void): void }, host = "127.0.0.1"): Promise<number> {
	const server = createServer();
	await listen(server, 0, host);
	t.after(() => void server.close());
	return (server.address() as AddressInfo).port;
}

/**
 * Below the ports that the system gives to outgoing connections and to `listen(0)` (Linux: 32768 to 60999, others: 49152 to 65535):
 * one of those may be given to another test before the program that it is meant for listens on it.
 */
const [first, count] = [20_000, 12_000];
/** Each process begins at a place of its own, for the tests run side by side. */
let next = process.pid * 61;

/** A port that nobody has now, another one at each call. */
export async function freePort(): Promise<number> {
	for (let tries = 0; tries < count; tries++) {
		const port = first + (next++ % count);
		const server = createServer();
		try {
			await listen(server, port, "127.0.0.1");
		} catch {
			continue;
		}
		await new Promise((resolve) => server.close(resolve));
		return port;
	}
	throw new Error(`no port from ${first} to ${first + count - 1} is free`);
}

export async function freePorts(wanted: number): Promise<number[]> {
	const ports: number[] = [];
	while (ports.length < wanted) ports.push(await freePort());
	return ports;
}
