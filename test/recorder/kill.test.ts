// Killed (-9) at random moments under load, at a real Mosquitto: nothing that the recorder has acknowledged is missing, nothing is there twice.
// A tap between the two sees every PUBLISH and every PUBACK. KILLS says how often (default 4; the issue asks for 20), SEED when.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import mqtt, { type Packet } from "mqtt-packet";
import { openHistory } from "../../hosts/node/recorder/keeper.js";
import { until } from "../hosts/contract/probe.js";
import { Cli } from "../hosts/spawn.js";
import { Wire } from "../hosts/wire.js";
import { missing as noPostgres, postgres } from "./postgres-server.js";

const kills = Number(process.env.KILLS ?? 4);
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const noMosquitto = spawnSync("sh", ["-c", "command -v mosquitto"]).status === 0 ? undefined : "mosquitto is not installed";
const undo: (() => unknown)[] = [];
after(async () => {
	Cli.killAll();
	for (const each of undo.reverse()) await each();
});

/** Park and Miller's generator. */
function random(state: number): () => number {
	let now = (state % 2_147_483_646) + 1;
	return () => {
		now = (now * 48_271) % 2_147_483_647;
		return now / 2_147_483_647;
	};
}

async function mosquitto(): Promise<number> {
	const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-kill-"));
	const probe = createServer();
	await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
	const { port } = probe.address() as { port: number };
	await new Promise((resolve) => probe.close(resolve));
	const config = `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location ${folder}/\nmax_queued_messages 0\nmax_inflight_messages 100\nuser root\n`;
	writeFileSync(path.join(folder, "c.conf"), config);
	const child: ChildProcess = spawn("mosquitto", ["-c", path.join(folder, "c.conf")], { stdio: "ignore" });
	undo.push(() => {
		child.kill("SIGKILL");
		rmSync(folder, { recursive: true, force: true });
	});
	for (let tries = 0; tries < 100; tries++) {
		const there = await new Promise<boolean>((resolve) => {
			const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
			socket.on("close", () => {}).end();
		});
		if (there) return port;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	throw new Error("mosquitto does not listen");
}

/** What the recorder has acknowledged, by payload; which came again. */
class Tap {
	readonly acknowledged = new Set<string>();
	resent = 0;
	readonly port: Promise<number>;

	constructor(broker: number) {
		const server = createServer((near) => this.#join(near, connect(broker, "127.0.0.1")));
		this.port = new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)));
		undo.push(() => server.close());
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

async function murder(name: string, place: { state: string; store: string | undefined }): Promise<void> {
	const chance = random(seed);
	const broker = await mosquitto();
	const tap = new Tap(broker);
	const url = `mqtt://127.0.0.1:${await tap.port}`;
	const args = [
		"record",
		"--broker",
		url,
		"--id",
		"killed",
		"--state",
		place.state || os.tmpdir(),
		...(place.store ? ["--store", place.store] : []),
	];
	const sender = await Wire.connect(broker, "sender");
	let sent = 0;
	const say = () => {
		for (let i = 0; i < 40; i++)
			sender.send({
				cmd: "publish",
				topic: "light",
				payload: `m${++sent}`,
				qos: 1,
				retain: false,
				dup: false,
				messageId: (sent % 65_535) + 1,
			});
	};
	let recorder = new Cli(args);
	await recorder.event("log", /online at/);
	const load = setInterval(say, 20);
	for (let kill = 0; kill < kills; kill++) {
		await new Promise((resolve) => setTimeout(resolve, 100 + 900 * chance()));
		await recorder.end("SIGKILL");
		recorder = new Cli(args);
		await recorder.event("log", /online at/);
	}
	clearInterval(load);
	await until(
		() => tap.acknowledged.size >= sent,
		() => `all ${sent} are acknowledged: ${tap.acknowledged.size}\n${recorder.out}${recorder.err}`,
	);
	assert.equal(await recorder.end("SIGTERM"), 0);
	sender.cut();
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
	const lacking = [...tap.acknowledged].filter((payload) => !stored.has(payload));
	const doubled = [...stored].filter(([, count]) => count > 1);
	console.log(
		`${name}: ${kills} kills, sent ${sent}, acknowledged ${tap.acknowledged.size}, resent ${tap.resent}, stored ${stored.size}, doubled ${doubled.length} (SEED=${seed})`,
	);
	assert.deepEqual(lacking, [], "acknowledged, and missing");
	assert.deepEqual(doubled, [], "there twice");
	assert.equal(stored.size, sent);
}

test(`killed at random moments: a SQLite file (SEED=${seed})`, { skip: noMosquitto ?? false }, async () => {
	const state = mkdtempSync(path.join(os.tmpdir(), "lampwire-kill-"));
	undo.push(() => rmSync(state, { recursive: true, force: true }));
	await murder("SQLite", { state, store: undefined });
});

test(`killed at random moments: PostgreSQL (SEED=${seed})`, { skip: noMosquitto ?? noPostgres ?? false }, async () => {
	const server = await postgres();
	undo.push(() => server.remove());
	await murder("PostgreSQL", { state: "", store: await server.database() });
});
