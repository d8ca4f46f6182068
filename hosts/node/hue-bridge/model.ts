// A Philips Hue bridge without its radio: its answers, and its refusals. As strict as the real bridge (Hue developer programme, API v1
// and v2). No IO and no clock of its own: `server.ts` gives it sockets, a test gives it virtual time.
import { createHash, randomBytes } from "node:crypto";
import { field, parsed, textOf } from "../../../src/hue/dialect.js";
import { levelOfPercent, percentOf } from "../../../src/hue/mapping.js";

/** Pairing is possible for this time after the button was pressed. */
const button_ms = 30_000;
/** Requests at once. */
const requests_max = 3;
const lights_a_second = 10;
const groups_a_second = 1;

export interface VirtualLight {
	/** v1's number. */
	readonly number: number;
	readonly uuid: string;
	readonly name: string;
	on: boolean;
	/** 1 to 254. */
	level: number;
	/** False: its power is cut, and a command does not change it. The bridge takes the command all the same. */
	reachable: boolean;
}

export interface VirtualRoom {
	readonly number: number;
	readonly uuid: string;
	/** The id of the `grouped_light`. */
	readonly groupUuid: string;
	readonly name: string;
	readonly type: "Room" | "Zone";
	readonly lights: readonly VirtualLight[];
}

export interface ModelOptions {
	now(): number;
	/** 16 hexadecimal digits. */
	bridgeId?: string;
	lights?: readonly string[];
	rooms?: Readonly<Record<string, readonly string[]>>;
	/** Keys that are valid from the start. */
	keys?: readonly string[];
	/** Never 429 or 503 for too many commands: for a desk, not for a test. */
	lenient?: boolean;
}

export interface Asked {
	method: string;
	path: string;
	headers: Readonly<Record<string, string | string[] | undefined>>;
	body: string;
	secure: boolean;
}

export interface Answer {
	status: number;
	headers?: Readonly<Record<string, string>>;
	body: string;
}

/** A list of v2's events, as the stream sends it. */
export type Listener = (events: string) => void;

export class VirtualBridge {
	readonly id: string;
	readonly lights: readonly VirtualLight[];
	readonly rooms: readonly VirtualRoom[];
	readonly keys: Set<string>;
	/** `http`: the first generation, without https and v2. `redirect`: http answers 301. `both`: the second generation. */
	mode: "http" | "redirect" | "both" = "both";
	/** So many of the next requests are answered with 503. */
	failing = 0;
	/** All commands, in order: time, target, level. */
	readonly commands: { at: number; target: string; level: number }[] = [];
	/** Requests under way. */
	open = 0;
	openMost = 0;
	readonly #options: ModelOptions;
	readonly #listeners = new Set<Listener>();
	#pressedAt = -Infinity;
	#lightTimes: number[] = [];
	#groupTimes: number[] = [];

	constructor(options: ModelOptions) {
		this.#options = options;
		this.id = (options.bridgeId ?? "001788fffe123456").toLowerCase();
		const uuid = (text: string) => uuidOf(`${this.id} ${text}`);
		this.lights = (options.lights ?? ["Desk", "Window"]).map((name, index) => ({
			number: index + 1,
			uuid: uuid(`light ${index + 1}`),
			name,
			on: false,
			level: 254,
			reachable: true,
		}));
		this.rooms = Object.entries(options.rooms ?? {}).map(([name, members], index) => ({
			number: index + 1,
			uuid: uuid(`room ${index + 1}`),
			groupUuid: uuid(`group ${index + 1}`),
			name,
			type: "Room",
			lights: this.lights.filter((light) => members.includes(light.name)),
		}));
		this.keys = new Set(options.keys);
	}

	/** The round button on the bridge's top: for 30 s every pairing request gets a key. */
	pressButton(): void {
		this.#pressedAt = this.#options.now();
	}

	/** A change by a wall switch or an app: not by this API, and reported as an event. */
	switch(light: VirtualLight, change: { on?: boolean; level?: number }): void {
		if (change.on !== undefined) light.on = change.on;
		if (change.level !== undefined) light.level = change.level;
		this.#changed([light], change);
	}

	/** Events go to `listener` until the function returned is called. */
	listen(listener: Listener): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Whether `key` may read the events. */
	admits(key: unknown): boolean {
		return typeof key === "string" && this.keys.has(key);
	}

	/** The answer to one request. Between `begin` and `end` the request counts as under way. */
	answer(asked: Asked): Answer {
		if (!asked.secure && this.mode === "redirect") return { status: 301, headers: { location: `https://bridge${asked.path}` }, body: "" };
		if (asked.secure && this.mode === "http") return { status: 404, body: "" };
		if (this.failing > 0) {
			this.failing--;
			return { status: 503, body: "" };
		}
		if (this.open > requests_max) return { status: 429, body: "" };
		const { path } = asked;
		if (path.startsWith("/clip/v2/")) return asked.secure ? this.#v2(asked) : { status: 404, body: "" };
		if (path === "/api" || path.startsWith("/api/")) return this.#v1(asked);
		return { status: 404, body: "" };
	}

	begin(): void {
		this.openMost = Math.max(this.openMost, ++this.open);
	}

	end(): void {
		this.open--;
	}

	#v1({ method, path, body }: Asked): Answer {
		const [, , key = "", kind = "", number = "", last = ""] = path.split("/");
		if (method === "POST" && (path === "/api" || path === "/api/")) return this.#pair(body);
		if (method === "GET" && (path === "/api/config" || path === "/api/0/config")) return json(this.#config());
		if (!this.keys.has(key)) return error1(1, path, "unauthorized user");
		if (method === "GET" && kind === "config") return json(this.#config());
		if (method === "GET" && kind === "")
			return json({ lights: numbered(this.lights), groups: numbered(this.rooms), config: this.#config() });
		const list = kind === "lights" ? this.lights : kind === "groups" ? this.rooms : undefined;
		if (list === undefined) return error1(4, path, `method, ${method}, not available for resource, ${path}`);
		if (number === "" && method === "GET") return json(numbered(list));
		const one = list.find((each) => String(each.number) === number);
		if (one === undefined) return error1(3, `/${kind}/${number}`, `resource, /${kind}/${number}, not available`);
		if (method === "GET" && last === "") return json(viewV1(one));
		if (method === "PUT" && last === (kind === "lights" ? "state" : "action"))
			return this.#commandV1(one, body, `/${kind}/${number}/${last}`);
		return error1(4, path, `method, ${method}, not available for resource, ${path}`);
	}

	#config(): object {
		return {
			name: "Lampwire's virtual bridge",
			modelid: "BSB002",
			bridgeid: this.id.toUpperCase(),
			apiversion: "1.68.0",
			swversion: "1968096020",
		};
	}

	#pair(body: string): Answer {
		const type = textOf(parsed(body), "devicetype");
		if (type === undefined || !/^[^#]{1,20}#[^#]{1,19}$/.test(type))
			return error1(7, "/devicetype", `invalid value, ${type}, for parameter, devicetype`);
		if (this.#options.now() - this.#pressedAt > button_ms) return error1(101, "", "link button not pressed");
		const username = randomBytes(20).toString("hex");
		this.keys.add(username);
		return json([{ success: { username, clientkey: randomBytes(16).toString("hex").toUpperCase() } }]);
	}

	#commandV1(one: VirtualLight | VirtualRoom, text: string, place: string): Answer {
		const value = parsed(text);
		if (typeof value !== "object" || value === null || Array.isArray(value)) return error1(2, place, "body contains invalid json");
		const lights = "lights" in one ? one.lights : [one];
		const now = this.#options.now();
		if (this.#tooMany("lights" in one, now)) return { status: 503, body: "" };
		const items: object[] = [];
		const on = field(value, "on");
		const bri = field(value, "bri");
		const time = field(value, "transitiontime");
		const fault = (parameter: string, given: unknown) =>
			items.push({
				error: { type: 7, address: `${place}/${parameter}`, description: `invalid value, ${given}, for parameter, ${parameter}` },
			});
		if (on !== undefined && typeof on !== "boolean") fault("on", on);
		if (bri !== undefined && !whole(bri, 1, 254)) fault("bri", bri);
		if (time !== undefined && !whole(time, 0, 65_535)) fault("transitiontime", time);
		if (items.length > 0) return json(items);
		const lit = on === true || (on === undefined && lights.some((light) => light.on));
		if (bri !== undefined && !lit) return error1(201, `${place}/bri`, "parameter, bri, is not modifiable. Device is set to off.");
		this.#apply(lights, place, {
			...(on === undefined ? {} : { on: on as boolean }),
			...(bri === undefined ? {} : { level: bri as number }),
		});
		return json(Object.entries(value).map(([name, given]) => ({ success: { [`${place}/${name}`]: given } })));
	}

	#v2({ method, path, headers, body }: Asked): Answer {
		if (!this.admits(headers["hue-application-key"])) return { status: 403, body: "" };
		const [type = "", id = ""] = path.slice("/clip/v2/resource/".length).split("/");
		const all = this.#resourcesV2(type);
		if (all === undefined) return errorV2(404, "Not Found");
		if (method === "GET" && id === "") return json({ errors: [], data: all });
		const one = all.find((each) => each.id === id);
		if (one === undefined) return errorV2(404, "Not Found");
		if (method === "GET") return json({ errors: [], data: [one] });
		if (method !== "PUT" || (type !== "light" && type !== "grouped_light")) return errorV2(405, "Method Not Allowed");
		return this.#commandV2(type, id, body);
	}

	#resourcesV2(type: string): { id: string; [name: string]: unknown }[] | undefined {
		if (type === "light") return this.lights.map((light) => viewV2(light));
		if (type === "room" || type === "zone")
			return this.rooms
				.filter((room) => room.type.toLowerCase() === type)
				.map(({ uuid, number, name, groupUuid }) => ({
					id: uuid,
					id_v1: `/groups/${number}`,
					metadata: { name },
					services: [{ rid: groupUuid, rtype: "grouped_light" }],
					type,
				}));
		if (type === "grouped_light") return this.rooms.map((room) => groupV2(room));
		return undefined;
	}

	#commandV2(type: string, id: string, text: string): Answer {
		const value = parsed(text);
		if (typeof value !== "object" || value === null || Array.isArray(value)) return errorV2(400, "body contains invalid json");
		if (this.#tooMany(type === "grouped_light", this.#options.now())) return { status: 503, body: "" };
		const on = field(field(value, "on"), "on");
		const brightness = field(field(value, "dimming"), "brightness");
		const duration = field(field(value, "dynamics"), "duration");
		if (on !== undefined && typeof on !== "boolean") return errorV2(400, "on.on is not a boolean");
		if (brightness !== undefined && !(typeof brightness === "number" && brightness >= 0 && brightness <= 100))
			return errorV2(400, "dimming.brightness is out of range");
		if (duration !== undefined && !whole(duration, 0, 6_000_000)) return errorV2(400, "dynamics.duration is out of range");
		const lights =
			type === "light"
				? this.lights.filter((light) => light.uuid === id)
				: (this.rooms.find((room) => room.groupUuid === id)?.lights ?? []);
		// brightness 0 is the lowest light, not off
		const level = brightness === undefined ? {} : { level: levelOfPercent(brightness as number) };
		this.#apply(lights, `${type}/${id}`, { ...(on === undefined ? {} : { on: on as boolean }), ...level });
		return json({ errors: [], data: [{ rid: id, rtype: type }] });
	}

	#apply(lights: readonly VirtualLight[], target: string, change: { on?: boolean; level?: number }): void {
		const reached = lights.filter(({ reachable }) => reachable);
		for (const light of reached) {
			if (change.on !== undefined) light.on = change.on;
			if (change.level !== undefined) light.level = change.level;
		}
		const [first] = lights;
		if (first) this.commands.push({ at: this.#options.now(), target, level: first.on ? first.level : 0 });
		this.#changed(reached, change);
	}

	#changed(lights: readonly VirtualLight[], change: { on?: boolean; level?: number }): void {
		const parts = (state: { on?: boolean; level?: number }) => ({
			...(state.on === undefined ? {} : { on: { on: state.on } }),
			...(state.level === undefined ? {} : { dimming: { brightness: percentOf(state.level) } }),
		});
		const updates: object[] = lights.map(({ uuid, number }) => ({ id: uuid, id_v1: `/lights/${number}`, type: "light", ...parts(change) }));
		for (const room of this.rooms)
			if (room.lights.some((light) => lights.includes(light))) updates.push({ ...groupV2(room), type: "grouped_light" });
		const text = JSON.stringify([
			{ creationtime: new Date(0).toISOString(), id: uuidOf(String(this.commands.length)), type: "update", data: updates },
		]);
		for (const listener of this.#listeners) listener(text);
	}

	#tooMany(group: boolean, now: number): boolean {
		if (this.#options.lenient) return false;
		const times = group ? this.#groupTimes : this.#lightTimes;
		while (times.length > 0 && now - (times[0] as number) >= 1_000) times.shift();
		if (times.length >= (group ? groups_a_second : lights_a_second)) return true;
		times.push(now);
		return false;
	}
}

function whole(value: unknown, least: number, most: number): boolean {
	return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function uuidOf(text: string): string {
	const hex = createHash("sha256").update(text).digest("hex");
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function json(value: unknown): Answer {
	return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

/** An error of v1, which comes inside HTTP 200. */
function error1(type: number, address: string, description: string): Answer {
	return json([{ error: { type, address, description } }]);
}

function errorV2(status: number, description: string): Answer {
	return { status, headers: { "content-type": "application/json" }, body: JSON.stringify({ errors: [{ description }], data: [] }) };
}

function numbered(list: readonly (VirtualLight | VirtualRoom)[]): object {
	return Object.fromEntries(list.map((each) => [each.number, viewV1(each)]));
}

function viewV1(one: VirtualLight | VirtualRoom): object {
	if (!("lights" in one)) {
		const { name, on, level, reachable } = one;
		return { state: { on, bri: level, reachable }, type: "Dimmable light", name };
	}
	const { name, type, lights } = one;
	const lit = lights.filter((light) => light.on);
	const bri = average(lit.length > 0 ? lit : lights);
	return {
		name,
		type,
		lights: lights.map(({ number }) => String(number)),
		state: { any_on: lit.length > 0, all_on: lit.length === lights.length },
		action: { on: lit.length > 0, bri },
	};
}

function viewV2({ uuid, number, name, on, level }: VirtualLight) {
	return { id: uuid, id_v1: `/lights/${number}`, metadata: { name }, on: { on }, dimming: { brightness: percentOf(level) }, type: "light" };
}

function groupV2({ groupUuid, number, uuid, lights }: VirtualRoom) {
	const lit = lights.filter((light) => light.on);
	return {
		id: groupUuid,
		id_v1: `/groups/${number}`,
		owner: { rid: uuid, rtype: "room" },
		on: { on: lit.length > 0 },
		dimming: { brightness: percentOf(average(lit.length > 0 ? lit : lights)) },
		type: "grouped_light",
	};
}

function average(lights: readonly VirtualLight[]): number {
	return lights.length === 0 ? 1 : Math.round(lights.reduce((sum, { level }) => sum + level, 0) / lights.length);
}
