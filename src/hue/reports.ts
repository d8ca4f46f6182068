// The bridge's reports (API v2): one connection that stays open, and opens again when it ends.
import type { Alarm, Device, Http } from "../host.js";
import { verdictOfStatus } from "./dialect.js";
import { EventStream } from "./events.js";
import type { Shown } from "./mapping.js";
import { eventPath, shownV2 } from "./v2.js";

const retry_min_ms = 1_000;
const retry_max_ms = 60_000;
/** A bridge sends a comment or an event within some minutes at the most; a stream that is silent for so long is opened again. */
const silent_ms = 600_000;

export interface ReportsOptions {
	device: Device;
	open(): Http;
	headers: Readonly<Record<string, string>>;
	/** A light or a group has changed; `on` and `level` are its new state, as far as the report gives it. */
	onShown(id: string, shown: Shown): void;
	/** The stream has opened: earlier changes were not reported. */
	onOpen(): void;
	/** The bridge refuses its events to this key: the stream is not opened again. */
	onUnauthorized(): void;
}

export class Reports {
	readonly #options: ReportsOptions;
	readonly #alarm: Alarm;
	#http: Http | undefined;
	#retry_ms = retry_min_ms;

	constructor(options: ReportsOptions) {
		this.#options = options;
		this.#alarm = options.device.time.alarm(() => this.#open());
		this.#alarm.set(0);
	}

	close(): void {
		this.#alarm.close();
		this.#http?.close();
		this.#http = undefined;
	}

	#open(): void {
		const { open, headers, onShown, onOpen, onUnauthorized } = this.#options;
		this.#http?.close();
		const http = open();
		this.#http = http;
		const stream = new EventStream((id, update) => onShown(id, shownV2(update)));
		let heard = false;
		http.request({
			method: "GET",
			path: eventPath,
			headers: { ...headers, accept: "text/event-stream" },
			onPiece: (text) => {
				this.#alarm.set(silent_ms);
				try {
					stream.take(text);
				} catch {
					return this.#again();
				}
				// the bridge begins with a comment; until then it may still refuse
				if (heard || !stream.opened) return;
				heard = true;
				this.#retry_ms = retry_min_ms;
				onOpen();
			},
			onDone: (status) => {
				if (verdictOfStatus(status)?.kind !== "unauthorized") return this.#again();
				this.close();
				onUnauthorized();
			},
			onError: () => this.#again(),
		});
		this.#alarm.set(silent_ms);
	}

	/** The connection of the commands reports an outage; this one only tries again. */
	#again(): void {
		this.#http?.close();
		this.#http = undefined;
		const { device } = this.#options;
		this.#alarm.set(Math.round(this.#retry_ms * (0.75 + 0.5 * device.random())));
		this.#retry_ms = Math.min(this.#retry_ms * 2, retry_max_ms);
	}
}
