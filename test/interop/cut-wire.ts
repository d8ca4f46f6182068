import { connect, createServer, type Server, type Socket } from "node:net";
import { reset } from "../reset.js";

/** A wire that can be cut: what goes through it is lost at any byte, and both ends see the connection end. */
export class CutWire {
	readonly #server: Server;
	readonly #ends = new Set<Socket>();
	/** Where it leads to: connections that are made from now on. */
	port: number;
	cuts = 0;

	constructor(port: number) {
		this.port = port;
		this.#server = createServer((near) => {
			const far = connect(this.port, "127.0.0.1");
			for (const end of [near, far]) {
				this.#ends.add(end);
				end.setNoDelay(true);
				end.on("error", () => {});
				end.on("close", () => {
					this.#ends.delete(end);
					(end === near ? far : near).destroy();
				});
			}
			near.pipe(far);
			far.pipe(near);
		});
	}

	async listen(): Promise<number> {
		await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
		return (this.#server.address() as { port: number }).port;
	}

	cut(): void {
		this.cuts += 1;
		for (const end of this.#ends) reset(end);
	}

	async close(): Promise<void> {
		this.cut();
		await new Promise((resolve) => this.#server.close(resolve));
	}
}
