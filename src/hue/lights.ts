// The lights of a bridge at work: finds them, sends them the newest level, and takes reports of their changes. There is no MQTT in this file.
import type { Alarm, Device, Time } from "../host.js";
import { Bridge, type BridgeAccess, dialectFor } from "./bridge.js";
import { Complaints } from "./complaints.js";
import { type Dialect, endOf, type Resource, type Verdict } from "./dialect.js";
import { Light, mostOverdue } from "./light.js";
import { Listing } from "./listing.js";
import { levelOf, type Shown } from "./mapping.js";
import { Pacing } from "./pacing.js";
import { Reports } from "./reports.js";

/** The bridge's own fade, for a level that stands alone. */
export const fade_ms = 400;
/** A light that the bridge has no longer is looked for again, among all of them, after so long. */
const relist_ms = 60_000;

export interface LightsOptions {
	device: Device;
	bridge: BridgeAccess;
	/** Names or ids. */
	lights: readonly string[];
	follow: boolean;
	/** Requests that the bridge took, refused or failed at, had no room for, and did not answer. */
	counters: { taken: number; refused: number; busy: number; lost: number };
	log(line: string): void;
	/** A light was set to `level`, not by this role. */
	onNews(level: number): void;
	/** The bridge has taken a command for a light, or the lights were found. */
	onChange(): void;
	/** No request goes out any more: `reason` says why, and what to do. */
	onStopped(reason: string): void;
}

export class Lights {
	readonly #options: LightsOptions;
	readonly #dialect: Dialect;
	readonly #bridge: Bridge;
	readonly #time: Time;
	readonly #alarm: Alarm;
	#lights: Light[] = [];
	readonly #pacing: Pacing<Light>;
	#reports: Reports | undefined;
	/** The search for the lights; `undefined`: they are known. */
	#listing: Listing | undefined;
	/** When the lights are looked for again; Infinity: all of them are there. */
	#relistAt = Infinity;
	#fade = 0;
	readonly #complaints: Complaints;
	#closed = false;

	/** Begins from the event loop. Throws when an option is unfit, naming it. */
	constructor(options: LightsOptions) {
		const { device, bridge } = options;
		if (options.lights.length === 0) throw new Error("lights: name at least one light, room or zone");
		this.#options = options;
		this.#dialect = dialectFor(bridge);
		this.#listing = new Listing(this.#dialect, options.lights);
		this.#time = device.time;
		this.#bridge = new Bridge(device, bridge);
		this.#complaints = new Complaints(device.time, options.log);
		this.#pacing = new Pacing(() => device.random());
		this.#alarm = device.time.alarm(() => this.#act());
		this.#alarm.set(0);
	}

	/** The lights, each with the level that the bridge has accepted last; -1: none yet, or not known any more. */
	get all(): readonly Readonly<{ name: string; id: string; shown: number; gone: boolean }>[] {
		return this.#lights.map(({ resource, shown, gone }) => ({ name: resource.name, id: resource.id, shown, gone }));
	}

	/** Every light is to show `level`, 0 to 254, after a fade of `fade_ms`. An earlier level that has not gone out is dropped. */
	want(level: number, fade_ms: number): void {
		this.#fade = fade_ms;
		this.#pacing.want(level);
		// from the event loop: a public method makes no call
		if (!this.#closed && !this.#bridge.busy) this.#alarm.set(0);
	}

	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		this.#alarm.close();
		this.#reports?.close();
		this.#bridge.close();
	}

	/** Sends the request that is due, one at most, and sets the alarm for the next one. */
	#act(): void {
		if (this.#closed || this.#bridge.busy) return;
		const now = this.#time.now();
		const pacing = this.#pacing;
		const read = this.#options.follow ? mostOverdue(this.#lights) : undefined;
		if (now >= this.#relistAt) this.#listing ??= new Listing(this.#dialect, this.#options.lights);
		if (now >= pacing.waitUntil) {
			if (this.#listing !== undefined && now >= pacing.requestAt) return this.#list(this.#listing, now);
			const due = pacing.next(now);
			if (due !== undefined) return this.#command(due, now);
			if (read !== undefined && now >= Math.max(read.readAt, pacing.requestAt)) return this.#read(read, now);
		}
		let next = this.#listing === undefined ? Math.min(pacing.deadline, this.#relistAt) : pacing.requestAt;
		if (read !== undefined) next = Math.min(next, Math.max(read.readAt, pacing.requestAt));
		next = Math.max(next, pacing.waitUntil);
		if (next < Infinity) this.#alarm.set(Math.max(next - now, 0));
		else this.#alarm.clear();
	}

	#list(listing: Listing, now: number): void {
		this.#pacing.counted(now);
		this.#send({ method: "GET", path: listing.path, headers: this.#dialect.headers }, (body) => {
			if (listing.take(body)) this.#found(listing);
		});
	}

	/** The wanted lights were not found: the role ends, unless it has lights that go on. */
	#unfound(reason: string): void {
		if (this.#lights.length === 0) return this.#stop(reason);
		this.#listing = undefined;
		this.#relistAt = this.#time.now() + relist_ms;
	}

	#found(listing: Listing): void {
		const { log, follow, onChange } = this.#options;
		let chosen: Resource[];
		try {
			chosen = listing.chosen();
		} catch (error) {
			return this.#unfound((error as Error).message);
		}
		this.#listing = undefined;
		this.#relistAt = Infinity;
		const polled = this.#dialect.version === "v1";
		this.#lights = chosen.map((resource) => new Light(resource, polled));
		for (const light of this.#lights) this.#reported(light, light.resource.shown);
		this.#pacing.targets = this.#lights;
		const names = chosen.map(({ name, kind }) => (kind === "light" ? name : `${kind} ${name}`)).join(", ");
		log(`${names} at the bridge ${this.#options.bridge.host}, API ${this.#dialect.version}`);
		if (follow && this.#dialect.version === "v2") this.#reports ??= this.#listen();
		onChange();
	}

	#listen(): Reports {
		const { device } = this.#options;
		return new Reports({
			device,
			open: () => this.#bridge.open(),
			headers: this.#dialect.headers,
			onShown: (id, shown) => {
				const light = this.#lights.find(({ resource }) => resource.id === id);
				if (light === undefined) return;
				const now = this.#time.now();
				if (light.follow.listens(now, shown.on)) this.#reported(light, shown);
				else light.follow.missed(now);
				this.#act();
			},
			onUnauthorized: () => this.#stop(endOf({ kind: "unauthorized" }) as string),
			// a change from the time without reports is found by reading
			onOpen: () => {
				for (const light of this.#lights) light.follow.missed(this.#time.now());
				this.#act();
			},
		});
	}

	#command(light: Light, now: number): void {
		const { resource, follow } = light;
		const level = this.#pacing.wanted;
		const fade = this.#fade;
		this.#pacing.sent(light, now);
		follow.commanded(level);
		const body = this.#dialect.command(level, fade);
		this.#send(
			{ method: "PUT", path: this.#dialect.commandPath(resource), headers: this.#dialect.headers, body },
			() => {
				this.#options.counters.taken++;
				light.shown = level;
				follow.answered(this.#time.now(), fade);
				this.#options.onChange();
			},
			light,
			level,
		);
	}

	#read(light: Light, now: number): void {
		const { resource, follow } = light;
		const own = light.reading(now);
		this.#pacing.counted(now);
		this.#send(
			{ method: "GET", path: this.#dialect.statePath(resource), headers: this.#dialect.headers },
			(body) => {
				const shown = this.#dialect.shown(body, resource);
				// a level or a report that has come meanwhile goes before the state that was read
				if (!follow.read() || shown === undefined || !this.#pacing.isAtRest(light)) return;
				if (follow.listens(this.#time.now(), shown.on)) this.#reported(light, shown, own && light.group);
			},
			light,
		);
	}

	/** `level` is that of the command; without `level` the request is no command. */
	#send(request: Parameters<Bridge["send"]>[0], onTaken: (body: string) => void, light?: Light, level?: number): void {
		this.#bridge.send(
			request,
			(status, body) => {
				const verdict = this.#dialect.verdict(status, body);
				this.#pacing.answered();
				if (verdict.kind === "taken") {
					this.#pacing.well();
					const { note } = verdict;
					if (note === undefined) this.#complaints.forgive();
					else this.#complaints.say(`the bridge has not done all for ${light?.resource.name ?? "the list of lights"}: ${note}`, note);
					onTaken(body);
				} else this.#failed(verdict, light, level);
				this.#act();
			},
			(reason) => {
				this.#options.counters.lost++;
				this.#pacing.answered();
				this.#lost(light, level !== undefined);
				this.#complaints.say(
					`the bridge does not answer (${reason}); next try in ${this.#pacing.lost(this.#time.now())} ms, and on until it works`,
					reason,
				);
				this.#act();
			},
		);
	}

	/** With `follow` the light's state is read again, for a hand may have set it; without, only the topic counts, and its level is sent again. */
	#lost(light: Light | undefined, command: boolean): void {
		const now = this.#time.now();
		if (!this.#options.follow) for (const each of this.#lights) each.shown = -1;
		if (light === undefined) return;
		light.follow.read();
		if (command) {
			light.follow.failed(now);
			light.shown = -1;
		} else light.follow.missed(now);
	}

	#failed(verdict: Exclude<Verdict, { kind: "taken" }>, light: Light | undefined, level: number | undefined): void {
		const name = light?.resource.name ?? this.#listing?.subject ?? "the list of lights";
		const now = this.#time.now();
		light?.follow.read();
		if (level === undefined) light?.follow.missed(now);
		else if (verdict.kind === "failed") light?.follow.failed(now);
		else light?.follow.refused();
		const end = endOf(verdict);
		if (end !== undefined) return this.#stop(end);
		if (verdict.kind === "busy") {
			this.#options.counters.busy++;
			const wait = this.#pacing.busy(now);
			this.#complaints.say(`the bridge has no room for more commands; the newest level follows in ${wait} ms`, verdict.kind);
			return;
		}
		this.#options.counters.refused++;
		if (verdict.kind === "missing" && light === undefined && this.#listing?.byId) return this.#unfound(this.#listing.missing);
		if (verdict.kind === "missing" && light !== undefined) {
			light.gone = true;
			this.#complaints.say(
				`the bridge has no ${light.resource.kind} ${name} (${light.resource.id}) any more; it is looked for again in a minute`,
				name,
			);
			this.#relistAt = Math.min(this.#relistAt, now + relist_ms);
			return;
		}
		const text = "text" in verdict ? verdict.text : "HTTP 404; is this a Hue bridge?";
		this.#complaints.say(`the bridge refused a request for ${name}: ${text}`, text);
		// its own failure is worth another try; a command at fault is not
		if (verdict.kind === "refused" && light !== undefined) {
			if (level !== undefined) light.shown = level;
		} else this.#pacing.busy(now);
	}

	/** `averages`: the state is that of a group after a command. */
	#reported(light: Light, { on, level: said }: Shown, averages = false): void {
		const { follow, state } = light;
		const now = this.#time.now();
		if (on !== undefined) state.on = on;
		if (said !== undefined) state.level = said;
		const level = levelOf(state);
		// the light is on, and its brightness was never reported
		if (level < 0) return follow.missed(now);
		if (averages && level > 0 && light.shown > 0) return follow.averaged(level);
		if (!follow.reported(level, now)) return;
		light.shown = level;
		if (!this.#options.follow) return;
		// the other lights of this role get the same level
		this.#fade = fade_ms;
		this.#pacing.want(level);
		this.#options.onNews(level);
	}

	#stop(reason: string): void {
		this.close();
		this.#options.log(reason);
		this.#options.onStopped(reason);
	}
}
