// A port that somebody else has.
import { type AddressInfo, createServer } from "node:net";

export async function takenPort(t: { after(cleanup: () => void): void }, host = "127.0.0.1"): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve, reject) => server.on("error", reject).listen(0, host, resolve));
	t.after(() => void server.close());
	return (server.address() as AddressInfo).port;
}

/** A port that nobody has now. */
export async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}
