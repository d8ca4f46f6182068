// One process with a part of the fleet, of one of the two libraries: asked by the parent, counted in the same way for both.

export const topic = "light";
/** Of a lamp whose level is not known. */
export const dark = -1;
/** A fleet's setting; a single lamp's default is 15 s. */
export const keepAlive_ms = 60_000;

/** What a lamp is told, and tells. */
export interface Lamps {
	/** Makes lamp `index`, which goes online by itself, and stays so. */
	make(index: number, host: string, port: number, heard: Heard): void;
}

export interface Heard {
	/** A connection is tried. */
	tried(): void;
	/** When the next try falls due, by `now`; of those who tell. */
	due(at: number): void;
	up(): void;
	down(): void;
	level(level: number): void;
}

export type Question =
	| { what: "start"; first: number; count: number; host: string; port: number }
	| { what: "clear" }
	| { what: "tally"; level: number }
	| { what: "read" };

/** Bytes; `heap` with buffers. */
export interface Memory {
	heap: number;
	resident: number;
}

export interface Started {
	/** With one lamp: what all have in common is there. */
	first: Memory;
	all: Memory;
}

export interface Tally {
	up: number;
	/** Lamps at the level asked for. */
	at: number;
}

/** Since `clear`. */
export interface Records {
	/** When each lamp took its last level; NaN: it took none. */
	arrivals: Float64Array;
	/** When a lamp came online. */
	ups: number[];
	/** When the tries that led to it fell due. */
	dues: number[];
	tries: number;
	/** Seconds of processor time of this process. */
	processor: number;
}

/** Milliseconds by a clock that all processes of a machine share. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

/** So many connect at once while the fleet is built. */
const batch = 25;

async function memory(): Promise<Memory> {
	for (let times = 0; times < 4; times++) {
		await new Promise((resolve) => setTimeout(resolve, 50));
		globalThis.gc?.();
	}
	const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
	return { heap: heapUsed + arrayBuffers, resident: rss };
}

export function serve(lamps: Lamps): void {
	let [up, tries, used] = [0, 0, process.cpuUsage()];
	let arrivals = new Float64Array(0);
	let levels = new Int16Array(0);
	let dues: number[] = [];
	let ups: number[] = [];
	let next = new Float64Array(0);

	const start = async ({ first, count, host, port }: Extract<Question, { what: "start" }>): Promise<Started> => {
		arrivals = new Float64Array(count).fill(Number.NaN);
		levels = new Int16Array(count).fill(dark);
		next = new Float64Array(count);
		let one: Memory | undefined;
		for (let made = 0; made < count; ) {
			for (const end = made === 0 ? 1 : Math.min(count, made + batch); made < end; made++) {
				const index = made;
				lamps.make(first + index, host, port, {
					tried: () => {
						tries += 1;
					},
					due: (at) => {
						next[index] = at;
					},
					up: () => {
						up += 1;
						ups.push(now());
						dues.push(next[index] as number);
					},
					down: () => {
						up -= 1;
					},
					level: (level) => {
						levels[index] = level;
						arrivals[index] = now();
					},
				});
			}
			while (up < made) await new Promise((resolve) => setTimeout(resolve, 5));
			one ??= await memory();
		}
		ups = [];
		return { first: one as Memory, all: await memory() };
	};

	const answer = (question: Question): Started | Tally | Records | undefined | Promise<Started> => {
		switch (question.what) {
			case "start":
				return start(question);
			case "clear":
				arrivals.fill(Number.NaN);
				[ups, dues, tries, used] = [[], [], 0, process.cpuUsage()];
				return undefined;
			case "tally":
				return { up, at: levels.reduce((at, level) => (level === question.level ? at + 1 : at), 0) };
			case "read": {
				const { user, system } = process.cpuUsage(used);
				return { arrivals, ups, dues, tries, processor: (user + system) / 1e6 };
			}
		}
	};

	process.on("message", async (question: Question) => process.send?.({ answer: await answer(question) }));
	// a parent that was ended takes us along
	process.on("disconnect", () => process.exit());
	process.send?.("ready");
}
