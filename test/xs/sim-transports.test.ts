// One session of a lamp in mcsim, over each transport: at Mosquitto, then at aedes in its place. The image is the one with TLS.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { Wire } from "../hosts/wire.js";
import { brokers, ca, type Running } from "../interop/brokers.js";
import { CutWire } from "../interop/cut-wire.js";
import { skip } from "./needs.js";
import { Display, Simulator } from "./simulator.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-transports-"));
const env = { LAMPWIRE_CA: path.join(folder, "ca.pem") };
const manifest = "./hosts/board/tls/manifest.json";
const wanted = brokers.filter(({ name }) => name === "Mosquitto" || name === "aedes");
const missing = skip("Xvfb") || (wanted.find((broker) => broker.missing)?.missing ?? false);

describe("a lamp in mcsim, its session over each transport", { skip: missing }, () => {
	const display = new Display();
	const running: Running[] = [];
	const portOf = ({ port, ports }: Running, scheme: "mqtt" | "mqtts" | "ws" | "wss") => (scheme === "mqtt" ? port : (ports?.[scheme] ?? 0));

	before(async () => {
		writeFileSync(env.LAMPWIRE_CA, ca);
		await display.open();
		for (const broker of wanted) running.push(await broker.start());
	});
	after(async () => {
		for (const broker of running) await broker.stop();
		await display.close();
		rmSync(folder, { recursive: true });
	});

	for (const scheme of ["mqtt", "mqtts", "ws", "wss"] as const)
		test(`${scheme}: birth, levels, a cut and its will, a level that was set meanwhile, another broker`, async () => {
			const wire = new CutWire(portOf(running[0] as Running, scheme));
			const lamp = new Simulator({
				device: "lamp",
				broker: `${scheme}://127.0.0.1:${await wire.listen()}`,
				brokerPort: 0,
				id: `lamp-${scheme}`,
				words: [manifest, "fade_ms=0"],
				env,
				folder: "sim-transports",
			});
			const shows = (level: number) => lamp.until(() => lamp.shown.level === level, `level ${level}`);
			try {
				await lamp.start(display);
				for (const [index, broker] of running.entries()) {
					const hand = await Wire.connect(broker.port, `hand-${scheme}`);
					await hand.subscribe(`light/lamp-${scheme}/status`);
					await hand.says(`light/lamp-${scheme}/status`, "online");
					for (const level of [254, 0, 100, 101, 7]) {
						hand.publish("light", String(level));
						await shows(level);
					}
					wire.port = portOf(running[index + 1] ?? broker, scheme);
					const behind = await Wire.connect((running[index + 1] ?? broker).port, `setter-${scheme}`);
					behind.publish("light", String(40 + index), true);
					wire.cut();
					await hand.says(`light/lamp-${scheme}/status`, "offline");
					await shows(40 + index);
				}
				assert.ok(!lamp.lines.some((line) => /exception|XS abort/.test(line)), lamp.lines.join("\n"));
			} finally {
				await lamp.stop();
				await wire.close();
			}
		});
});
