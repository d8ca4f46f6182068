// mcsim with a TLS socket in it, at the end of a wire.
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { Program } from "../dropin/program.js";
import { type Display, onLines } from "../simulator.js";

export interface Opening {
	host?: string;
	port: number;
	/** Authorities, DER. */
	authorities: readonly Buffer[];
	insecure?: boolean;
	clientCertificate?: Buffer;
	clientKey?: Buffer;
	/** Written as soon as the connection is open. */
	greet?: string;
}

/** What became of a connection. */
export interface Fate {
	open: boolean;
	error: string | undefined;
	text: string;
	/** Of the last write, and after a close. */
	left: number | undefined;
	closed: boolean;
}

export class Peer {
	readonly program: Program;
	readonly #fates = new Map<number, Fate>();
	readonly #times = new Map<number, object | undefined>();
	#hello = 0;
	#server: Server | undefined;
	#wire: Socket | undefined;
	#next = 1;

	private constructor(program: Program) {
		this.program = program;
	}

	/** `kind` is the manifest: ours, or the SDK's own socket. */
	static async start(display: Display, kind: "manifest" | "sdk" = "manifest"): Promise<Peer> {
		let take = (_: Socket) => {};
		const server = createServer((wire) => take(wire)).listen(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address() as { port: number };
		const name = kind === "sdk" ? "tlssdk" : "tls";
		const manifest = path.join(import.meta.dirname, `${kind}.json`);
		const peer = new Peer(new Program(manifest, name, name, [`control=${port}`]));
		take = (wire) => peer.#take(wire);
		peer.#server = server;
		try {
			await peer.program.start(display);
			await peer.program.until(() => peer.#hello > 0, "to say hello");
		} catch (error) {
			// a server that listens would keep the test from its end
			await peer.stop();
			throw error;
		}
		return peer;
	}

	open({ host = "broker.test", authorities, clientCertificate, clientKey, ...rest }: Opening): { id: number; fate: Fate } {
		const id = this.#next++;
		const fate: Fate = { open: false, error: undefined, text: "", left: undefined, closed: false };
		this.#fates.set(id, fate);
		const base64 = (bytes: Buffer | undefined) => bytes?.toString("base64");
		this.#send({
			id,
			host,
			...rest,
			authorities: authorities.map(base64),
			clientCertificate: base64(clientCertificate),
			clientKey: base64(clientKey),
		});
		return { id, fate };
	}

	/** Opens, and waits until it is open or refused. */
	async settled(opening: Opening): Promise<{ id: number; fate: Fate }> {
		const opened = this.open(opening);
		const { fate } = opened;
		await this.program.until(() => fate.open || fate.error !== undefined, "to open, or to be refused");
		return opened;
	}

	write(id: number, text: string): void {
		this.#send({ id, write: text });
	}

	/** Asks a server of NTP on this machine. */
	async time(sntp: number): Promise<{ seconds?: number; fault?: string; known?: boolean }> {
		const id = this.#next++;
		this.#times.set(id, undefined);
		this.#send({ id, sntp });
		await this.program.until(() => this.#times.get(id), "to know the time, or that it does not");
		return this.#times.get(id) as object;
	}

	/** Ten bytes, so many times. */
	burst(id: number, burst: number): void {
		this.#send({ id, burst });
	}

	close(id: number): void {
		this.#send({ id, close: true });
	}

	async stop(): Promise<void> {
		await this.program.stop();
		this.#wire?.destroy();
		this.#server?.close();
	}

	#send(what: object): void {
		this.#wire?.write(`${JSON.stringify(what)}\n`);
	}

	#take(wire: Socket): void {
		this.#wire = wire;
		onLines(wire, (line) => this.#hear(JSON.parse(line)));
	}

	#hear(said: {
		id?: number;
		hello?: boolean;
		open?: boolean;
		error?: string;
		thrown?: string;
		text?: string;
		left?: number;
		closed?: boolean;
	}) {
		if (said.hello) this.#hello++;
		if (this.#times.has(said.id ?? 0)) this.#times.set(said.id ?? 0, said);
		const fate = this.#fates.get(said.id ?? 0);
		if (!fate) return;
		if (said.open) fate.open = true;
		if (said.error !== undefined) fate.error = said.error;
		if (said.thrown !== undefined) fate.error = `thrown: ${said.thrown}`;
		if (said.text !== undefined) fate.text += said.text;
		if (said.left !== undefined) fate.left = said.left;
		if (said.closed) fate.closed = true;
	}
}
