// A virtual bridge in virtual time: requests take as long, and fail as often, as a test says.
import { VirtualBridge } from "../../hosts/node/hue-bridge/model.js";
import type { Alarm, Http, HttpOptions, HttpRequest } from "../../src/host.js";
import { Hue, type HueOptions } from "../../src/hue/hue.js";
import { FakeLink, makeOptions, makeRandom, makeWorld, type World } from "../light/world.js";

export const key = "a-key-that-nobody-may-read";

/** What goes wrong with a request. */
export type Fault = "none" | "reset" | "silence" | "busy";

export interface HueWorld extends World {
	bridge: VirtualBridge;
	/** Milliseconds of the next answer, and what goes wrong. */
	weather: { delay(): number; fault(): Fault; answer?(method: string, path: string): { status: number; body: string } | undefined };
	/** Everything the role has ever asked. */
	asked: { at: number; method: string; path: string; body: string }[];
	/** Requests under way at once, at the most. */
	most: number;
	/** Ends the stream of events, as a bridge that starts again does. */
	hangUp(): void;
	link: FakeLink;
	hue: Hue;
	stopped: string[];
}

export function makeHue(
	options: Partial<HueOptions> & { seed?: number; secure?: boolean; rooms?: Record<string, string[]>; bridgeLights?: string[] } = {},
): HueWorld {
	const { seed = 1, secure = true, rooms = {}, bridgeLights, ...rest } = options;
	const world = makeWorld();
	const random = makeRandom(seed);
	const bridge = new VirtualBridge({ now: () => world.clock.now(), keys: [key], rooms, ...(bridgeLights && { lights: bridgeLights }) });
	if (!secure) bridge.mode = "http";
	const weather: HueWorld["weather"] = { delay: () => 30, fault: () => "none" };
	const asked: HueWorld["asked"] = [];
	const all = { ...world, bridge, weather, asked, most: 0, hangUp() {}, stopped: [] as string[] } as HueWorld;
	let under = 0;

	class FakeHttp implements Http {
		#options: HttpOptions;
		#alarm: Alarm | undefined;
		#stop: (() => void) | undefined;
		#closed = false;
		constructor(options: HttpOptions) {
			this.#options = options;
		}
		request(request: HttpRequest): void {
			if (this.#closed) throw new Error("closed");
			if (this.#alarm || this.#stop) throw new Error("an exchange is under way");
			const secured = this.#options.secure !== undefined;
			asked.push({ at: world.clock.now(), method: request.method, path: request.path, body: request.body ?? "" });
			if (request.onPiece) {
				const alarm = world.clock.alarm(() => {
					alarm.close();
					if (this.#closed) return;
					if (!bridge.admits(request.headers?.["hue-application-key"])) {
						request.onPiece?.("<html>Forbidden</html>\n");
						return request.onDone(403, "");
					}
					request.onPiece?.(": hi\n\n");
					this.#stop = bridge.listen((events) => {
						// an event is on its way for as long as an answer
						const later = world.clock.alarm(() => {
							later.close();
							if (!this.#closed) request.onPiece?.(`id: 1\ndata: ${events}\n\n`);
						});
						later.set(weather.delay());
					});
					all.hangUp = () => {
						this.#stop?.();
						this.#stop = undefined;
						if (!this.#closed) request.onError("the connection broke");
					};
				});
				alarm.set(weather.delay());
				return;
			}
			under++;
			all.most = Math.max(all.most, under);
			const fault = weather.fault();
			bridge.begin();
			// the command takes effect on its way there, the answer comes after the way back
			const there = world.clock.alarm(() => {
				there.close();
				if (fault === "silence") return;
				const answer =
					fault === "busy"
						? { status: 503, body: "" }
						: (weather.answer?.(request.method, request.path) ??
							bridge.answer({
								method: request.method,
								path: request.path,
								headers: request.headers ?? {},
								body: request.body ?? "",
								secure: secured,
							}));
				back.set(weather.delay() / 2);
				ready = answer;
			});
			let ready = { status: 0, body: "" };
			const back = world.clock.alarm(() => {
				this.#end();
				if (fault === "reset") request.onError("the connection broke");
				else request.onDone(ready.status, ready.body);
			});
			this.#alarm = back;
			there.set(weather.delay() / 2);
		}
		#end(): void {
			if (!this.#alarm) return;
			this.#alarm.close();
			this.#alarm = undefined;
			under--;
			bridge.end();
		}
		close(): void {
			this.#closed = true;
			this.#end();
			this.#stop?.();
			this.#stop = undefined;
		}
	}

	const device = {
		...world.device,
		random,
		network: { ...world.device.network, http: { io: FakeHttp } },
	};
	all.hue = new Hue({
		...makeOptions(world),
		device: device as never,
		id: `hue-${bridge.id}`,
		bridge: { host: "192.0.2.7", key, ...(secure ? { secure: { pin: "00", name: bridge.id } } : {}) },
		lights: ["Desk"],
		onStopped: (reason) => all.stopped.push(reason),
		...rest,
	});
	all.link = FakeLink.last;
	all.link.rise();
	return all;
}
