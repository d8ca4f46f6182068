// MQTT.js, which comes from bench/mqttjs, a package of its own.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

/** From where it can be required, or why not. */
export function mqttJs(): { home: string } | { fault: string } {
	const home = path.join(import.meta.dirname, "mqttjs");
	if (!existsSync(path.join(home, "node_modules/mqtt"))) {
		const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: home, encoding: "utf8", shell: process.platform === "win32" });
		if (npm.status !== 0) return { fault: `MQTT.js could not be installed (npm ci in bench/mqttjs):\n${npm.stdout}${npm.stderr}` };
	}
	return { home: path.join(home, "package.json") };
}
