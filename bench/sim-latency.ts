// From the hand to the light, in mcsim: the knob is turned on the dimmer's panel, the desk's broker passes the level on over loopback, the
// lamp writes a duty. Real time on a machine that does other things too, so nothing is asserted. `BENCH_TURNS` says how many (default 200).
// mcsim looks at its sockets every 20 ms: 0 to 20 ms of it before the dimmer hears of the hand, 0 to 20 before the lamp hears of the level.
import { Broker } from "../hosts/node/broker/broker.js";
import { skip } from "../test/xs/needs.js";
import { Display, pause, Simulator } from "../test/xs/simulator.js";

const turns = Number(process.env.BENCH_TURNS ?? 200);
const patience_ms = 5_000;
const topic = "light";

/** Of one turn, in ms since the hand turned: the level at the broker, the first other duty, the last. */
interface Turn {
	published: number;
	began: number;
	arrived: number;
}

const missing = skip("Xvfb");
if (missing) {
	console.log(`sim: skipped: ${missing}`);
	process.exit(0);
}

let start = 0;
let turn: Turn = { published: 0, began: 0, arrived: 0 };
const since = () => performance.now() - start;

function line(label: string, values: number[]): string {
	const sorted = values.toSorted((a, b) => a - b);
	const at = (share: number) => sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)];
	const columns = [at(0), at(0.5), at(0.9), at(0.99), at(1)].map((value) => value.toFixed(1).padStart(8));
	return `${label.padEnd(44)}${columns.join("")}`;
}

const broker = new Broker({
	mqttPort: 0,
	wsPort: 0,
	log: () => {},
	onPublish: ({ topic: on }) => {
		if (on === topic) turn.published ||= since();
	},
});
const display = new Display();
const simulators: Simulator[] = [];
try {
	await broker.start();
	await display.open();
	const common = { brokerPort: broker.mqttPort };
	const dimmer = new Simulator({ ...common, device: "dimmer", id: "knob01", words: ["position=0.5"] });
	const lamp = new Simulator({ ...common, device: "lamp", id: "lamp01" });
	for (const simulator of [dimmer, lamp]) {
		simulators.push(simulator);
		await simulator.start(display);
		await simulator.until(() => simulator.shown.up, "to come online");
	}
	lamp.onShown = ({ duty }) => {
		if (duty === undefined) return;
		turn.began ||= since();
		turn.arrived = since();
	};
	const all: Turn[] = [];
	for (let i = 0; i <= turns; i++) {
		// At no fixed place between two looks at the sockets, and after the last fade.
		await pause(Math.random() * 40);
		turn = { published: 0, began: 0, arrived: 0 };
		start = performance.now();
		dimmer.turn({ knob: i % 2 ? 0.25 + Math.random() * 0.1 : 0.65 + Math.random() * 0.1 });
		while (turn.began === 0 && since() < patience_ms) await pause(5);
		if (turn.began === 0) throw new Error(`turn ${i}: no light in ${patience_ms} ms`);
		await pause(600);
		// The first finds everything cold.
		if (i > 0) all.push(turn);
	}
	console.log(`mcsim, ${turns} turns of the knob by a third of its travel, ms                min     p50     p90     p99     max`);
	console.log(
		line(
			"hand → level at the broker",
			all.map(({ published }) => published),
		),
	);
	console.log(
		line(
			"broker → first change of duty",
			all.map(({ published, began }) => began - published),
		),
	);
	console.log(
		line(
			"hand → first change of duty",
			all.map(({ began }) => began),
		),
	);
	console.log(
		line(
			"hand → last change of duty (with the fade)",
			all.map(({ arrived }) => arrived),
		),
	);
} finally {
	for (const simulator of simulators) await simulator.stop();
	await display.close();
	await broker.stop();
}
