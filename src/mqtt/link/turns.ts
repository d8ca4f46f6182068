// Several brokers, as the nodes of a cluster, for a link that knows of one: each connection goes to the next of them.
import type { Resolver, ResolverProvider, Socket, SocketOptions, SocketProvider } from "../../host.js";
import { type BrokerUrl, shownBroker } from "./broker-url.js";

/** What a link is to be given to reach them. */
export interface Reach {
	host: string;
	port: number;
	socket: SocketProvider;
	dns: ResolverProvider;
	/** Which one is reached, or tried. For a log. */
	where(): string;
}

type Request = Parameters<Resolver["resolve"]>[0];

/** `socketFor` gives the class, with its options, that speaks the broker's scheme. */
export function reach(brokers: readonly BrokerUrl[], socketFor: (broker: BrokerUrl) => SocketProvider, dns: ResolverProvider): Reach {
	const sockets = brokers.map(socketFor);
	const [first] = brokers;
	if (brokers.length === 1) return { host: first.host, port: first.port, socket: sockets[0], dns, where: () => shownBroker(first) };
	/** Whose turn it is; -1: nobody was tried. */
	let turn = -1;

	class Turning implements Resolver {
		readonly #resolver = new dns.io({ ...dns });

		/** The next broker whose name can be resolved. */
		resolve(request: Request): void {
			this.#next(request, brokers.length);
		}

		#next({ host: all, onResolved, onError }: Request, left: number): void {
			turn = (turn + 1) % brokers.length;
			this.#resolver.resolve({
				host: brokers[turn].host,
				onResolved: (_host, address, others) => onResolved.call(this, all, address, others),
				onError: () => {
					if (left > 1) this.#next({ host: all, onResolved, onError }, left - 1);
					else onError.call(this, all);
				},
			});
		}

		close(): void {
			this.#resolver.close();
		}
	}

	/** The socket of the broker whose turn it is. */
	class Turned {
		constructor(options: SocketOptions) {
			const { host, port } = brokers[turn];
			const { io, ...more } = sockets[turn];
			const { address, onReadable, onWritable, onError } = options;
			// biome-ignore lint/correctness/noConstructorReturn: whoever asks for a socket gets that of the broker
			return new io({ ...more, address, host, port, onReadable, onWritable, onError }) as Socket & Turned;
		}
	}

	return {
		// what could not be resolved is told by it
		host: brokers.map(({ host }) => host).join(", "),
		port: first.port,
		socket: { io: Turned as unknown as SocketProvider["io"] },
		dns: { io: Turning },
		where: () => shownBroker(brokers[Math.max(0, turn)]),
	};
}
