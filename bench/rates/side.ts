// What each of the two clients does in the benchmark, in a process of its own: asked by the parent, counted in the same way for both.
import { readFileSync } from "node:fs";

export const topic = "home/desk/light/abcdef1"; // 23 bytes
export const payload = new Uint8Array([0x31, 0x32, 0x37]);

/** Messages of QoS 1 and 2 on the way at once, for both libraries and for the broker: more at QoS 2, and Mosquitto closes the connection. */
export const inflight_max = 64;

export type QoS = 0 | 1 | 2;

/** One client of the library that is measured. */
export interface Side {
	/** Resolves with CONNACK. `id` is the client identifier. `rates`: with room for the benchmark's window, not with the defaults. */
	connect(port: number, id: string, rates: boolean): Promise<Connected>;
}

export interface Connected {
	/** Publishes `count` times, as fast as the library can; resolves when the broker has acknowledged the last. At QoS 0, that is a message of QoS 1 behind them. */
	publish(count: number, QoS: QoS): Promise<void>;
	/** Subscribes; `heard` is called for each message, with the first byte of its payload. Resolves with SUBACK. */
	subscribe(QoS: QoS, heard: (first: number) => void): Promise<void>;
	close(): void;
}

export interface Job {
	what: "out" | "in" | "heap";
	port: number;
	QoS: QoS;
	count: number;
}

export interface Result {
	messages: number;
	seconds: number;
	/** Seconds of processor time, user and system, of this process. */
	processor: number;
	/** Calls of the system that read or write; NaN where the system does not count them (it does on Linux). */
	calls: number;
	/** Bytes a client. */
	heap?: number;
	buffers?: number;
	resident?: number;
}

/** Answers the parent's jobs, one after the other. */
export function serve(side: Side): void {
	process.on("message", async (job: Job) => {
		process.send?.(await (job.what === "out" ? out(side, job) : job.what === "in" ? receive(side, job) : heap(side, job)));
	});
	// a parent that was ended takes us along
	process.on("disconnect", () => process.exit());
	process.send?.("ready");
}

async function out(side: Side, { port, QoS, count }: Job): Promise<Result> {
	const client = await side.connect(port, "bench", true);
	await client.publish(Math.ceil(count / 5), QoS);
	const stop = watch();
	await client.publish(count, QoS);
	const result = stop(count);
	client.close();
	return result;
}

/** The first fifth warms up; the parent's feeder begins with our subscription. */
async function receive(side: Side, { port, QoS, count }: Job): Promise<Result> {
	const client = await side.connect(port, "bench", true);
	const warm = Math.ceil(count / 5);
	let heard = 0;
	let stop = watch();
	const all = new Promise<Result>((resolve) => {
		client
			.subscribe(QoS, (first) => {
				if (first !== payload[0]) throw new Error(`a payload begins with ${first}`);
				heard += 1;
				if (heard === warm) stop = watch();
				if (heard === warm + count) resolve(stop(count));
			})
			.then(() => process.send?.("subscribed"));
	});
	const result = await all;
	client.close();
	return result;
}

async function heap(side: Side, { port, count }: Job): Promise<Result> {
	const one = await side.connect(port, "first", false);
	const clients = [one];
	const before = await memory();
	for (let made = 0; made < count; made += 50)
		clients.push(...(await Promise.all(Array.from({ length: 50 }, (_, index) => side.connect(port, `bench-${made + index}`, false)))));
	const after = await memory();
	for (const client of clients) client.close();
	const each = (name: keyof typeof after) => (after[name] - before[name]) / count;
	return {
		messages: 0,
		seconds: 0,
		processor: 0,
		calls: 0,
		heap: each("heapUsed"),
		buffers: each("arrayBuffers"),
		resident: each("rss"),
	};
}

async function memory(): Promise<NodeJS.MemoryUsage> {
	for (let times = 0; times < 4; times++) {
		await new Promise((resolve) => setTimeout(resolve, 50));
		globalThis.gc?.();
	}
	return process.memoryUsage();
}

function watch(): (messages: number) => Result {
	const start = performance.now();
	const used = process.cpuUsage();
	const before = calls();
	return (messages) => {
		const { user, system } = process.cpuUsage(used);
		return { messages, seconds: (performance.now() - start) / 1000, processor: (user + system) / 1e6, calls: calls() - before };
	};
}

/** Reads and writes of this process so far: proc(5), /proc/pid/io. */
function calls(): number {
	try {
		const io = readFileSync("/proc/self/io", "latin1");
		return Number(/syscr: (\d+)/.exec(io)?.[1]) + Number(/syscw: (\d+)/.exec(io)?.[1]);
	} catch {
		return Number.NaN;
	}
}
