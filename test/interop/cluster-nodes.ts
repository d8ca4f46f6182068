// Clusters of three real nodes on loopback, each of which can be killed. Every process is ended by its own id.
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePorts } from "../ports.js";

export interface Cluster {
	/** Where each node speaks MQTT. */
	readonly ports: readonly number[];
	/** SIGKILL. */
	kill(node: number): Promise<void>;
	/** Which node leads, and what; `undefined` where it cannot be told. */
	leader(client: string): Promise<{ node: number; of: string } | undefined>;
	stop(): Promise<void>;
}

export interface Kind {
	name: string;
	missing: string | undefined;
	start(): Promise<Cluster>;
}

const nodes = [0, 1, 2];
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const running = new Set<number>();

function end(pid: number, signal: "SIGKILL" | "SIGTERM"): void {
	try {
		process.kill(pid, signal);
	} catch {
		// it has ended by itself
	}
}

process.on("exit", () => {
	for (const pid of running) end(pid, "SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const open = (port: number) =>
	new Promise<boolean>((resolve) => {
		const socket = connect(port, "127.0.0.1", () => resolve(Boolean(socket.destroy())));
		socket.on("error", () => resolve(false));
	});

/** A process with its last words. */
class Process {
	readonly child: ChildProcess;
	readonly #gone: Promise<void>;
	#words = "";

	constructor(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
		this.child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
		const { pid, stdout, stderr } = this.child;
		if (pid !== undefined) running.add(pid);
		for (const stream of [stdout, stderr])
			stream?.on("data", (data: Buffer) => {
				this.#words = (this.#words + data.toString()).slice(-4_000);
			});
		this.#gone = new Promise((resolve) => this.child.once("exit", () => resolve()));
		void this.#gone.then(() => running.delete(pid ?? 0));
	}

	async until(what: string, condition: () => Promise<boolean>): Promise<void> {
		for (let tries = 0; tries < 1_200; tries++) {
			if (this.child.exitCode !== null) throw new Error(`ended with ${this.child.exitCode}:\n${this.#words}`);
			if (await condition().catch(() => false)) return;
			await sleep(100);
		}
		throw new Error(`waited in vain for ${what}:\n${this.#words}`);
	}

	async end(signal: "SIGKILL" | "SIGTERM", pid = this.child.pid): Promise<void> {
		if (pid !== undefined && this.child.exitCode === null && this.child.signalCode === null) end(pid, signal);
		await this.#gone;
	}
}

const installed = (command: string) => spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;

export const nats: Kind = {
	name: "NATS",
	missing: installed("nats-server") ? undefined : "nats-server is not installed",
	async start() {
		const folder = mkdtempSync(join(tmpdir(), "lampwire-cluster-"));
		const ports = await freePorts(9);
		const [mqtt, routes, http] = [ports.slice(0, 3), ports.slice(3, 6), ports.slice(6, 9)];
		const all: (Process | undefined)[] = [];
		const ask = async (node: number, path: string): Promise<unknown> =>
			(await fetch(`http://127.0.0.1:${http[node]}${path}`, { signal: AbortSignal.timeout(5_000) })).json();
		const launch = async (node: number) => {
			const file = join(folder, `${node}.conf`);
			writeFileSync(
				file,
				`server_name: n${node}\nlisten: "127.0.0.1:-1"\nhttp: "127.0.0.1:${http[node]}"\n` +
					`cluster { name: lampwire, listen: "127.0.0.1:${routes[node]}", routes: [${routes.map((port) => `"nats://127.0.0.1:${port}"`).join(", ")}] }\n` +
					`jetstream { store_dir: "${join(folder, `store-${node}`)}" }\n` +
					`mqtt { listen: "127.0.0.1:${mqtt[node]}", stream_replicas: 3 }\n`,
			);
			const made = new Process("nats-server", ["-c", file], folder);
			all[node] = made;
			await made.until("a healthy node", async () => {
				const answer = await fetch(`http://127.0.0.1:${http[node]}/healthz`, { signal: AbortSignal.timeout(5_000) });
				return answer.ok && open(mqtt[node] as number);
			});
		};
		await Promise.all(nodes.map(launch));
		return {
			ports: mqtt,
			async kill(node) {
				await all[node]?.end("SIGKILL");
				all[node] = undefined;
			},
			async leader() {
				for (const node of nodes) {
					if (all[node] === undefined) continue;
					const { meta_cluster } = (await ask(node, "/jsz")) as { meta_cluster?: { leader?: string } };
					if (meta_cluster?.leader) return { node: Number(meta_cluster.leader.slice(1)), of: "JetStream" };
				}
				return undefined;
			},
			async stop() {
				await Promise.all(all.map((one) => one?.end("SIGTERM")));
				rmSync(folder, { recursive: true, force: true });
			},
		};
	},
};

const rabbitHome = "/usr/lib/rabbitmq/bin";

export const rabbitmq: Kind = {
	name: "RabbitMQ",
	missing: existsSync(`${rabbitHome}/rabbitmq-server`) && installed("epmd") ? undefined : "rabbitmq-server or epmd is not installed",
	async start() {
		const folder = mkdtempSync(join(tmpdir(), "lampwire-cluster-"));
		const ports = await freePorts(10);
		const [mqtt, amqp, distribution, epmdPort = 0] = [ports.slice(0, 3), ports.slice(3, 6), ports.slice(6, 9), ports[9]];
		writeFileSync(join(folder, ".erlang.cookie"), `lampwire${epmdPort}`, { mode: 0o400 });
		writeFileSync(join(folder, "enabled_plugins"), "[rabbitmq_mqtt].\n");
		const name = (node: number) => `lampwire${node}@localhost`;
		const common = { HOME: folder, ERL_EPMD_PORT: `${epmdPort}`, ERL_EPMD_ADDRESS: "127.0.0.1" };
		// a daemon of its own, in the foreground: the one that Erlang would start stays behind
		const epmd = new Process("epmd", ["-port", `${epmdPort}`, "-address", "127.0.0.1"], folder);
		await epmd.until("epmd", () => open(epmdPort));
		const all: (Process | undefined)[] = [];
		const pidFile = (node: number) => join(folder, `pid-${node}`);
		/** The one that serves is a child of the script. */
		const pid = (node: number) => Number(readFileSync(pidFile(node), "utf8"));
		const launch = async (node: number) => {
			const members = nodes.map((one) => `cluster_formation.classic_config.nodes.${one + 1} = ${name(one)}\n`).join("");
			writeFileSync(
				join(folder, `${node}.conf`),
				`listeners.tcp.1 = 127.0.0.1:${amqp[node]}\nmqtt.listeners.tcp.1 = 127.0.0.1:${mqtt[node]}\nmqtt.allow_anonymous = true\n` +
					`mqtt.durable_queue_type = quorum\nloopback_users = none\ncluster_formation.peer_discovery_backend = classic_config\n${members}`,
			);
			rmSync(pidFile(node), { force: true });
			const made = new Process(`${rabbitHome}/rabbitmq-server`, [], folder, {
				...common,
				RABBITMQ_NODENAME: name(node),
				RABBITMQ_DIST_PORT: `${distribution[node]}`,
				RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
				RABBITMQ_CONFIG_FILE: join(folder, `${node}`),
				RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
				RABBITMQ_MNESIA_BASE: join(folder, `data-${node}`),
				RABBITMQ_LOG_BASE: join(folder, `log-${node}`),
				RABBITMQ_PID_FILE: pidFile(node),
				RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
			});
			all[node] = made;
			await made.until("MQTT", async () => {
				if (!existsSync(pidFile(node))) return false;
				running.add(pid(node));
				return open(mqtt[node] as number);
			});
		};
		await Promise.all(nodes.map(launch));
		const control = promisify(execFile);
		return {
			ports: mqtt,
			async kill(node) {
				running.delete(pid(node));
				await all[node]?.end("SIGKILL", pid(node));
				all[node] = undefined;
			},
			async leader(client) {
				const up = nodes.find((node) => all[node] !== undefined) ?? 0;
				const words = ["-q", "-n", name(up), "list_queues", "--no-table-headers", "name", "leader"];
				const { stdout } = await control(`${rabbitHome}/rabbitmqctl`, words, { env: { ...process.env, ...common } });
				const [, node] = new RegExp(`^mqtt-subscription-${client}qos1\\tlampwire(\\d)@`, "m").exec(stdout) ?? [];
				return node === undefined ? undefined : { node: Number(node), of: "the session's queue" };
			},
			async stop() {
				await Promise.all(nodes.map((node) => all[node]?.end("SIGTERM", pid(node))));
				for (const node of nodes) if (existsSync(pidFile(node))) running.delete(pid(node));
				await epmd.end("SIGTERM");
				rmSync(folder, { recursive: true, force: true });
			},
		};
	},
};
