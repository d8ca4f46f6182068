// `npm run sim [-- dimmer|lamp|hue] [name=value…]`: builds that device, or dimmer and lamp, for the Moddable simulator and starts it.
import "../node/needed.mjs";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { startMcsim, window_default } from "./mcsim.mjs";
import { buildSimulator, findSDK, folderProblem, howToGetIt, root, run, tool } from "./sdk.mjs";

/** Finds a wrong broker before a build that takes a minute. In a checkout that is not built yet, the device finds it. */
const { readBrokers } = await import("../../dist/mqtt.js").catch(() => ({}));

const usage = `npm run sim [-- [dimmer|lamp|hue] [name=value…]]

  dimmer, lamp, hue    that device only; default: dimmer and lamp, side by side
  broker=URL           mqtt://[user@]host[:port] or ws://[user@]host[:port][/path]; default 127.0.0.1, where npm start has its broker;
                       auto, mqtt://[user@]auto or ws://[user@]auto: the one that tells this network of itself
  topic=light          the intensity topic
  id=…                 default: made up once for this machine and device (of one device only)
  position=0           where the knob stands at the start, 0 to 1
  pickup=1 invert=1 calibrate=once|now rate=30/min
  power_on=follow|last|off minimum=0 maximum=100 fade_ms=350 stream_fade_ms=40
                       as in lampwire dimmer --help and lampwire lamp --help
  hue_bridge=HOST[:PORT] hue_key=… hue_lights=1,2 hue_http=1 hue_follow=1
                       of hue: see docs/hue.md
  discovery=homeassistant  tells Home Assistant of the device
  mqtt_user=… mqtt_password=…

XSBUG_PORT=5002 in the environment gives the firmware to xsbug, which must be running.`;

const light = ["status", "pickup", "invert", "rate", "calibrate", "power_on", "minimum", "maximum", "fade_ms", "stream_fade_ms"];
const hue = ["hue_bridge", "hue_key", "hue_lights", "hue_http", "hue_follow"];
const names = [
	"broker",
	"port",
	"topic",
	"id",
	"position",
	"mqtt_user",
	"mqtt_password",
	"control",
	"state",
	"discovery",
	...light,
	...hue,
];

function refuse(line) {
	process.stderr.write(`${line}\n`);
	process.exit(2);
}

const preset = ["dimmer", "lamp"];
const devices = [...preset, "hue"];

function parse(rest) {
	if (rest.includes("--help") || rest.includes("-h")) {
		process.stdout.write(`${usage}\n`);
		process.exit(0);
	}
	let chosen = preset;
	if (rest.length > 0 && !rest[0].includes("=")) {
		const device = rest.shift();
		if (!devices.includes(device)) refuse(`device "${device}" is unknown; it must be dimmer, lamp or hue`);
		chosen = [device];
	}
	const words = new Map([["broker", "127.0.0.1"]]);
	for (const word of rest) {
		const at = word.indexOf("=");
		const name = word.slice(0, at);
		if (at < 1) refuse(`"${word}" is not of the form name=value\n\n${usage}`);
		if (!names.includes(name)) refuse(`option "${name}" is unknown\n\n${usage}`);
		words.set(name, word.slice(at + 1));
	}
	try {
		readBrokers?.(words.get("broker"), words.has("port") ? Number(words.get("port")) : undefined, words.get("mqtt_user"));
	} catch (error) {
		refuse(`broker=${words.get("broker").includes("@") ? "…" : words.get("broker")}: ${error.message}`);
	}
	if (words.has("id") && chosen.length > 1) refuse("no two devices may share an id: say which one this is for, dimmer or lamp");
	return { chosen, words };
}

/** mcsim has no MAC to take an id from. */
function madeUpId(folder) {
	const file = path.join(folder, "id");
	if (!existsSync(file)) writeFileSync(file, randomBytes(3).toString("hex"));
	return readFileSync(file, "utf8");
}

const folderOf = (device) => path.join(root, "build", "sim", device);

async function build(sdk, device, words) {
	const folder = folderOf(device);
	mkdirSync(folder, { recursive: true });
	const own = new Map(words);
	if (!own.has("id")) own.set("id", madeUpId(folder));
	// On Linux the SDK's programs keep their files in /tmp, which the system empties.
	if (!own.has("state")) own.set("state", `${folder.replaceAll("\\", "/")}/`);
	const given = [...own].map(([name, value]) => `${name}=${value}`);
	process.stdout.write(`building sim/${device} ${given.filter((word) => !/^(mqtt_password|hue_key)=/.test(word)).join(" ")}\n`);
	return buildSimulator(sdk, { device, out: path.dirname(folder), words: given });
}

function start(sdk, device, library, x) {
	const onLine = (line) => process.stdout.write(`${line}\n`);
	const onException = (text, stack) => onLine(`${device}: exception: ${text}\n${stack.map((frame) => `    ${frame}`).join("\n")}`);
	return startMcsim(sdk, { library, home: path.join(folderOf(device), "config"), window: { x }, onLine, onException });
}

async function main() {
	const { chosen, words } = parse(process.argv.slice(2));
	const sdk = findSDK();
	if (sdk.problem) refuse(`${sdk.problem}\n\n${howToGetIt}`);
	const problem = folderProblem(root, sdk.path);
	if (problem) refuse(problem);
	if (sdk.platform !== "lin") {
		// With the SDK's own tool: mcconfig starts the simulator with our panel, and the log goes to xsbug.
		const given = [...words].map(([name, value]) => `${name}=${value}`);
		if (chosen.length > 1) refuse(`one at a time here, for mcconfig starts it: npm run sim -- lamp, or -- dimmer\n\n${usage}`);
		await run(tool(sdk.bin, "mcconfig"), ["-d", "-m", "-p", `sim/${chosen[0]}`, ...given], { env: sdk.env });
		return;
	}
	if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
		refuse("no display to show the simulator on: set DISPLAY, or say xvfb-run -a npm run sim");
	const libraries = [];
	for (const device of chosen) libraries.push(await build(sdk, device, words));
	const apart = window_default.width + 16;
	const running = await Promise.all(chosen.map((device, i) => start(sdk, device, libraries[i], window_default.x + i * apart)));
	for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => running.forEach(({ child }) => void child.kill()));
	for (const { code, complaints } of await Promise.all(running.map(({ ended }) => ended)))
		if (code) refuse(`mcsim ended with ${code}\n${complaints}`);
}

main().catch((error) => {
	process.stderr.write(`${error.message}\n`);
	process.exit(1);
});
