// Real brokers, each started by the test on a free port of loopback, and stopped by it.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer } from "node:tls";
import { Aedes } from "aedes";
import { createWebSocketStream, WebSocketServer } from "ws";
import { freePort } from "../ports.js";
import { keyPem, make, pem } from "../xs/tls/certificates.js";

export interface Broker {
	name: string;
	/** Highest QoS that it knows, published and subscribed. */
	QoS: 0 | 1 | 2;
	/** A PUBLISH at QoS 2 is taken all the same, and answered as one at QoS 1. */
	lowers?: true;
	/** QoS 2 messages that it has under way at once: 20 for Mosquitto, without limit for aedes. */
	received: number;
	/** Whether what a resumed session missed comes in order and once (aedes 1.2 sends what is new before what it kept, and may send it twice). */
	orderly: boolean;
	/** Why it cannot be started here, or `undefined`. */
	missing: string | undefined;
	/** Largest payload to try, in bytes: some have limits of their own. */
	largest: number;
	/** Beside TCP. */
	transports?: readonly ("mqtts" | "ws" | "wss")[];
	start(): Promise<Running>;
}

export interface Running {
	port: number;
	/** Of the transports beside TCP. */
	ports?: Readonly<Record<"mqtts" | "ws" | "wss", number>>;
	stop(): Promise<void>;
}

const authority = make({ name: "CA", authority: true });
const certificate = make({ name: "broker", issuer: authority, ip: [127, 0, 0, 1] });
/** Signed by this one, in PEM, a broker shows its certificate at mqtts: and wss:. */
export const ca = pem(authority.der);

function installed(command: string): boolean {
	return spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;
}

/** Waits until something listens. */
async function listening(port: number, child: ChildProcess, output: string[]): Promise<void> {
	for (let tries = 0; tries < 3_000; tries++) {
		if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}:\n${output.join("")}`);
		const open = await new Promise<boolean>((resolve) => {
			const socket = connect(port, "127.0.0.1", () => {
				socket.destroy();
				resolve(true);
			});
			socket.on("error", () => resolve(false));
		});
		if (open) return;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	throw new Error(`nothing listens on ${port}:\n${output.join("")}`);
}

/** Starts a broker that is reached by the first of `ports`, and waits until it listens on all of them: under load the last one opens later. */
async function launch(
	command: string,
	args: string[],
	ports: [number, ...number[]],
	folder: string,
	env: Record<string, string> = {},
): Promise<Running> {
	const output: string[] = [];
	const child = spawn(command, args, { env: { ...process.env, ...env }, cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
	for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => output.push(data.toString()));
	const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()));
	const stop = async () => {
		child.kill("SIGTERM");
		await ended;
		rmSync(folder, { recursive: true, force: true });
	};
	try {
		for (const port of ports) await listening(port, child, output);
	} catch (error) {
		await stop();
		throw error;
	}
	return { port: ports[0], stop };
}

function folder(): string {
	return mkdtempSync(join(tmpdir(), "lampwire-broker-"));
}

const mosquitto: Broker = {
	name: "Mosquitto",
	QoS: 2,
	received: 20,
	orderly: true,
	largest: 1 << 20,
	missing: installed("mosquitto") ? undefined : "mosquitto is not installed",
	transports: ["mqtts", "ws", "wss"],
	async start() {
		const port = await freePort();
		const ports = { mqtts: await freePort(), ws: await freePort(), wss: await freePort() };
		const where = folder();
		const file = (name: string, text: string) => {
			writeFileSync(join(where, name), text);
			return join(where, name);
		};
		const secure = `certfile ${file("c.pem", pem(certificate.der))}\nkeyfile ${file("k.pem", keyPem(certificate))}\n`;
		const listeners = [
			`listener ${port} 127.0.0.1\n`,
			`listener ${ports.mqtts} 127.0.0.1\n${secure}`,
			`listener ${ports.ws} 127.0.0.1\nprotocol websockets\n`,
			`listener ${ports.wss} 127.0.0.1\nprotocol websockets\n${secure}`,
		];
		// without a bound on its queues: of 1,000 messages that wait for a client, it drops the rest
		const config = file("c.conf", `${listeners.join("")}allow_anonymous true\npersistence false\nmax_queued_messages 0\nuser root\n`);
		return { ...(await launch("mosquitto", ["-c", config], [port, ...Object.values(ports)], where)), ports };
	},
};

/** Mosquitto with a listener of MQTT over WebSocket beside that of TCP. */
export const mosquittoForPages = {
	missing: mosquitto.missing,
	async start(): Promise<Running & { webSocketPort: number }> {
		const [port, webSocketPort] = [await freePort(), await freePort()];
		const where = folder();
		const listeners = `listener ${port} 127.0.0.1\nlistener ${webSocketPort} 127.0.0.1\nprotocol websockets\n`;
		writeFileSync(join(where, "c.conf"), `${listeners}allow_anonymous true\npersistence false\nuser root\n`);
		return { ...(await launch("mosquitto", ["-c", join(where, "c.conf")], [port, webSocketPort], where)), webSocketPort };
	},
};

/** Mosquitto with the configuration that a document prints, and with users and their passwords. */
export const mosquittoWith = {
	missing: mosquitto.missing,
	async start(config: string, acl: string, passwords: Readonly<Record<string, string>>): Promise<Running> {
		const port = await freePort();
		const where = folder();
		const [passwd, aclFile] = [join(where, "passwd"), join(where, "acl")];
		writeFileSync(passwd, "");
		for (const [user, password] of Object.entries(passwords)) execFileSync("mosquitto_passwd", ["-b", passwd, user, password]);
		writeFileSync(aclFile, acl);
		const own = config
			.replace(/^listener .*$/m, `listener ${port} 127.0.0.1`)
			.replace(/^password_file .*$/m, `password_file ${passwd}`)
			.replace(/^acl_file .*$/m, `acl_file ${aclFile}`);
		writeFileSync(join(where, "c.conf"), `${own}\npersistence false\nuser root\n`);
		return launch("mosquitto", ["-c", join(where, "c.conf")], [port], where);
	},
};

const nats: Broker = {
	name: "NATS",
	QoS: 1,
	received: 1,
	orderly: true,
	// max_payload, which NATS holds to be 1 MiB with its own header included
	largest: 1_000_000,
	missing: installed("nats-server") ? undefined : "nats-server is not installed",
	async start() {
		const port = await freePort();
		const where = folder();
		const config = `server_name: lampwire\nlisten: "127.0.0.1:-1"\njetstream { store_dir: "${where}" }\nmqtt { listen: "127.0.0.1:${port}" }\n`;
		writeFileSync(join(where, "n.conf"), config);
		return launch("nats-server", ["-c", join(where, "n.conf")], [port], where);
	},
};

/** NATS with the configuration that a document prints, and with passwords. */
export const natsWith = {
	missing: nats.missing,
	async start(config: string): Promise<Running> {
		const port = await freePort();
		const where = folder();
		const own = config
			.replace(/store_dir: "[^"]*"/, `store_dir: "${where}"`)
			.replace(/mqtt \{ listen: "[^"]*" \}/, `mqtt { listen: "127.0.0.1:${port}" }`);
		writeFileSync(join(where, "n.conf"), `listen: "127.0.0.1:-1"\n${own}`);
		return launch("nats-server", ["-c", join(where, "n.conf")], [port], where);
	},
};

const rabbitServer = "/usr/lib/rabbitmq/bin/rabbitmq-server";
const rabbitmq: Broker = {
	name: "RabbitMQ",
	QoS: 1,
	lowers: true,
	received: 1,
	orderly: true,
	largest: 1 << 20,
	missing: existsSync(rabbitServer) ? undefined : "rabbitmq-server is not installed",
	start: () => startRabbit("mqtt.listeners.tcp.default = 1883\nmqtt.allow_anonymous = true\n"),
};

/** `config` and `definitions` as a document prints them; the ports, and where the definitions stand, are those of this run. */
async function startRabbit(config: string, definitions?: string): Promise<Running> {
	const [port, amqp, distribution] = [await freePort(), await freePort(), await freePort()];
	const where = folder();
	writeFileSync(join(where, "enabled_plugins"), "[rabbitmq_mqtt].\n");
	const own = config
		.replace(/^mqtt\.listeners\.tcp\.default = .*$/m, `mqtt.listeners.tcp.1 = 127.0.0.1:${port}`)
		.replace(/^load_definitions = .*$/m, `load_definitions = ${join(where, "definitions.json")}`);
	writeFileSync(join(where, "rabbitmq.conf"), `listeners.tcp.1 = 127.0.0.1:${amqp}\nloopback_users = none\n${own}`);
	if (definitions !== undefined) writeFileSync(join(where, "definitions.json"), definitions);
	return launch(rabbitServer, [], [port], where, {
		HOME: where,
		RABBITMQ_NODENAME: `lampwire${port}@localhost`,
		RABBITMQ_DIST_PORT: `${distribution}`,
		RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
		RABBITMQ_CONFIG_FILE: join(where, "rabbitmq"),
		RABBITMQ_ENABLED_PLUGINS_FILE: join(where, "enabled_plugins"),
		RABBITMQ_MNESIA_BASE: join(where, "data"),
		RABBITMQ_LOG_BASE: join(where, "log"),
		RABBITMQ_PID_FILE: join(where, "pid"),
		ERL_EPMD_ADDRESS: "127.0.0.1",
	});
}

export const rabbitWith = { missing: rabbitmq.missing, start: startRabbit };

const aedes: Broker = {
	name: "aedes",
	QoS: 2,
	received: 1000,
	orderly: false,
	largest: 1 << 20,
	missing: undefined,
	transports: ["mqtts", "ws", "wss"],
	async start() {
		const broker = await Aedes.createBroker();
		let connections = 0;
		const handle = (stream: Duplex) => {
			const client = broker.handle(stream) as unknown as { _nextId: number };
			// aedes 1.2 begins anywhere, and may so give a message the id of another one that its receiver has not released: the receiver drops it.
			client._nextId = 1 + ((connections++ * 1_000) % 65_000);
		};
		const secure = { cert: pem(certificate.der), key: keyPem(certificate) };
		const servers: Server[] = [createServer(handle), createTlsServer(secure, handle), createHttpServer(), createHttpsServer(secure)];
		for (const server of servers.slice(2))
			new WebSocketServer({ server: server as HttpServer }).on("connection", (socket) => handle(createWebSocketStream(socket)));
		for (const server of servers) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		const [port, mqtts, ws, wss] = servers.map((server) => (server.address() as AddressInfo).port) as [number, number, number, number];
		return {
			port,
			ports: { mqtts, ws, wss },
			async stop() {
				await new Promise<void>((resolve) => broker.close(resolve));
				for (const server of servers) await new Promise((resolve) => server.close(resolve));
			},
		};
	},
};

export const brokers = [mosquitto, rabbitmq, nats, aedes];
