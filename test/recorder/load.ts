// A recorder under load at a real Mosquitto, with a tap between the two that sees every PUBLISH and every PUBACK.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import mqtt, { type Packet } from "mqtt-packet";
import { openHistory } from "../../hosts/node/recorder/keeper.js";
import { Cli } from "../hosts/spawn.js";
import { Wire } from "../hosts/wire.js";
import { freePort } from "../ports.js";

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };

/** For the `skip` of a test. */
export const noMosquitto = spawnSync("mosquitto", ["-h"], { env }).error === undefined ? undefined : "mosquitto is not installed";

/** Park and Miller's generator. */
export function random(seed: number): () => number {
	let now = (seed % 2_147_483_646) + 1;
	return () => {
		now = (now * 48_271) % 2_147_483_647;
		return now / 2_147_483_647;
	};
}

export interface KeepingOptions {
	/** Messages at QoS 1 that wait for their PUBACK at once. */
	inflight?: number;
	/** On the disk. */
	persistence?: boolean;
}

/** Mosquitto that keeps for a client whatever comes. */
export class Keeping {
	port = 0;
	readonly #options: KeepingOptions;
	readonly #folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-keeping-"));
	#child: ChildProcess | undefined;

	constructor(options: KeepingOptions = {}) {
		this.#options = options;
	}

	static async open(): Promise<Keeping> {
		const broker = new Keeping();
		await broker.start();
		return broker;
	}

	/** On the port that it had before, if it had one. */
	async start(): Promise<void> {
		this.port ||= await freePort();
		const { inflight = 100, persistence = true } = this.#options;
		const lines = [
			`listener ${this.port} 127.0.0.1`,
			"allow_anonymous true",
			...(persistence ? ["persistence true", `persistence_location ${this.#folder}/`, "autosave_interval 1"] : []),
			"max_queued_messages 0",
			`max_inflight_messages ${inflight}`,
			...(process.getuid?.() === 0 ? ["user root"] : []),
		];
		const file = path.join(this.#folder, "conf");
		writeFileSync(file, `${lines.join("\n")}\n`);
		const child = spawn("mosquitto", ["-c", file], { env, stdio: "ignore" });
		this.#child = child;
		for (let tries = 0; !(await listens(this.port)); tries++) if (tries > 600 || child.exitCode !== null) throw new Error("no Mosquitto");
	}

	/** SIGTERM: it writes what it holds. SIGKILL: it has what it had written. */
	async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
		const child = this.#child;
		this.#child = undefined;
		if (!child || child.exitCode !== null) return;
		child.kill(signal);
		await once(child, "exit");
	}

	/** At once, where nothing can wait. */
	cut(): void {
		this.#child?.kill("SIGKILL");
	}

	async end(): Promise<void> {
		await this.stop("SIGKILL");
		rmSync(this.#folder, { recursive: true, force: true });
	}
}

function listens(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1", () => {
			socket.destroy();
			resolve(true);
		});
		socket.on("error", () => setTimeout(() => resolve(false), 50));
	});
}

/** What the recorder has acknowledged, by payload; what came again. */
export class Tap {
	readonly acknowledged = new Set<string>();
	resent = 0;
	readonly #server;

	private constructor(broker: number) {
		this.#server = createServer((near) => this.#join(near, connect(broker, "127.0.0.1")));
	}

	static async open(broker: number): Promise<Tap> {
		const tap = new Tap(broker);
		await once(tap.#server.listen(0, "127.0.0.1"), "listening");
		return tap;
	}

	get url(): string {
		return `mqtt://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
	}

	close(): void {
		this.#server.close();
	}

	#join(near: Socket, far: Socket): void {
		/** Of this connection: what each id stands for. */
		const ids = new Map<number, string>();
		const heard = (packet: Packet) => {
			if (packet.cmd !== "publish" || packet.qos !== 1 || packet.topic !== "light") return;
			ids.set(packet.messageId ?? 0, packet.payload.toString());
			if (packet.dup) this.resent += 1;
		};
		const said = (packet: Packet) => {
			const payload = packet.cmd === "puback" ? ids.get(packet.messageId ?? 0) : undefined;
			if (payload !== undefined) this.acknowledged.add(payload);
		};
		for (const [from, to, tell] of [
			[far, near, heard],
			[near, far, said],
		] as const) {
			const parser = mqtt.parser({ protocolVersion: 4 });
			parser.on("packet", tell);
			from.on("data", (chunk) => {
				parser.parse(chunk);
				to.write(chunk);
			});
			from.on("error", () => {});
			from.on("close", () => to.destroy());
		}
	}
}

/** Says m1, m2, m3 … on the topic, at QoS 1. */
export class Sender {
	sent = 0;
	readonly #wire: Wire;
	#timer: NodeJS.Timeout | undefined;

	private constructor(wire: Wire) {
		this.#wire = wire;
	}

	static async open(port: number): Promise<Sender> {
		return new Sender(await Wire.connect(port, "sender"));
	}

	say(count: number): void {
		for (let i = 0; i < count; i++) {
			this.sent += 1;
			const messageId = (this.sent % 65_535) + 1;
			this.#wire.send({ cmd: "publish", topic: "light", payload: `m${this.sent}`, qos: 1, retain: false, dup: false, messageId });
		}
	}

	/** `count` every 20 ms. */
	go(count: number): void {
		this.#timer = setInterval(() => this.say(count), 20);
	}

	rest(): void {
		clearInterval(this.#timer);
	}

	close(): void {
		this.rest();
		this.#wire.cut();
	}
}

export interface HistoryPlace {
	state: string;
	store: string | undefined;
}

export function record(tap: Tap, { state, store }: HistoryPlace): Cli {
	return new Cli(["record", "--broker", tap.url, "--id", "tested", "--state", state, ...(store ? ["--store", store] : [])]);
}

/** Each payload that is stored on the topic, and how often. */
export async function storedAt(place: HistoryPlace): Promise<Map<string, number>> {
	const { store } = await openHistory(place, "the test", true);
	const stored = new Map<string, number>();
	const utf8 = new TextDecoder();
	let after: { time: number; n: number } | undefined;
	for (;;) {
		const page = await store.rows({ topic: "light", from: 0, to: Date.now() + 1_000 }, after, 5_000);
		for (const { payload } of page) stored.set(utf8.decode(payload), (stored.get(utf8.decode(payload)) ?? 0) + 1);
		if (page.length === 0) break;
		after = page.at(-1);
	}
	await store.close();
	return stored;
}

/** Nothing acknowledged is missing, nothing is there twice. */
export function whole(what: string, { acknowledged, resent }: Tap, sent: number, stored: Map<string, number>): void {
	const lacking = [...acknowledged].filter((payload) => !stored.has(payload));
	const doubled = [...stored].filter(([, count]) => count > 1);
	const figures = `sent ${sent}, acknowledged ${acknowledged.size}, resent ${resent}, stored ${stored.size}, doubled ${doubled.length}`;
	console.log(`${what}: ${figures}`);
	assert.deepEqual(lacking, [], "acknowledged, and missing");
	assert.deepEqual(doubled, [], "there twice");
}
