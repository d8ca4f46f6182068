// A network namespace of the bench's own: nobody else's packets are on its loopback.
import { spawnSync } from "node:child_process";

/** Set inside. */
const inside = "LAMPWIRE_BENCH_NAMESPACE";
/** Debian keeps mosquitto, ip and tc there. */
const withSbin = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

/** Ends the bench, with a sentence. */
export function skip(why: string): never {
	console.log(`transports: skipped: ${why}`);
	process.exit(0);
}

/** Runs this program again inside, and ends with it. Returns inside alone. */
export function enter(): void {
	if (process.env[inside] !== undefined) return;
	for (const [command, of] of [
		["mosquitto", "mosquitto"],
		["dumpcap", "tshark, or wireshark-common"],
		["unshare", "util-linux"],
		["ip", "iproute2"],
	] as const)
		if (spawnSync("sh", ["-c", `command -v ${command}`], { env: withSbin }).status !== 0) skip(`${command} not found (Debian: ${of})`);
	const script = 'ip link set lo mtu 1500 up && exec "$0" "$@"';
	const options = process.getuid?.() === 0 ? ["-n"] : ["-r", "-n"];
	const program = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
	const { status, error } = spawnSync("unshare", [...options, "sh", "-c", script, ...program], {
		env: { ...withSbin, [inside]: "1" },
		stdio: "inherit",
	});
	if (error) skip(`no network namespace: ${error.message}`);
	process.exit(status ?? 1);
}
