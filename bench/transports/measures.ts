// One way, measured: its bytes as captured, its times, its processor time.
import { Capture, type Frame, roundTrips } from "./capture.js";
import { polling } from "./http.js";
import { delay_ms, hurry, nextLight, pause, poll_ms, type Way } from "./light.js";
import type { Row } from "./places.js";

/** Everything that belongs to an exchange is over after this time: a delayed acknowledgement of TCP takes 40 ms. */
const quiet_ms = 150;
export const connects = 5;
export const changes = 30;
export const change_ms = 100;
export const idle_ms = 20_000;
export const loops = 1_000;
const warm = 500;
/** Changes whose processor time is taken together; the median of the blocks counts. */
export const block = 50;
export const pairs = 4;
export const delayedChanges = 60;
/** Lamps that poll side by side, each at another moment of its second. */
export const pollers = 20;
export const pollChanges = 12;

/** One way in one pass. */
export interface Measured {
	/** Round trips and bytes of a lamp's connection, to its first level. */
	trips: number;
	connect: number;
	/** Bytes of a change, on the connection of the knob and on that of the lamp. */
	knob: number;
	lamp: number;
	/** Of an hour in which nothing changes. */
	idleBytes: number;
	exchanges: number;
	/** Milliseconds from knob to lamp, without delay and over the slow network. */
	near: number[];
	far: number[];
	/** Microseconds a change. */
	processor: number;
}

const now = () => performance.timeOrigin + performance.now();
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number;
export const share = (values: readonly number[], part: number) => {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
};

/** A lamp that tells what it hears. `first`: milliseconds until the first level. */
function watch(way: Way, port: number, light: string) {
	let heard: (level: number) => void = () => {};
	const begun = performance.now();
	const first = new Promise<number>((resolve) => {
		heard = () => resolve(performance.now() - begun);
	});
	const state = { level: -1, hear: (_level: number) => {} };
	const lamp = way.lamp(port, light, (level) => {
		heard(level);
		state.level = level;
		state.hear(level);
	});
	return { lamp, first, state };
}

const within = (frames: readonly Frame[], port: number, from: number, to: number) =>
	frames.filter((frame) => (frame.to === port || frame.from === port) && frame.at >= from && frame.at < to);
const bytesOf = (frames: readonly Frame[]) => frames.reduce((sum, { bytes }) => sum + bytes, 0);

/** Connections and changes; then, with the capture, their bytes. */
export async function wire({ way, port }: Row): Promise<(frames: readonly Frame[]) => Pick<Measured, "connect" | "knob" | "lamp">> {
	const light = nextLight();
	const knobFrom = now();
	const knob = await way.knob(port, light);
	await knob.set(100);
	await pause(quiet_ms);
	const knobTo = now();
	const windows: { from: number; to: number }[] = [];
	for (let i = 0; i < connects; i++) {
		const from = now();
		const { lamp, first } = watch(way, port, light);
		await first;
		await pause(quiet_ms);
		windows.push({ from, to: now() });
		lamp.close();
		await pause(quiet_ms);
	}
	// a lamp that polls hears of a change for nothing, with its next question
	const shown = way.polls ? undefined : watch(way, port, light);
	await shown?.first;
	await pause(2 * quiet_ms);
	const before = { ...way.bytes };
	const from = now();
	for (let i = 0; i < changes; i++) {
		await knob.set(101 + i);
		await pause(change_ms);
	}
	await pause(quiet_ms);
	const to = now();
	const after = { ...way.bytes };
	if (shown && shown.state.level !== 100 + changes) throw new Error(`${way.name}: the lamp shows ${shown.state.level}`);
	shown?.lamp.close();
	knob.close();
	return (frames) => {
		const knobPorts = new Set(within(frames, port, knobFrom, knobTo).map((frame) => (frame.to === port ? frame.from : frame.to)));
		const changed = within(frames, port, from, to);
		const ofKnob = changed.filter((frame) => knobPorts.has(frame.to === port ? frame.from : frame.to));
		// where nothing is ciphered, the capture and the client must agree to the byte
		if (after.read !== undefined && after.read > 0 && !/tls|wss/.test(way.name)) {
			const counted = after.read - (before.read ?? 0) + (after.written ?? 0) - (before.written ?? 0);
			const captured = changed.reduce((sum, { payload }) => sum + payload, 0);
			if (counted !== captured) throw new Error(`${way.name}: the client counts ${counted} bytes, the capture has ${captured}`);
		}
		return {
			connect: median(windows.map((window) => bytesOf(within(frames, port, window.from, window.to)))),
			knob: bytesOf(ofKnob) / changes,
			lamp: (bytesOf(changed) - bytesOf(ofKnob)) / changes,
		};
	};
}

/** A lamp to whom nothing is said. Between the first and the last exchange of the watch there are whole ones. */
export async function rest(row: Row): Promise<((frames: readonly Frame[]) => Pick<Measured, "idleBytes" | "exchanges">) | undefined> {
	if (!row.idle) return undefined;
	const { way, port } = row.idle;
	const light = nextLight();
	const { lamp, first } = watch(way, port, light);
	const knob = await way.knob(port, light);
	await knob.set(1);
	await first;
	knob.close();
	await pause(10 * quiet_ms);
	const from = now();
	await pause(idle_ms);
	const to = now();
	lamp.close();
	return (frames) => {
		const all = within(frames, port, from, to);
		const starts = all
			.filter(({ payload, to }) => payload > 0 && (to === port) === (way.asks === "client"))
			.map(({ at }) => at)
			.filter((at, index, times) => index === 0 || at - (times[index - 1] as number) > poll_ms / 3);
		const [begin = 0, end = 0] = [starts[0], starts.at(-1)];
		if (starts.length < 3) throw new Error(`${way.name}: ${starts.length} exchanges in ${idle_ms} ms`);
		const bytes = bytesOf(all.filter(({ at }) => at >= begin && at < end)) / (starts.length - 1);
		const period = ((end - begin) / (starts.length - 1)) * (way.polls ? 1 : hurry);
		const exchanges = 3_600_000 / period;
		return { idleBytes: bytes * exchanges, exchanges };
	};
}

/** One change after the other, as soon as the lamp has it: how long each takes, and the processor time of knob and lamp together. */
export async function race({ way, port }: Row): Promise<Pick<Measured, "near" | "processor">> {
	const light = nextLight();
	const asked = way.polls ? polling(0) : way;
	const knob = await asked.knob(port, light);
	await knob.set(255);
	const { lamp, first, state } = watch(asked, port, light);
	await lamp.poll?.();
	await first;
	const near: number[] = [];
	const costs: number[] = [];
	let used = process.cpuUsage();
	for (let i = -warm; i < loops; i++) {
		if (i >= 0 && i % block === 0) used = process.cpuUsage();
		const level = (i + warm) % 255;
		const begun = performance.now();
		const shown = new Promise<void>((resolve) => {
			state.hear = (heard) => heard === level && resolve();
		});
		await knob.set(level);
		await lamp.poll?.();
		await shown;
		if (i < 0) continue;
		near.push(performance.now() - begun);
		if (i % block < block - 1) continue;
		const { user, system } = process.cpuUsage(used);
		costs.push((user + system) / block);
	}
	lamp.close();
	knob.close();
	return { near, processor: median(costs) };
}

/** Connections to the first level over the slow network, one way after the other, and their round trips as captured. */
export async function trips(rows: readonly Row[], file: string): Promise<number[]> {
	const capture = await Capture.start(
		file,
		rows.map(({ far }) => far),
	);
	const windows: { from: number; to: number }[] = [];
	for (const { way, port, far } of rows) {
		const light = nextLight();
		const knob = await way.knob(port, light);
		await knob.set(9);
		await pause(quiet_ms);
		const from = now();
		const { lamp, first } = watch(way, far, light);
		await first;
		// the two clocks differ by less, and the network is slower
		windows.push({ from, to: now() + delay_ms / 5 });
		lamp.close();
		knob.close();
	}
	const frames = await capture.stop();
	return rows.map(({ far }, index) => {
		const { from, to } = windows[index] as { from: number; to: number };
		return roundTrips(within(frames, far, from, to), far, to);
	});
}

/** Latency of lamps that hear by themselves, over the long network: a change every so often, several lights at once. */
async function far({ way }: Row, to: number): Promise<number[]> {
	const all: number[] = [];
	const one = async (pair: number) => {
		await pause(4 * delay_ms * Math.random() + pair * delay_ms);
		const light = nextLight();
		const knob = await way.knob(to, light);
		await knob.set(255);
		const { lamp, first, state } = watch(way, to, light);
		await first;
		await pause(4 * delay_ms);
		for (let i = 0; i < delayedChanges; i++) {
			const level = i % 255;
			const begun = performance.now();
			const shown = new Promise<void>((resolve) => {
				state.hear = (heard) => heard === level && resolve();
			});
			void knob.set(level);
			await shown;
			all.push(performance.now() - begun);
			// not all ways in step
			await pause(4 * delay_ms * (0.5 + Math.random()));
		}
		lamp.close();
		knob.close();
	};
	await Promise.all(Array.from({ length: pairs }, (_, pair) => one(pair)));
	return all;
}

/** Latency of lamps that ask once a second. */
export async function polled({ way }: Row, to: number): Promise<number[]> {
	const light = nextLight();
	const knob = await way.knob(to, light);
	await knob.set(255);
	const all: number[] = [];
	let begun = 0;
	let level = -1;
	const lamps: ReturnType<typeof watch>[] = [];
	for (let i = 0; i < pollers; i++) {
		const one = watch(way, to, light);
		let had = -1;
		one.state.hear = (heard) => {
			if (heard === level && had !== level) all.push(performance.now() - begun);
			had = heard;
		};
		lamps.push(one);
		await pause(poll_ms / pollers);
	}
	for (let i = 0; i < pollChanges; i++) {
		// at another moment of the second each time
		await pause(poll_ms + 4 * delay_ms + 37);
		level = i;
		begun = performance.now();
		void knob.set(level);
	}
	await pause(poll_ms + 8 * delay_ms);
	for (const { lamp } of lamps) lamp.close();
	knob.close();
	return all;
}

/** All ways at once, over the network behind the ports that `place` says. */
export function latencies(rows: readonly Row[], place: (row: Row) => number): Promise<number[][]> {
	return Promise.all(rows.map((row) => (row.way.polls ? polled(row, place(row)) : far(row, place(row)))));
}
