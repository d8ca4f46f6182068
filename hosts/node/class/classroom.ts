// A class room: who is in, who has set what, and what the teacher has said: held, taken out, kept out, door closed. All of it in memory, and
// gone with the desk.
import { randomBytes } from "node:crypto";
import os from "node:os";
import { offline } from "../../../src/light/topics.js";
import type { Publication } from "../broker/broker.js";
import type { Dismissal, Doorkeeper, Guest, Visitor } from "../broker/doorkeeper.js";
import { excerpt } from "../events.js";
import { isLoopback } from "../listen.js";

/** Why a client is sent away. The page knows these (hosts/browser/page/shared/words.ts). */
export const taken_out: Dismissal = Object.freeze({ code: 4001, reason: "taken out" });
export const kept_out: Dismissal = Object.freeze({ code: 4003, reason: "kept out" });
export const door_closed: Dismissal = Object.freeze({ code: 4004, reason: "door closed" });

/** Anybody may knock: what is remembered has an end. */
const remembered_max = 2_000;
/** While the light is held, those who try are told what it is, at most so often. */
const truth_ms = 250;
/** Of an info. */
const info_max_bytes = 2_048;
const label_max = 40;

/** What the class room does at the broker. */
export interface ClassBroker {
	publish(topic: string, payload: string, retain: boolean): void;
	/** What the topic holds; `undefined`: nothing. */
	held(topic: string): Promise<string | undefined>;
}

interface Pupil {
	readonly guest: Guest;
	readonly since: number;
	/** What it has set last. */
	set: string;
	setAt: number;
	/** Levels that came through, and levels that were held. */
	sets: number;
	held: number;
	/** dBm. */
	signal: number | undefined;
}

/** The class as the teacher's page shows it. Times are milliseconds since 1970. */
export interface ClassView {
	now: number;
	open: boolean;
	held: boolean;
	/** Levels that were held since the last "freeze". */
	dropped: number;
	/** How often somebody was not let in. */
	knocks: number;
	level: string | null;
	setBy: string | null;
	setAt: number;
	/** `kind`: what the role calls itself in front of the id. `own`: the desk's. */
	pupils: {
		id: string;
		name: string;
		kind: string;
		label: string;
		own: boolean;
		since: number;
		set: string;
		setAt: number;
		sets: number;
		held: number;
		signal: number | null;
	}[];
	/** Devices whose status is "offline". */
	gone: { name: string; since: number }[];
	/** Who is out, and whether the phone may come back by itself. */
	out: { name: string; kept: boolean }[];
}

/** Who is out: what is known of it. */
interface Out {
	name: string;
	mark: string;
	address: string;
	kept: boolean;
}

export interface ClassroomOptions {
	topic: string;
	/** Names of the desk's own devices. */
	own?: readonly string[];
	/** Whether many may share an address, so that it is none to keep out: this machine's. */
	shared?(address: string): boolean;
	now?(): number;
	/** "Held" has become so, or not so any more. */
	onHeld?(held: boolean): void;
}

export class Classroom implements Doorkeeper {
	/** Whoever has it is the teacher. */
	readonly key = randomBytes(16).toString("base64url");
	readonly #options: ClassroomOptions;
	readonly #now: () => number;
	#broker: ClassBroker | undefined;
	readonly #pupils = new Map<string, Pupil>();
	/** Marks and ids that were let in while the door was open, the oldest first. */
	readonly #known = new Set<string>();
	/** What the teacher calls them, by mark, or by id. */
	readonly #labels = new Map<string, string>();
	readonly #gone = new Map<string, number>();
	readonly #out = new Map<string, Out>();
	#open = true;
	#held = false;
	#dropped = 0;
	#knocks = 0;
	#last: { payload: string; by: string | null; at: number } | undefined;
	#truth: NodeJS.Timeout | undefined;

	constructor(options: ClassroomOptions) {
		this.#options = options;
		this.#now = options.now ?? Date.now;
	}

	attach(broker: ClassBroker): void {
		this.#broker = broker;
	}

	get held(): boolean {
		return this.#held;
	}

	meets({ mark, address }: Visitor): Dismissal | undefined {
		const out =
			this.#outOf((each) => mark !== "" && each.mark === mark) ?? this.#outOf((each) => each.kept && this.#sameAddress(each, address));
		if (out) return this.#away(out.kept ? kept_out : taken_out);
		// Who has no mark is no page of ours: its id decides.
		if (!this.#open && mark !== "" && !this.#known.has(`mark ${mark}`)) return this.#away(door_closed);
		return undefined;
	}

	judges(id: string, { mark, address }: Visitor): Dismissal | undefined {
		if (this.#own(id, address)) return undefined;
		const name = nameOf(id);
		const out = this.#outOf((each) => each.kept && (each.name === name || this.#sameAddress(each, address)));
		if (out) return this.#away(kept_out);
		if (this.#open || this.#known.has(`id ${id}`) || (mark !== "" && this.#known.has(`mark ${mark}`))) return undefined;
		return this.#away(door_closed);
	}

	holds(topic: string, client: string): boolean {
		if (!this.#held || topic !== this.#options.topic) return false;
		this.#dropped++;
		const pupil = this.#pupils.get(client);
		if (pupil) pupil.held++;
		// Whoever has tried believes its own level by now: it is told what the light is.
		this.#truth ??= setTimeout(() => void this.#tellTruth(), truth_ms).unref();
		return true;
	}

	came(guest: Guest): void {
		this.#pupils.set(guest.name, { guest, since: this.#now(), set: "", setAt: 0, sets: 0, held: 0, signal: undefined });
		this.#remember(`id ${guest.name}`);
		if (guest.mark !== "") this.#remember(`mark ${guest.mark}`);
		this.#gone.delete(nameOf(guest.name));
	}

	left(guest: Guest): void {
		if (this.#pupils.get(guest.name)?.guest === guest) this.#pupils.delete(guest.name);
	}

	/** A message has gone through the broker. */
	published({ topic, payload, client }: Publication): void {
		const base = `${this.#options.topic}/`;
		if (topic === this.#options.topic) this.#level(excerpt(payload), client);
		else if (topic.startsWith(base) && topic.endsWith("/status"))
			this.#status(topic.slice(base.length, -"/status".length), excerpt(payload));
		else if (topic.startsWith(base) && topic.endsWith("/info") && payload.length <= info_max_bytes && client !== undefined) {
			const pupil = this.#pupils.get(client);
			if (pupil) pupil.signal = signalOf(payload) ?? pupil.signal;
		}
	}

	view(): ClassView {
		const { payload = null, by = null, at = 0 } = this.#last ?? {};
		const pupils = [...this.#pupils.values()].map(({ guest, since, set, setAt, sets, held, signal }) => {
			const { name: id } = guest;
			const [kind, name] = [kindOf(id), nameOf(id)];
			const label = this.#labels.get(keyOf(guest)) ?? "";
			return { id, name, kind, label, own: this.#own(id, guest.address), since, set, setAt, sets, held, signal: signal ?? null };
		});
		return {
			now: this.#now(),
			open: this.#open,
			held: this.#held,
			dropped: this.#dropped,
			knocks: this.#knocks,
			level: payload,
			setBy: by === null ? null : this.#called(by),
			setAt: at,
			pupils,
			gone: [...this.#gone].map(([name, since]) => ({ name, since })),
			out: [...this.#out.values()].map(({ name, kept }) => ({ name, kept })),
		};
	}

	/** Nobody's levels go through, until `hold(false)`. Nobody is disconnected. */
	hold(held: boolean): void {
		if (held && !this.#held) this.#dropped = 0;
		this.#held = held;
		this.#options.onHeld?.(held);
	}

	/** The teacher sets the light, held or not. */
	set(level: number): void {
		this.#broker?.publish(this.#options.topic, String(level), true);
		this.#last = { payload: String(level), by: "the teacher", at: this.#now() };
	}

	/** New clients are let in, or not. Opened, it lets in those who were kept out, too. */
	open(open: boolean): void {
		this.#open = open;
		if (open) this.#out.clear();
		else this.#knocks = 0;
	}

	/** What the teacher calls a client; "": by its name. False when it is not there. */
	label(id: string, label: string): boolean {
		const pupil = this.#pupils.get(id);
		if (!pupil) return false;
		const key = keyOf(pupil.guest);
		this.#labels.delete(key);
		if (label !== "") this.#labels.set(key, [...label].slice(0, label_max).join(""));
		if (this.#labels.size > remembered_max) this.#labels.delete(this.#labels.keys().next().value as string);
		return true;
	}

	/**
	 * Sends a client away. `kept`: its name, its tab and its address stay out until the door is opened; else it may come back when somebody at the
	 * phone says so. False when it is not there, or is the desk's own.
	 */
	takeOut(id: string, kept: boolean): boolean {
		const pupil = this.#pupils.get(id);
		if (!pupil || this.#own(id, pupil.guest.address)) return false;
		const { mark, address } = pupil.guest;
		const name = nameOf(id);
		if (kept || mark !== "") this.#out.set(`${name} ${mark}`, { name, mark, address, kept });
		if (this.#out.size > remembered_max) this.#out.delete(this.#out.keys().next().value as string);
		const how = kept ? kept_out : taken_out;
		// All of its connections: a phone may be a lamp and a knob at once.
		const same = ({ guest }: Pupil) =>
			guest === pupil.guest ||
			(mark !== "" && guest.mark === mark) ||
			(kept && !this.#own(guest.name, guest.address) && (nameOf(guest.name) === name || this.#sameAddress({ address }, guest.address)));
		for (const each of [...this.#pupils.values()].filter(same)) each.guest.dismiss(how);
		return true;
	}

	/** Lets somebody in again who is out. */
	letIn(name: string): boolean {
		const keys = [...this.#out].filter(([, out]) => out.name === name).map(([key]) => key);
		for (const key of keys) this.#out.delete(key);
		return keys.length > 0;
	}

	/** Somebody at a phone that was taken out wants to come back. Who is kept out does not. */
	joins(mark: string): boolean {
		const out = this.#outOf((each) => mark !== "" && each.mark === mark);
		return out !== undefined && !out.kept && this.#out.delete(`${out.name} ${out.mark}`);
	}

	/** Forgets the devices that have gone: what the broker keeps of them is cleared. Returns how many. */
	sweep(): number {
		const { topic } = this.#options;
		const names = [...this.#gone.keys()];
		for (const name of names) for (const what of ["status", "info"]) this.#broker?.publish(`${topic}/${name}/${what}`, "", true);
		this.#gone.clear();
		return names.length;
	}

	close(): void {
		clearTimeout(this.#truth);
		this.#truth = undefined;
	}

	#level(text: string, client: string | undefined): void {
		if (client === undefined) {
			// The broker's own: the teacher's, or the truth again.
			if (this.#last?.payload !== text) this.#last = { payload: text, by: null, at: this.#now() };
			return;
		}
		const pupil = this.#pupils.get(client);
		if (pupil) {
			if (pupil.set !== text) pupil.setAt = this.#now();
			pupil.set = text;
			pupil.sets++;
		}
		// Who repeats what stands there, such as a heartbeat, has not set it.
		if (this.#last?.payload !== text) this.#last = { payload: text, by: client, at: this.#now() };
	}

	#status(name: string, status: string): void {
		if (status !== offline) this.#gone.delete(name);
		else if (this.#gone.has(name) || this.#gone.size < remembered_max) this.#gone.set(name, this.#now());
	}

	async #tellTruth(): Promise<void> {
		const { topic } = this.#options;
		const held = await this.#broker?.held(topic);
		this.#truth = undefined;
		if (held !== undefined && this.#held) this.#broker?.publish(topic, held, true);
	}

	/** As the teacher calls it, or by its name. */
	#called(id: string): string {
		const pupil = this.#pupils.get(id);
		return (pupil && this.#labels.get(keyOf(pupil.guest))) ?? nameOf(id);
	}

	/** The desk's own clients connect from this machine. Elsewhere the name is anybody's. */
	#own(id: string, address: string): boolean {
		return (this.#options.own?.includes(nameOf(id)) ?? false) && isOfThisMachine(address);
	}

	#outOf(is: (out: Out) => boolean): Out | undefined {
		for (const out of this.#out.values()) if (is(out)) return out;
		return undefined;
	}

	/** An address that many share keeps nobody out: all tabs of this machine have one. */
	#sameAddress({ address }: { address: string }, other: string): boolean {
		return address === other && !(this.#options.shared ?? isOfThisMachine)(address);
	}

	#away(how: Dismissal): Dismissal {
		this.#knocks++;
		return how;
	}

	#remember(what: string): void {
		// Behind the others again: the oldest is who has not been here for long.
		this.#known.delete(what);
		this.#known.add(what);
		if (this.#known.size > remembered_max) this.#known.delete(this.#known.values().next().value as string);
	}
}

function keyOf({ mark, name }: Guest): string {
	return mark === "" ? `id ${name}` : `mark ${mark}`;
}

/** The name of a device without its role: `anna` of `lamp-anna`. */
function nameOf(id: string): string {
	return id.replace(/^(lamp|dimmer|controller|wire|guest)-(?=.)/, "");
}

function kindOf(id: string): string {
	const [, role = ""] = /^(lamp|dimmer|controller|wire|guest)-./.exec(id) ?? [];
	return { dimmer: "knob", controller: "light page", wire: "wire page" }[role] ?? role;
}

function isOfThisMachine(address: string): boolean {
	const plain = address.replace(/^::ffff:/, "");
	if (isLoopback(plain)) return true;
	return Object.values(os.networkInterfaces()).some((list) => list?.some((each) => each.address === plain));
}

function signalOf(payload: Uint8Array): number | undefined {
	try {
		const { rssi } = JSON.parse(new TextDecoder().decode(payload));
		return typeof rssi === "number" && Number.isFinite(rssi) ? rssi : undefined;
	} catch {
		return undefined;
	}
}
