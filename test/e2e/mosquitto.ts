// The system's own Mosquitto, on free ports of the loopback: a broker that is not ours.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import os from "node:os";
import path from "node:path";
import { freePort } from "../ports.js";

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };

/** For the `skip` of a test. */
export const noMosquitto = spawnSync("mosquitto", ["-h"], { env }).error === undefined ? false : "mosquitto is not installed";

export class Mosquitto {
	port = 0;
	/** MQTT over WebSocket. */
	wsPort = 0;
	readonly #folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-mosquitto-"));
	#child: ChildProcess | undefined;

	/** More lines of its configuration: listeners of TLS. */
	more = "";
	readonly folder = this.#folder;

	/** On the ports that it had before, if it had any. */
	async start(): Promise<void> {
		this.port ||= await freePort();
		this.wsPort ||= await freePort();
		const file = path.join(this.#folder, "conf");
		const listeners = `listener ${this.port} 127.0.0.1\nlistener ${this.wsPort} 127.0.0.1\nprotocol websockets\n`;
		writeFileSync(file, `${listeners}allow_anonymous true\n${this.more}`);
		this.#child = spawn("mosquitto", ["-c", file], { env, stdio: "ignore" });
		for (let tries = 0; !(await this.#listens()); tries++)
			if (tries > 600 || this.#child.exitCode !== null) throw new Error("no Mosquitto");
	}

	/** What it holds is lost with it. */
	async stop(): Promise<void> {
		const child = this.#child;
		this.#child = undefined;
		if (!child || child.exitCode !== null) return;
		child.kill();
		await once(child, "exit");
	}

	async end(): Promise<void> {
		await this.stop();
		rmSync(this.#folder, { recursive: true });
	}

	#listens(): Promise<boolean> {
		return new Promise((resolve) => {
			const socket = connect(this.wsPort, "127.0.0.1", () => {
				socket.destroy();
				resolve(true);
			});
			socket.on("error", () => setTimeout(() => resolve(false), 50));
		});
	}
}
