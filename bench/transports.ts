// The same light in sixteen ways: MQTT over tcp, tls, ws and wss at QoS 0, 1 and 2 (our link against Mosquitto, which serves all four), HTTP polling,
// long polling, server-sent events, a bare WebSocket with JSON. Bytes are captured by dumpcap on a loopback of our own (`unshare -n`, MTU 1,500).
// Everything is measured twice: the table has the mean, and its last line how much the second differs from the first.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Capture } from "./transports/capture.js";
import { delay_ms, hurry } from "./transports/light.js";
import * as measures from "./transports/measures.js";
import { enter } from "./transports/namespace.js";
import { type Row, start } from "./transports/places.js";

/**
 * Radio of a device in Wi-Fi's modem sleep, in ms of each exchange: 50 that it stays awake after the last frame (ESP-IDF's
 * ESP_WIFI_SLP_DEFAULT_MIN_ACTIVE_TIME), and 10 for the exchange, which is assumed.
 */
const wake_ms = 60;

const started = performance.now();

async function measure(rows: readonly Row[], pass: number, folder: string): Promise<Map<Row, measures.Measured>> {
	const capture = await Capture.start(
		path.join(folder, `${pass}.pcap`),
		rows.flatMap(({ port, idle }) => (idle ? [port, idle.port] : [port])),
	);
	const idle = Promise.all(rows.map((row) => measures.rest(row)));
	const bytes = await Promise.all(rows.map((row) => measures.wire(row)));
	const poller = rows.find(({ way }) => way.polls) as Row;
	const nearPolled = measures.polled(poller, poller.port);
	const races: Pick<measures.Measured, "near" | "processor">[] = [];
	for (const row of rows) races.push(await measures.race(row));
	const [idles, asked] = [await idle, await nearPolled];
	const frames = await capture.stop();
	const trip = await measures.trips(rows, path.join(folder, `${pass}-far.pcap`));
	const fars = await measures.latencies(rows, ({ far }) => far);
	let last: ReturnType<NonNullable<(typeof idles)[number]>> | undefined;
	return new Map(
		rows.map((row, index) => {
			// the idle connection is the same at each QoS
			last = idles[index]?.(frames) ?? last;
			const wired = (bytes[index] as (typeof bytes)[number])(frames);
			const raced = races[index] as (typeof races)[number];
			const near = row === poller ? asked : raced.near;
			return [
				row,
				{ ...wired, ...(last as NonNullable<typeof last>), ...raced, near, far: fars[index] as number[], trips: trip[index] as number },
			];
		}),
	);
}

/** Gives loopback this delay and loss. False where the kernel has no netem. */
function shape(...words: string[]): boolean {
	return spawnSync("tc", ["qdisc", "replace", "dev", "lo", "root", "netem", ...words]).status === 0;
}

/** With 1 % of loss, where the kernel has netem. */
async function lossy(rows: readonly Row[]): Promise<void> {
	if (!shape("delay", "0ms", "loss", "1%"))
		return console.log("\nWith 1 % loss: not measured, for this kernel has no netem, and a proxy cannot lose packets.");
	const near = await measures.latencies(rows, ({ port }) => port);
	shape("delay", `${delay_ms}ms`, "loss", "1%");
	const far = await measures.latencies(rows, ({ port }) => port);
	console.log(`\nWith 1 % loss (netem), ms${"".padEnd(6)}network 0: p50     p99  network 50: p50     p99`);
	for (const [index, { way }] of rows.entries()) {
		const cells = [near, far].flatMap((all) => [0.5, 0.99].map((part) => measures.share(all[index] as number[], part).toFixed(0)));
		console.log(`${way.name.padEnd(26)}${cells.map((cell, column) => cell.padStart(column % 2 === 0 ? 14 : 8)).join("")}`);
	}
}

type Column = readonly [heading: string, width: number, value: (one: measures.Measured) => number, digits: number];
const columns: readonly Column[] = [
	["trips", 6, ({ trips }) => trips, 0],
	["connect", 8, ({ connect }) => connect, 0],
	["knob", 6, ({ knob }) => knob, 0],
	["lamp", 6, ({ lamp }) => lamp, 0],
	["idle/h", 9, ({ idleBytes }) => idleBytes, 0],
	["p50", 8, ({ near }) => measures.share(near, 0.5), 1],
	["p99", 8, ({ near }) => measures.share(near, 0.99), 1],
	["p50", 7, ({ far }) => measures.share(far, 0.5), 0],
	["p99", 7, ({ far }) => measures.share(far, 0.99), 0],
	["µs", 6, ({ processor }) => processor, 0],
	["radio", 7, ({ exchanges }) => (exchanges * wake_ms) / 1_000, 0],
];

function print(passes: readonly Map<Row, measures.Measured>[]): void {
	const [one, other] = passes as [Map<Row, measures.Measured>, Map<Row, measures.Measured>];
	const cells = (values: readonly string[]) => values.map((value, index) => value.padStart((columns[index] as Column)[1])).join("");
	console.log(
		`Node ${process.version}, ${os.availableParallelism()} processors, load ${os.loadavg()[0]?.toFixed(1)}; our link against Mosquitto, Node's http and ws`,
	);
	console.log(`\n${"".padEnd(26)}   to the first    bytes a change    bytes an    ms, network 0  ms, network 50     s of radio`);
	console.log(`${"".padEnd(26)}  level: bytes                     idle hour                               processor  an idle hour`);
	console.log(`${"".padEnd(26)}${cells(columns.map(([heading]) => heading))}`);
	const apart = columns.map(() => 0);
	for (const [row, first] of one) {
		const second = other.get(row) as measures.Measured;
		const values = columns.map(([, , value], index) => {
			const [a, b] = [value(first), value(second)];
			apart[index] = Math.max(apart[index] as number, Math.abs(a - b) / Math.max(a, b, 1e-9));
			return (a + b) / 2;
		});
		console.log(`${row.way.name.padEnd(26)}${cells(values.map((value, index) => value.toFixed((columns[index] as Column)[3])))}`);
	}
	console.log(`${"second pass differs by, %".padEnd(26)}${cells(apart.map((value) => Math.ceil(100 * value).toFixed(0)))}`);
	console.log(`
Bytes: IP packets as captured on loopback, both ways: IPv4 20, TCP 20 + 12 of options, payload; the acknowledgements of TCP too; without Ethernet or Wi-Fi.
To the first level: TCP, TLS 1.3 (leaf and authority on P-256), upgrade, CONNECT and SUBSCRIBE, the level and its acknowledgement; median of ${measures.connects}.
Trips: round trips until the first level, TCP's handshake among them, counted in the capture of the slow network. A change: ${measures.changes}, ${measures.change_ms} ms apart; a lamp that polls hears it with its next question, for no more bytes.
An idle hour: a lamp's connection, watched for ${measures.idle_ms / 1_000} s with its times divided by ${hurry} (polling: undivided), bytes of one exchange times exchanges an hour:
keep-alive, comment and ping each 15 s, a held request 30 s, a question each second. MQTT's is the same at each QoS.
Network 0: ${measures.loops} changes, each as soon as the lamp has the last; network 50: ${measures.pairs} lights with ${measures.delayedChanges} changes each, all ways at once; polling: ${measures.pollers} lamps, ${measures.pollChanges} changes.
50 ms of network: a proxy that holds bytes back 25 ms each way, and a round trip more in front for TCP's handshake.
Processor: user and system time of one Node process that holds knob and lamp, a change (polling: and one question); median of blocks of ${measures.block}.
Radio: exchanges an hour times ${wake_ms} ms: 50 that an ESP32 in modem sleep stays awake after a frame (ESP-IDF's default), 10 for the exchange (assumed).
Where nothing is ciphered, the payloads captured and the bytes that our client counts agree to the byte.`);
}

enter();
const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-bench-"));
try {
	const rows = await start(folder);
	const passes: Map<Row, measures.Measured>[] = [];
	for (let pass = 0; pass < 2; pass++) passes.push(await measure(rows, pass, folder));
	print(passes);
	await lossy(rows);
	console.log(`\n${((performance.now() - started) / 1_000).toFixed(0)} s`);
} finally {
	rmSync(folder, { recursive: true, force: true });
}
process.exit();
