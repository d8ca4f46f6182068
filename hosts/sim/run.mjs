// `npm run sim -- dimmer|lamp [name=value…]`: builds that role for the Moddable simulator and starts it.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { startMcsim } from "./mcsim.mjs";
import { buildSimulator, findSDK, howToGetIt, root, run, tool } from "./sdk.mjs";

const usage = `npm run sim -- dimmer|lamp [name=value…]

  broker=HOST[:PORT]   default 127.0.0.1:1883, where npm start has its broker
  topic=light          the intensity topic
  id=…                 default: made up once for this machine and role
  position=0.5         where the knob stands at the start, 0 to 1
  pickup=1 invert=1 calibrate=once|now
  power_on=follow|last|off minimum=0 maximum=100 fade_ms=350 stream_fade_ms=40
                       as in npx lampwire dimmer --help and npx lampwire lamp --help
  mqtt_user=… mqtt_password=…

XSBUG_PORT=5002 in the environment gives the firmware to xsbug, which must be running.`;

const light = ["pickup", "invert", "calibrate", "power_on", "minimum", "maximum", "fade_ms", "stream_fade_ms"];
const names = ["broker", "port", "topic", "id", "position", "mqtt_user", "mqtt_password", "control", "state", ...light];

function refuse(line) {
	process.stderr.write(`${line}\n`);
	process.exit(2);
}

function parse([role, ...rest]) {
	if (role === undefined || role === "--help" || role === "-h") {
		process.stdout.write(`${usage}\n`);
		process.exit(role === undefined ? 2 : 0);
	}
	if (role !== "dimmer" && role !== "lamp") refuse(`role "${role}" is unknown; it must be dimmer or lamp`);
	const words = new Map([["broker", "127.0.0.1"]]);
	for (const word of rest) {
		const at = word.indexOf("=");
		const name = word.slice(0, at);
		if (at < 1) refuse(`"${word}" is not of the form name=value\n\n${usage}`);
		if (!names.includes(name)) refuse(`option "${name}" is unknown\n\n${usage}`);
		words.set(name, word.slice(at + 1));
	}
	const [, host, port] =
		/^(?:mqtt:\/\/)?([^:/]+)(?::(\d+))?\/?$/.exec(words.get("broker")) ?? refuse(`broker=${words.get("broker")} is not HOST or HOST:PORT`);
	words.set("broker", host);
	if (port) words.set("port", port);
	return { role, words };
}

/** mcsim has no MAC to take an id from. */
function madeUpId(folder) {
	const file = path.join(folder, "id");
	if (!existsSync(file)) writeFileSync(file, randomBytes(3).toString("hex"));
	return readFileSync(file, "utf8");
}

async function main() {
	const { role, words } = parse(process.argv.slice(2));
	const sdk = findSDK();
	if (sdk.problem) refuse(`${sdk.problem}\n\n${howToGetIt}`);
	const folder = path.join(root, "build", "sim", role);
	mkdirSync(folder, { recursive: true });
	if (!words.has("id")) words.set("id", madeUpId(folder));
	// On Linux /tmp is where the SDK's programs keep their files, and it does not outlive the night.
	if (!words.has("state")) words.set("state", `${folder.replaceAll("\\", "/")}/`);
	const given = [`role=${role}`, ...[...words].map(([name, value]) => `${name}=${value}`)];
	process.stdout.write(`building ${given.join(" ")}\n`);
	if (sdk.platform !== "lin") {
		// The SDK's own way: it starts the simulator with our panel, and the log goes to xsbug.
		await run(tool(sdk.bin, "mcconfig"), ["-d", "-m", "-p", sdk.platform, ...given], { env: sdk.env });
		return;
	}
	const library = await buildSimulator(sdk, { out: folder, words: given });
	if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
		refuse("no display to show the simulator on: set DISPLAY, or say xvfb-run -a npm run sim -- …");
	const log = (line) => process.stdout.write(`${line}\n`);
	const onException = (text, stack) => log(`exception: ${text}\n${stack.map((frame) => `    ${frame}`).join("\n")}`);
	const { child, ended } = await startMcsim(sdk, { library, home: path.join(folder, "config"), onLine: log, onException });
	for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill());
	const { code, complaints } = await ended;
	if (code) refuse(`mcsim ended with ${code}\n${complaints}`);
}

main().catch((error) => {
	process.stderr.write(`${error.message}\n`);
	process.exit(1);
});
