// Where the sixteen ways are spoken: Mosquitto with a listener for each, the light over HTTP, and a slow network before all of them.
import { type ChildProcess, fork, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { makeCertificate } from "../../hosts/node/certificate.js";
import type { QoS } from "../../src/mqtt/link/link.js";
import { freePorts } from "../../test/ports.js";
import { events, longPolling, polling, webSocket } from "./http.js";
import { alive_ms, delay_ms, hurry, pause, type Way } from "./light.js";
import { MqttWay, type Scheme } from "./mqtt.js";
import { skip } from "./namespace.js";
import type { Order } from "./server.js";

async function listening(port: number): Promise<void> {
	for (let tries = 0; tries < 200; tries++) {
		const open = await new Promise<boolean>((resolve) => {
			const socket = connect(port, "127.0.0.1", () => resolve(Boolean(socket.destroy())));
			socket.on("error", () => resolve(false));
		});
		if (open) return;
		await pause(50);
	}
	throw new Error(`nothing listens on ${port}`);
}

export interface Row {
	way: Way;
	port: number;
	/** Of the same server through the delaying network. */
	far: number;
	/** The same, to be watched while it is idle, with its times divided by `hurry`. */
	idle: { way: Way; port: number } | undefined;
}

const children = new Set<ChildProcess>();
process.on("exit", () => {
	for (const child of children) child.kill();
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

class Servers {
	readonly #child: ChildProcess;

	private constructor(child: ChildProcess) {
		this.#child = child;
	}

	static async start(): Promise<Servers> {
		const child = fork(path.join(import.meta.dirname, "server.ts"), { execArgv: process.execArgv });
		children.add(child);
		await new Promise((resolve) => child.once("message", resolve));
		return new Servers(child);
	}

	ask(order: Order): Promise<number[]> {
		return new Promise((resolve) => {
			this.#child.once("message", (ports) => resolve(ports as number[]));
			this.#child.send(order);
		});
	}
}

/** `folder` is for their files. They end with this process. */
export async function start(folder: string): Promise<Row[]> {
	const authority = makeCertificate({ name: "Bench authority", authority: true });
	const own = makeCertificate({ name: "Bench broker", hosts: ["127.0.0.1", "localhost"], issuer: authority });
	const files = { certfile: own.certificate, keyfile: own.key };
	for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text, { mode: 0o600 });
	const schemes = ["mqtt", "mqtts", "ws", "wss"] as const;
	const listeners: { scheme: Scheme; QoS: QoS; idle: boolean }[] = schemes.flatMap((scheme) => [
		...([0, 1, 2] as const).map((QoS) => ({ scheme, QoS, idle: false })),
		{ scheme, QoS: 0, idle: true },
	]);
	const ports = await freePorts(listeners.length);
	const lines = listeners.flatMap(({ scheme }, index) => [
		`listener ${ports[index]} 127.0.0.1`,
		...(/^ws/.test(scheme) ? ["protocol websockets"] : []),
		...(/s$/.test(scheme) && scheme !== "ws" ? [...Object.keys(files).map((name) => `${name} ${path.join(folder, name)}`)] : []),
	]);
	writeFileSync(
		path.join(folder, "mosquitto.conf"),
		["allow_anonymous true", "persistence false", "set_tcp_nodelay true", "log_type error", "user root", ...lines, ""].join("\n"),
	);
	const mosquitto = spawn("mosquitto", ["-c", path.join(folder, "mosquitto.conf")], { stdio: ["ignore", "ignore", "pipe"] });
	children.add(mosquitto);
	let said = "";
	mosquitto.stderr?.on("data", (data: Buffer) => {
		said += data;
	});
	mosquitto.once("exit", (code) => code && skip(`mosquitto ended with ${code}: ${said}`));
	const servers = await Servers.start();
	const plain: readonly Way[] = [polling(), longPolling, events, webSocket];
	const served = await servers.ask({ serve: plain.flatMap(() => [1, hurry]) });
	await Promise.all(ports.map(listening));
	const security = { ca: authority.certificate };
	const portOf = (scheme: Scheme, QoS: QoS, idle: boolean) =>
		ports[listeners.findIndex((one) => one.scheme === scheme && one.QoS === QoS && one.idle === idle)] as number;
	const rows: Omit<Row, "far">[] = schemes.flatMap((scheme) =>
		([0, 1, 2] as const).map((QoS) => ({
			way: new MqttWay(scheme, QoS, security),
			port: portOf(scheme, QoS, false),
			idle: QoS > 0 ? undefined : { way: new MqttWay(scheme, QoS, security, alive_ms / hurry), port: portOf(scheme, QoS, true) },
		})),
	);
	for (const [index, way] of plain.entries())
		rows.push({ way, port: served[2 * index] as number, idle: { way, port: served[2 * index + 1] as number } });
	const fars = await servers.ask({ delay: rows.map(({ port }) => port), by: delay_ms });
	return rows.map((row, index) => ({ ...row, far: fars[index] as number }));
}
