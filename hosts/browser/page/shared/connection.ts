// The state of a role's link, which the role does not show: the end of the connection, the next try, and how often it was thrown out.
import { Link, type LinkOptions } from "../../../../src/mqtt/link/link.js";

/** A connection that ends within this time was thrown out; after so many in a row another device may have the same id. */
const thrownOut_ms = 10_000;
const thrownOut_times = 3;

export interface Connection {
	readonly up: boolean;
	/** The reason of the last end; `""` while the connection is up, or before the first try has ended. */
	readonly reason: string;
	/** The time of the next try, in milliseconds since 1970; 0: no try is due. */
	readonly retry: number;
	/** Another device may have this device's id. */
	readonly thrownOut: boolean;
}

/** A link class for the option `link` of a role. `told` is called at every change, from the event loop. */
export class Watch {
	connection: Connection = { up: false, reason: "", retry: 0, thrownOut: false };
	readonly link: new (
		options: LinkOptions,
	) => Link;
	#current: Link | undefined;
	#since = 0;
	#times = 0;

	constructor(told: () => void) {
		const watch = this;
		this.link = class extends Link {
			constructor(options: LinkOptions) {
				super({
					...options,
					onUp(present) {
						watch.#since = Date.now();
						watch.connection = { up: true, reason: "", retry: 0, thrownOut: false };
						options.onUp?.(present);
						told();
					},
					onDown(reason, retry) {
						const lasted = watch.#since === 0 ? 0 : Date.now() - watch.#since;
						// A connection that never came up was not thrown out.
						if (watch.#since !== 0) watch.#times = lasted < thrownOut_ms ? watch.#times + 1 : 0;
						watch.#since = 0;
						watch.connection = { up: false, reason, retry: Date.now() + retry, thrownOut: watch.#times >= thrownOut_times };
						options.onDown?.(reason, retry);
						told();
					},
				});
				watch.#current = this;
			}
		};
	}

	/** Sends PINGREQ to the broker, or begins the next try now. */
	prove(patience: number, proved: () => void): void {
		this.#current?.prove(patience, proved);
	}
}
