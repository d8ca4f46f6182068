// What a message costs on XS: heap slots and metered steps, our client beside the Moddable SDK's own, in one run.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { bundle, Engine, installEngine, type Meter } from "../test/xs/engine.js";

const messages = ["publish0", "receive0", "publish1", "receive1", "publish2", "receive2"];

async function measure(names: readonly string[], script: string, prelude = ""): Promise<Meter[]> {
	const engine = new Engine();
	try {
		if (prelude) await engine.evaluate(prelude);
		await engine.evaluate(script);
		const costs: Meter[] = [];
		for (const name of names) {
			await engine.evaluate(`${name}(100)`);
			costs.push(await engine.cost(name, 240));
		}
		return costs;
	} finally {
		engine.close();
	}
}

/** What the SDK's client needs of its host and the npm engine does not have. */
const sdkPrelude = `globalThis.trace = () => {};
{ const encoder = new TextEncoder, decoder = new TextDecoder;
ArrayBuffer.fromString = (text) => encoder.encode(text).buffer;
String.fromArrayBuffer = (buffer) => decoder.decode(buffer); }`;

const missing = installEngine();
if (missing !== undefined) {
	console.log(`xs: skipped: ${missing}`);
	process.exit(0);
}
const here = import.meta.dirname;
const ours = await measure(messages, await bundle(join(here, "../test/xs/client-cost.ts")));

const sdk = process.env.MODDABLE ?? join(homedir(), ".local/share/moddable");
const sdkClient = join(sdk, "examples/io/tcp/mqttclient/mqttclient.js");
const theirs = existsSync(sdkClient)
	? await measure(
			messages,
			await bundle(join(here, "sdk-client.ts"), {
				"embedded:network/mqtt/client": sdkClient,
				timer: join(here, "sdk-timer.js"),
				time: join(here, "sdk-time.js"),
			}),
			sdkPrelude,
		)
	: undefined;

const labels = messages.map((name) => `${name.slice(0, -1)} QoS ${name.at(-1)}`);
console.log("XS, topic of 23 bytes, payload of 3, one socket for both (its own steps included); QoS 1 and 2 with their whole handshake");
console.log("                 Lampwire          Moddable SDK      steps, ours to theirs");
console.log("                 slots   steps     slots   steps");
for (const [i, label] of labels.entries()) {
	const own = `${String(ours[i].slots).padStart(5)} ${String(Math.round(ours[i].steps)).padStart(7)}`;
	const their = theirs ? `${theirs[i].slots.toFixed(0).padStart(5)} ${theirs[i].steps.toFixed(0).padStart(7)}` : "";
	const ratio = theirs ? (ours[i].steps / theirs[i].steps).toFixed(2) : "the SDK was not found: set MODDABLE";
	console.log(`${label.padEnd(16)} ${own}     ${their}     ${ratio}`);
}

const light = {
	reading: "knob: filter, a reading of 16 samples",
	rest: "dimmer: tick of 10 ms at rest, the 16 samples too",
	turn: "dimmer: the same turned, one in four publishes",
	turnWithPickup: "dimmer: the same with soft take-over",
	turnThroughDigits: "dimmer: the same where levels change their length",
	level: "lamp: takes a level, from the socket to the fade",
	step: "lamp: step of 5 ms of a fade",
};
const costs = await measure(Object.keys(light), await bundle(join(here, "../test/xs/light-cost.ts")));
console.log("\nKnob and lamp on XS                                slots   steps");
for (const [i, label] of Object.values(light).entries())
	console.log(
		`${label.padEnd(49)} ${costs[i].slots.toFixed(costs[i].slots % 1 ? 2 : 0).padStart(6)} ${costs[i].steps.toFixed(0).padStart(7)}`,
	);
