// Knob to light: how long it takes a level that the hand passes to be in the light. First in virtual time, with a network of 20 ms, stage by
// stage; then for real, over TCP through the desk's broker on this machine, where it is the machine's timers that are added.
import { Broker } from "../hosts/node/broker/broker.js";
import { createDevice } from "../hosts/node/index.js";
import { Dimmer } from "../src/light/dimmer/dimmer.js";
import { Lamp } from "../src/light/lamp/lamp.js";
import { Hand, levelsOf, percentile, reached, type Trace, turns } from "../test/light/turns.js";
import { makeRandom } from "../test/light/world.js";

const seed = Number(process.env.SEED ?? 1);
const realTurns = Number(process.env.BENCH_TURNS ?? 15);

function table(title: string, rows: Record<string, number[]>): void {
	const [first = []] = Object.values(rows);
	console.log(`${title}, ${first.length.toLocaleString("en")} levels passed (SEED=${seed})`);
	console.log(`${"ms".padStart(26)}${["p50", "p90", "p99", "max"].map((name) => name.padStart(7)).join("")}`);
	for (const [name, values] of Object.entries(rows)) {
		const shares = [0.5, 0.9, 0.99, 1].map((share) => percentile(values, share).toFixed(0).padStart(7));
		console.log(`  ${name.padEnd(24)}${shares.join("")}`);
	}
}

async function real(): Promise<Record<string, number[]>> {
	const random = makeRandom(seed);
	const [atKnob, atBroker]: Trace[] = [[], []];
	const writes: { at: number; duty: number }[] = [];
	const silent = () => {};
	const broker = new Broker({
		mqttPort: 0,
		wsPort: 0,
		log: silent,
		onPublish({ topic, payload }) {
			if (topic === "light") atBroker.push({ at: performance.now(), level: Number(Buffer.from(payload).toString()) });
		},
	});
	await broker.start();
	const common = { host: "127.0.0.1", port: broker.mqttPort, topic: "light" };
	const knobs = createDevice({ id: "knob", log: silent });
	const lamps = createDevice({ id: "lamp", log: silent });
	lamps.led.led.onWrite = (duty) => writes.push({ at: performance.now(), duty });
	const lamp = new Lamp({ ...common, device: lamps });
	const onChange = () => atKnob.push({ at: performance.now(), level: dimmer.level });
	const dimmer: Dimmer = new Dimmer({ ...common, device: knobs, onChange });
	const hand = new Hand(random);
	const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
	// The pot's value is what the converter sees; the knob's snap zones take 1.5 % of it at each end.
	const place = () => {
		knobs.knob.pot.value = 0.015 + (0.97 * hand.place(performance.now())) / 254;
	};
	place();
	await wait(1500);
	for (let turn = 0; turn < realTurns; turn++) {
		hand.turn(performance.now());
		for (let turning = true; turning; await wait(1)) {
			place();
			turning = hand.look(performance.now());
		}
		await wait(500 + 100 * random());
	}
	await Promise.all([dimmer, lamp].map((role) => new Promise<void>((resolve) => role.close(resolve))));
	await broker.stop();
	const light = levelsOf(writes);
	const at = (trace: Trace) => hand.crossings.map((crossing) => reached(trace, crossing) - crossing.at);
	return { "at the knob": at(atKnob), "at the broker": at(atBroker), "in the light": at(light) };
}

const all = turns(seed, 1000);
table("Virtual time, 20 ms of network", {
	"converter and filter": all.map(({ knob }) => knob),
	"publish slot": all.map(({ publish }) => publish),
	network: all.map(({ network }) => network),
	fade: all.map(({ fade }) => fade),
	"knob to light": all.map(({ total }) => total),
});
console.log("");
table(`Node ${process.version} over loopback, from the hand`, await real());
