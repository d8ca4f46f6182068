// One request after the other to a Hue bridge, each with a deadline. Paths and answers are texts here; their meaning is in the dialect.
import type { Alarm, Device, Http, HttpSecurity } from "../host.js";
import type { Dialect } from "./dialect.js";
import { makeV1 } from "./v1.js";
import { makeV2 } from "./v2.js";

/** The bridge's address, and this device's access to it. */
export interface BridgeAccess {
	/** Name or address. */
	host: string;
	/** Default 443, or 80 without `secure`. */
	port?: number;
	/** The key from pairing (v1 calls it username). A password: it stands in no message. */
	key: string;
	/** Undefined: plain http, for bridges of the first generation, whose API is v1. */
	secure?: HttpSecurity;
	/** Default v2 with `secure`, else v1. */
	version?: "v1" | "v2";
}

/** The dialect for the bridge. Throws, naming the option, when `access` is unfit. */
export function dialectFor({ key, secure, version = secure ? "v2" : "v1" }: BridgeAccess): Dialect {
	if (typeof key !== "string" || key === "") throw new Error("key: the bridge lets nobody in without one; pair first");
	if (version === "v2" && !secure) throw new Error("version: v2 of the Hue API is spoken over https only");
	return version === "v2" ? makeV2(key) : makeV1(key);
}

/** The bridge answers within 300 ms when it is well; a busy bridge within two seconds. */
const answer_ms = 5_000;
/** The whole list of a full bridge (63 lights, 64 rooms) has some 90 KB. */
const body_max_bytes = 262_144;

export class Bridge {
	readonly #device: Device;
	readonly #access: BridgeAccess;
	readonly #alarm: Alarm;
	#http: Http | undefined;
	#late: ((reason: string) => void) | undefined;

	constructor(device: Device, access: BridgeAccess) {
		this.#device = device;
		this.#access = access;
		this.#alarm = device.time.alarm(() => this.#expired());
	}

	/** A request has no answer yet. */
	get busy(): boolean {
		return this.#late !== undefined;
	}

	/** Sends one request; one of the two functions is called, once, from the event loop. Throws while another request is under way. */
	send(
		request: { method: "GET" | "PUT"; path: string; headers: Readonly<Record<string, string>>; body?: string },
		onDone: (status: number, body: string) => void,
		onError: (reason: string) => void,
	): void {
		if (this.busy) throw new Error("Bridge: a request is under way");
		this.#late = onError;
		this.#alarm.set(answer_ms);
		this.#http ??= this.open();
		this.#http.request({
			...request,
			onDone: (status, body) => {
				this.#end();
				onDone(status, body);
			},
			onError: (reason) => this.#fail(reason),
		});
	}

	/** Another connection to the same bridge, such as for its events. */
	open(): Http {
		const { host, port, secure } = this.#access;
		const { http } = this.#device.network;
		// a host with little memory sets a limit of its own
		return new http.io({ limit: body_max_bytes, ...http, host, port: port ?? (secure ? 443 : 80), secure });
	}

	close(): void {
		this.#late = undefined;
		this.#alarm.close();
		this.#http?.close();
	}

	#end(): void {
		this.#late = undefined;
		this.#alarm.clear();
	}

	#expired(): void {
		this.#fail("no answer within 5 s");
	}

	#fail(reason: string): void {
		const tell = this.#late;
		this.#end();
		this.#http?.close();
		this.#http = undefined;
		tell?.(reason);
	}
}
