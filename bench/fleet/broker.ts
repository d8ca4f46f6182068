// Mosquitto on loopback, with room for the fleet, that can be killed and started again.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { freePort } from "../../test/ports.js";

process.env.PATH += ":/usr/sbin";

/** Descriptors that a process has beside those of the lamps. */
export const descriptors_other = 100;

const children = new Set<ChildProcess>();
process.on("exit", () => {
	for (const child of children) child.kill("SIGKILL");
});

/** Why the fleet cannot be run here, with the words to type; or nothing. */
export function missing(lamps: number): string | undefined {
	if (process.platform === "win32") return "it needs a system that knows ulimit";
	if (spawnSync("sh", ["-c", "command -v mosquitto"]).status !== 0) return "mosquitto not found (Debian: apt install mosquitto)";
	const hard = execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).trim();
	const needed = lamps + descriptors_other;
	if (hard === "unlimited" || Number(hard) >= needed) return undefined;
	const most = Math.floor((Number(hard) - descriptors_other) / 100) * 100;
	return `the broker needs ${needed} descriptors, and the hard limit is ${hard}. Raise it, in this shell: sudo prlimit --pid $$ --nofile=${needed}:${needed}. Or take fewer lamps: BENCH_LAMPS=${most} npm run bench -- fleet`;
}

/** So many addresses of loopback that each has ports enough for its lamps, also while the last ones still wait for their end. */
function addressesFor(lamps: number): string[] {
	if (process.platform !== "linux") return ["127.0.0.1"];
	const [first = 0, last = 0] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").trim().split(/\s+/).map(Number);
	const needed = Math.ceil((2 * lamps) / (last - first + 1));
	return Array.from({ length: needed }, (_, index) => `127.0.0.${index + 1}`);
}

const open = (port: number) =>
	new Promise<boolean>((resolve) => {
		const socket = connect(port, "127.0.0.1", () => resolve(Boolean(socket.destroy())));
		socket.on("error", () => resolve(false));
	});

export class Mosquitto {
	readonly addresses: readonly string[];
	readonly port: number;
	readonly #config: string;
	readonly #descriptors: number;
	#child: ChildProcess | undefined;

	private constructor(folder: string, lamps: number, port: number) {
		this.port = port;
		this.addresses = addressesFor(lamps);
		this.#descriptors = lamps + descriptors_other;
		this.#config = path.join(folder, `mosquitto-${port}.conf`);
		const listeners = this.addresses.map((address) => `listener ${port} ${address}\n`).join("");
		writeFileSync(this.#config, `${listeners}allow_anonymous true\npersistence false\nlog_type error\nuser root\n`);
	}

	static async start(folder: string, lamps: number): Promise<Mosquitto> {
		const broker = new Mosquitto(folder, lamps, await freePort());
		await broker.start();
		return broker;
	}

	/** Resolves when it listens. */
	async start(): Promise<void> {
		const raise = `[ "$(ulimit -n)" = unlimited ] || [ "$(ulimit -n)" -ge ${this.#descriptors} ] || ulimit -n ${this.#descriptors}; exec "$@"`;
		const child = spawn("sh", ["-c", raise, "sh", "mosquitto", "-c", this.#config], { stdio: "ignore" });
		children.add(child);
		child.once("exit", () => children.delete(child));
		this.#child = child;
		while (!(await open(this.port))) {
			if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`);
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	}

	async kill(): Promise<void> {
		const child = this.#child;
		if (child === undefined) return;
		this.#child = undefined;
		const gone = new Promise((resolve) => child.once("exit", resolve));
		child.kill("SIGKILL");
		await gone;
	}

	/** Resident bytes, and seconds of processor time; NaN where the system does not say. */
	used(): { resident: number; processor: number } {
		try {
			const [, resident = Number.NaN] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#child?.pid}/status`, "utf8")) ?? [];
			const fields = readFileSync(`/proc/${this.#child?.pid}/stat`, "utf8")
				.replace(/^.*\) /, "")
				.split(" ");
			return { resident: Number(resident) * 1024, processor: (Number(fields[11]) + Number(fields[12])) / 100 };
		} catch {
			return { resident: Number.NaN, processor: Number.NaN };
		}
	}
}
