// A class room: its clients, the levels that they have set, and the teacher's orders: held, taken out, kept out, door closed. All of it is in memory,
// and gone with the desk.
import { randomBytes } from "node:crypto";
import os from "node:os";
import { offline } from "../../../src/light/topics.js";
import type { Publication } from "../broker/broker.js";
import type { Dismissal, Doorkeeper, Guest, Visitor } from "../broker/doorkeeper.js";
import { excerpt } from "../events.js";
import { isLoopback } from "../listen.js";

/** The reasons for a dismissal. The page has sentences for them (hosts/browser/page/shared/words.ts). */
export const taken_out: Dismissal = Object.freeze({ code: 4001, reason: "taken out" });
export const kept_out: Dismissal = Object.freeze({ code: 4003, reason: "kept out" });
export const door_closed: Dismissal = Object.freeze({ code: 4004, reason: "door closed" });

/** The most entries of each table, for any client may try to connect. */
const remembered_max = 2_000;
/** While the light is held, the level is published again after a held message, at most once in this time. */
const truth_ms = 250;
/** The longest payload of an info that is read. */
const info_max_bytes = 2_048;
const label_max = 40;

/** The broker, as the class room uses it. */
export interface ClassBroker {
	publish(topic: string, payload: string, retain: boolean): void;
	/** The topic's retained payload; `undefined`: none. */
	held(topic: string): Promise<string | undefined>;
}

interface Pupil {
	readonly guest: Guest;
	readonly since: number;
	/** The last payload that it has set. */
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
	/** How often a client was refused. */
	knocks: number;
	level: string | null;
	setBy: string | null;
	setAt: number;
	/** `kind`: the kind of client by the prefix of its id. `own`: the desk's. */
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
	/** Clients that are out, and whether the phone may come back by itself. */
	out: { name: string; kept: boolean }[];
}

/** A client that is out. */
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
	/** Whether many clients may have `address`, so that it is never kept out. Default: an address of this machine. */
	shared?(address: string): boolean;
	now?(): number;
	/** The light is now held, or no longer held. */
	onHeld?(held: boolean): void;
}

export class Classroom implements Doorkeeper {
	/** The teacher's key: an order must have it. */
	readonly key = randomBytes(16).toString("base64url");
	readonly #options: ClassroomOptions;
	readonly #now: () => number;
	#broker: ClassBroker | undefined;
	readonly #pupils = new Map<string, Pupil>();
	/** Marks and ids that were let in while the door was open, the oldest first. */
	readonly #known = new Set<string>();
	/** The teacher's labels for clients, by mark, or by id. */
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
		// A client without a mark is no page of ours: `judges` decides by its id.
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
		// The client shows its own level by now: the level of the light is published again.
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

	/** Holds the level of every client, until `hold(false)`. No client is disconnected. */
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

	/** Opens or closes the door for new clients. An open door admits clients that were kept out, too. */
	open(open: boolean): void {
		this.#open = open;
		if (open) this.#out.clear();
		else this.#knocks = 0;
	}

	/** Sets the teacher's label for a client; "": its name. False when the client is not connected. */
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
	 * Dismisses a client. `kept`: its name, its tab and its address stay out until the door is opened; else it may come back when the phone's user
	 * asks for it. False when the client is not connected, or is the desk's own.
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

	/** Admits a client again that is out. */
	letIn(name: string): boolean {
		const keys = [...this.#out].filter(([, out]) => out.name === name).map(([key]) => key);
		for (const key of keys) this.#out.delete(key);
		return keys.length > 0;
	}

	/** The user of a phone that was taken out asks to come back. False for a phone that is kept out. */
	joins(mark: string): boolean {
		const out = this.#outOf((each) => mark !== "" && each.mark === mark);
		return out !== undefined && !out.kept && this.#out.delete(`${out.name} ${out.mark}`);
	}

	/** Removes the devices that have gone: clears their retained messages at the broker. Returns how many. */
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
			// The broker's own message: the teacher's level, or a level that is published again.
			if (this.#last?.payload !== text) this.#last = { payload: text, by: null, at: this.#now() };
			return;
		}
		const pupil = this.#pupils.get(client);
		if (pupil) {
			if (pupil.set !== text) pupil.setAt = this.#now();
			pupil.set = text;
			pupil.sets++;
		}
		// A client that repeats the present level, as in a heartbeat, has not set it.
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

	/** The teacher's label of a client, or its name. */
	#called(id: string): string {
		const pupil = this.#pupils.get(id);
		return (pupil && this.#labels.get(keyOf(pupil.guest))) ?? nameOf(id);
	}

	/** The desk's own clients connect from this machine. From another machine, any client may have the name. */
	#own(id: string, address: string): boolean {
		return (this.#options.own?.includes(nameOf(id)) ?? false) && isOfThisMachine(address);
	}

	#outOf(is: (out: Out) => boolean): Out | undefined {
		for (const out of this.#out.values()) if (is(out)) return out;
		return undefined;
	}

	/** False for an address that many clients have, such as that of all tabs of this machine: it is never kept out. */
	#sameAddress({ address }: { address: string }, other: string): boolean {
		return address === other && !(this.#options.shared ?? isOfThisMachine)(address);
	}

	#away(how: Dismissal): Dismissal {
		this.#knocks++;
		return how;
	}

	#remember(what: string): void {
		// Behind the others again: so the oldest is the one that has not been here for longest.
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
