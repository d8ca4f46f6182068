// What a message costs on XS: heap slots and metered steps, our client beside the Moddable SDK's own, in one run.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { bundle, Engine, installEngine, type Meter } from "../test/xs/engine.js";

const messages = ["publish0", "receive0", "publish1", "receive1", "publish2", "receive2"];
const half = "release";

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
const ours = await measure([...messages, half], await bundle(join(here, "../test/xs/client-cost.ts")));
// frozen options tell that nothing has changed; most programs write an object as it is
const plain = await measure(["publish0plain", "publish1plain", "publish2plain"], await bundle(join(here, "../test/xs/client-cost.ts")));
// the same client, whose every packet goes the general way: the cost of a first message, of a packet in two pieces, of a message on another topic
const general = await measure(messages, await bundle(join(here, "../test/xs/client-cost.ts")), "globalThis.general = true");
const nobody = await measure([...messages, half], await bundle(join(here, "no-client.ts")));

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
const column = (value: number) => value.toFixed(0).padStart(7);
console.log(
	"XS, topic of 23 bytes, payload of 3; QoS 1 and 2 with their whole handshake. Both run over the same fake socket, whose own steps",
);
console.log("(those of a program that only does the reads and writes) are taken off.");
console.log("Options of a publish: frozen and used again, or an object as programs write it; the SDK's class takes both alike.");
console.log("                          Lampwire      Moddable SDK    ours to theirs    the socket");
console.log("                      slots   steps     slots   steps                          steps");
const rows = labels.flatMap((label, i) =>
	i % 2 === 0
		? [
				{ label: `${label} frozen`, cost: ours[i], i },
				{ label: `${label} plain`, cost: plain[i / 2], i },
			]
		: [{ label, cost: ours[i], i }],
);
for (const { label, cost, i } of rows) {
	const socket = nobody[i].steps;
	const own = `${String(cost.slots).padStart(5)} ${column(cost.steps - socket)}`;
	if (theirs === undefined) console.log(`${label.padEnd(21)} ${own}     the SDK was not found: set MODDABLE`);
	else {
		const their = theirs[i].steps - socket;
		const ratio = ((cost.steps - socket) / their).toFixed(3).padStart(13);
		console.log(
			`${label.padEnd(21)} ${own}     ${theirs[i].slots.toFixed(0).padStart(5)} ${column(their)} ${ratio} ${column(socket).padStart(17)}`,
		);
	}
}

const released = ours[messages.length].steps - nobody[messages.length].steps;
console.log(`Of receive QoS 2: PUBREL and its PUBCOMP${column(released)}, PUBLISH and its PUBREC the rest`);
console.log(
	"\nThe general way, for messages that the fast paths do not take: a first one, one in pieces, one on another topic or of another length",
);
for (const [i, label] of labels.entries())
	console.log(`${label.padEnd(21)} ${String(general[i].slots).padStart(5)} ${column(general[i].steps - nobody[i].steps)}`);

const frames = ["send", "receive"];
const ownFrames = await measure(frames, await bundle(join(here, "../test/xs/websocket-cost.ts")));
const sdkWebSocket = join(sdk, "examples/io/tcp/websocketclient/websocketclient.js");
const theirFrames = existsSync(sdkWebSocket)
	? await measure(
			frames,
			await bundle(join(here, "sdk-websocket.ts"), {
				"embedded:network/websocket/client": sdkWebSocket,
				timer: join(here, "sdk-timer.js"),
				logical: join(here, "sdk-logical.js"),
			}),
			`${sdkPrelude} Math.irandom = (below) => (Math.random() * below) | 0; Uint8Array.prototype.toBase64 ??= () => "AAAAAAAAAAAAAAAAAAAAAA==";`,
		)
	: undefined;
console.log("\nA WebSocket's frame of 30 bytes, over a socket whose own steps are few");
for (const [i, label] of frames.entries()) {
	const own = `${String(ownFrames[i].slots).padStart(5)} ${column(ownFrames[i].steps)}`;
	const their = theirFrames?.[i];
	const beside = their
		? `     ${their.slots.toFixed(0).padStart(5)} ${column(their.steps)} ${(ownFrames[i].steps / their.steps).toFixed(3).padStart(13)}`
		: "     the SDK was not found: set MODDABLE";
	console.log(`${label.padEnd(21)} ${own}${beside}`);
}

const light = {
	reading: "knob: filter, a reading of 16 samples",
	rest: "dimmer: tick of 5 ms at rest, its 8 samples too",
	turn: "dimmer: the same turned, one in eight publishes",
	turnWithPickup: "dimmer: the same with soft take-over",
	turnThroughDigits: "dimmer: the same where levels change their length",
	level: "lamp: takes a level, from the socket to the fade",
	words: "lamp: takes JSON or a word, or refuses it",
	step: "lamp: step of 5 ms of a fade",
};
const costs = await measure(Object.keys(light), await bundle(join(here, "../test/xs/light-cost.ts")));
console.log("\nKnob and lamp on XS                                slots   steps");
for (const [i, label] of Object.values(light).entries())
	console.log(
		`${label.padEnd(49)} ${costs[i].slots.toFixed(costs[i].slots % 1 ? 2 : 0).padStart(6)} ${costs[i].steps.toFixed(0).padStart(7)}`,
	);
