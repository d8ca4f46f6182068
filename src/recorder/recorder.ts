// The recorder: receives the light's messages, keeps them, and only then acknowledges (PUBACK after commit). A time without record becomes a gap.
import type { Alarm, Device } from "../host.js";
import { openLink, type RoleLink, type RoleOptions } from "../light/role.js";
import { offline, online } from "../light/topics.js";
import { Link, type LinkOptions, type Message } from "../mqtt/link/link.js";
import { length, WallClock } from "./clock.js";
import { payloadOf, plainLevel, Reader, sameBytes } from "./content.js";
import { plan } from "./filters.js";
import { Pending } from "./pending.js";
import { hashOf, SeenTable } from "./seen.js";
import type { HistoryStore, Kept, Row } from "./store.js";

/** The store notes once in so long that the recorder is running: after a crash a gap begins at most so much too early. */
const alive_ms = 30_000;
/** Messages at QoS 1 that may wait for a commit; beyond that the broker waits. */
const unacknowledged = 4_096;
/** A longer payload is cut: a history of levels is no archive of files. */
const payload_max_bytes = 16_384;
/** Topics that are remembered: any client may publish. Messages on topics beyond are not kept, and the log says so. */
const topics_max = 10_000;

export interface RecorderOptions extends Omit<RoleOptions, "link" | "discovery" | "info"> {
	/** Filters beside the topic and its devices' status. */
	filters?: readonly string[];
	store: HistoryStore;
	/** The result of `store.kept()`. */
	kept: Kept;
	/** UTC, milliseconds since 1970. */
	utc(): number;
	/** The sender's client id, where the broker gives it; else `""`. Called once for each message that is news, in order; `payload` is lent. */
	sender?(topic: string, payload: Uint8Array): string;
	/** Default `Link`. */
	link?: new (
		options: LinkOptions,
	) => RoleLink & Pick<Link, "acknowledge">;
}

interface LastOf {
	time: number;
	n: number;
	payload: Uint8Array;
}

export class Recorder {
	/** Rows kept; of the messages that came: retained and known, sent again and known, and not kept for want of room. */
	readonly counters = { stored: 0, known: 0, resent: 0, lost: 0 };
	readonly #device: Device;
	readonly #topic: string;
	readonly #link: RoleLink;
	readonly #pending: Pending;
	readonly #clock: WallClock;
	readonly #seen: SeenTable;
	readonly #last = new Map<string, LastOf>();
	readonly #offline: Set<string>;
	readonly #reader = new Reader();
	readonly #sender: (topic: string, payload: Uint8Array) => string;
	readonly #alive: Alarm;
	/** The bytes so far of a payload that comes in fragments. */
	#pieces: number[] = [];
	#beyond = false;
	/** The gap that lasts while the recorder receives nothing. */
	#silence: "off" | "away" | undefined;

	/** Throws when an option is unfit, naming it. */
	constructor(options: RecorderOptions) {
		const { device, topic, filters = [], store, kept, utc, sender = () => "" } = options;
		const wanted = plan(topic, filters);
		this.#device = device;
		this.#topic = topic;
		this.#sender = sender;
		this.#clock = new WallClock(utc, () => device.time.now());
		this.#seen = new SeenTable(kept.seen);
		this.#offline = new Set(kept.offline);
		for (const row of kept.last) this.#last.set(row.topic, { time: row.time, n: row.n, payload: payloadOf(row) });
		const recorder = this;
		const Base = options.link ?? Link;
		let acknowledge = (_id: number): void => {};
		/** A link whose session lasts, and that acknowledges only when its `acknowledge` is called. */
		class Lasting extends Base {
			constructor(given: LinkOptions) {
				super({
					...given,
					clean: false,
					deferAcknowledge: true,
					limits: { ...given.limits, unacknowledged, topic: 1_024, message: 16_384 },
					onUp(present) {
						if (!present) recorder.#forget();
						given.onUp?.(present);
					},
				});
				acknowledge = (id) => void this.acknowledge(id);
			}
		}
		this.#pending = new Pending({
			store,
			time: device.time,
			alive: () => this.#clock.now(),
			acknowledge: (id) => acknowledge(id),
			stored: (rows) => {
				this.counters.stored += rows;
			},
			lost: () => {
				this.counters.lost += 1;
			},
			log: (line) => device.log(`recorder: ${line}`),
		});
		const { filters: _filters, store: _store, kept: _kept, utc: _utc, sender: _sender, ...role } = options;
		const own = { ...role, info: false, link: Lasting };
		this.#link = openLink(
			"recorder",
			own,
			() => this.#up(),
			() => this.#down(),
			this.counters,
		);
		for (const filter of wanted) this.#link.subscribe(filter, 1, (message) => this.#received(message));
		if (kept.alive !== 0) {
			// closes the gap of either kind that was open at the end of the last run
			for (const kind of ["away", "off"] as const) this.#pending.gap({ kind, source: "", from: undefined, to: kept.alive, note: "" });
			this.#silent("off", kept.alive, "the recorder was off");
		}
		this.#alive = device.time.alarm(() => this.#ring());
		this.#alive.set(alive_ms);
	}

	get up(): boolean {
		return this.#link.up;
	}

	/** Why the store takes no messages at present, in a sentence; `undefined`: it takes them. */
	get trouble(): string | undefined {
		return this.#pending.trouble;
	}

	/** Gaps that have begun since the start, and messages that wait for the store. */
	get gaps(): number {
		return this.#pending.begun;
	}

	get waiting(): number {
		return this.#pending.waiting;
	}

	/** Closes the link, keeps the messages that have come, then calls `done`. The broker sends again those that could not be kept. */
	close(done?: () => void): void {
		this.#alive.close();
		this.#link.close(() => this.#pending.close(done));
	}

	#up(): void {
		if (this.#silence === undefined) return;
		this.#pending.gap({ kind: this.#silence, source: "", from: undefined, to: this.#clock.now(), note: "" });
		this.#silence = undefined;
	}

	#silent(kind: "off" | "away", from: number, note: string): void {
		this.#silence = kind;
		this.#pending.gap({ kind, source: "", from, to: undefined, note });
	}

	#down(): void {
		this.#pending.disconnected();
		this.#pieces = [];
		if (this.#silence === undefined) this.#silent("away", this.#clock.now(), "no connection to the broker");
	}

	/** The broker has no session of this recorder. */
	#forget(): void {
		this.#seen.clear();
		this.#pending.forget();
	}

	#ring(): void {
		this.#look();
		if (this.up) this.#pending.touch();
		this.#alive.set(alive_ms);
	}

	/** Was the clock set? Then that is kept as a gap. */
	#look(): void {
		const leap = this.#clock.leap();
		if (leap === 0) return;
		const now = this.#clock.now();
		const [from, to] = leap > 0 ? [now - leap, now] : [now, now - leap];
		const words = `the clock was set ${leap > 0 ? "ahead" : "back"} by ${length(leap)}`;
		this.#pending.gap({ kind: "clock", source: "", from, to, note: words });
		const until = leap > 0 ? "" : "; times stand still until it has caught up, so that none runs backwards";
		this.#device.log(`recorder: ${words}${until}`);
	}

	/** `message` is lent, and may come in pieces. */
	#received(message: Message): void {
		const { bytes, more, offset } = message;
		let payload: Uint8Array;
		if (offset === 0 && !more) payload = bytes.slice(0, message.length);
		else {
			if (offset === 0) this.#pieces = [];
			for (let i = 0; i < message.length && this.#pieces.length < payload_max_bytes; i++) this.#pieces.push(bytes[i]);
			if (more) return;
			payload = Uint8Array.from(this.#pieces);
			this.#pieces = [];
		}
		this.#take(message, payload);
	}

	#take({ topic, QoS, retain, duplicate, id }: Message, payload: Uint8Array): void {
		const hash = id === 0 ? 0 : hashOf(topic, payload);
		if (duplicate && id !== 0 && this.#seen.has(id, hash)) {
			this.counters.resent += 1;
			return this.#pending.answer(id);
		}
		this.#look();
		const last = this.#last.get(topic);
		if (retain && last !== undefined && sameBytes(last.payload, payload)) {
			this.counters.known += 1;
			return this.#pending.answer(id);
		}
		if (last === undefined && this.#last.size >= topics_max) return this.#refuse(id);
		const now = this.#clock.now();
		const row: Row = { time: now, n: 0, topic, level: -1, payload: undefined, QoS, retain, sender: "" };
		if (last !== undefined && last.time >= now) {
			row.time = last.time;
			row.n = last.n + 1;
		}
		this.#read(row, payload);
		// the sender of a retained message is not known
		if (!retain) row.sender = this.#sender(topic, payload);
		if (!this.#pending.add(row, id, hash)) return;
		this.#last.set(topic, { time: row.time, n: row.n, payload });
		if (id !== 0) this.#seen.add(id, hash);
		this.#status(row, payload);
	}

	#read(row: Row, payload: Uint8Array): void {
		row.level = plainLevel(payload);
		const plain = row.level >= 0;
		if (row.topic === this.#topic) row.level = this.#reader.read(payload, this.#device.time.now(), row.retain);
		if (!plain) row.payload = payload;
	}

	/** A device's status has come: a gap begins, or ends. */
	#status({ topic, time }: Row, payload: Uint8Array): void {
		const [start, end] = [`${this.#topic}/`, "/status"];
		if (!topic.startsWith(start) || !topic.endsWith(end)) return;
		const source = topic.slice(start.length, -end.length);
		if (source === "" || source.includes("/")) return;
		const text = String.fromCharCode(...payload.subarray(0, 16));
		if (text === offline && !this.#offline.has(source)) {
			this.#offline.add(source);
			this.#pending.gap({ kind: "offline", source, from: time, to: undefined, note: `${source} was offline` });
		} else if (text === online && this.#offline.delete(source))
			this.#pending.gap({ kind: "offline", source, from: undefined, to: time, note: "" });
	}

	/** More topics than any home has: a client makes them up. */
	#refuse(id: number): void {
		this.counters.lost += 1;
		if (!this.#beyond)
			this.#device.log(`recorder: there are more than ${topics_max} topics; those beyond are not kept (choose narrower filters)`);
		this.#beyond = true;
		this.#pending.answer(id);
	}
}
