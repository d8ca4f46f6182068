// The counters of a link.

/** Counts since the start. */
export interface Counters {
	/** Connections that came up. */
	connects: number;
	/** Messages handed to the socket, and again after a reconnect. */
	published: number;
	resent: number;
	/** Messages received, of any size. */
	received: number;
	/** Messages drained because their topic was too long. */
	oversize: number;
	/** Messages dropped: published while the broker was away, or without room. */
	dropped: number;
	/** Subscriptions that the broker refused. */
	refused: number;
	/** Messages given up because connections ended upon them. */
	givenUp: number;
	/** Messages on a topic without a listener. */
	unheard: number;
	/** Copies of messages that a broker sends for each filter that matches their topic: not handed over again. */
	copies: number;
	/** Faults of the broker that were taken all the same. */
	readonly tolerated: number;
}

/** All at 0. `tolerated` returns the client's count. */
export function newCounters(tolerated: () => number): Counters {
	return {
		connects: 0,
		published: 0,
		resent: 0,
		received: 0,
		oversize: 0,
		dropped: 0,
		refused: 0,
		givenUp: 0,
		unheard: 0,
		copies: 0,
		get tolerated() {
			return tolerated();
		},
	};
}
