// Wireshark's own eyes, for the recordings of the wire view.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** For the `skip` of a test. */
export const noTshark = spawnSync("tshark", ["--version"]).status === 0 ? false : "there is no tshark here (Debian's package tshark)";

/** What tshark makes of a file: one line a packet, `fields` with a | between. */
export function tshark(file: Uint8Array, ...fields: string[]): string[] {
	const folder = mkdtempSync(join(tmpdir(), "lampwire-pcapng-"));
	try {
		const name = join(folder, "wire.pcapng");
		writeFileSync(name, file);
		const shown = fields.flatMap((field) => ["-e", field]);
		// As root it complains of itself, on stderr.
		const options = ["-n", "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-T", "fields", "-E", "separator=|", ...shown];
		const text = execFileSync("tshark", ["-r", name, ...options], {
			encoding: "utf8",
			stdio: ["ignore", "pipe", "ignore"],
			maxBuffer: 1 << 28,
		});
		return text.trim().split("\n");
	} finally {
		rmSync(folder, { recursive: true });
	}
}
