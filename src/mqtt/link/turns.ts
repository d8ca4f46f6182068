// Several brokers, as the nodes of a cluster, for a link that has one host: each connection goes to the next of them.
import type { Resolver, ResolverProvider, Socket, SocketOptions, SocketProvider } from "../../host.js";
import { type BrokerUrl, shownBroker } from "./broker-url.js";

/** The options with which a link reaches the brokers. */
export interface Reach {
	host: string;
	port: number;
	socket: SocketProvider;
	dns: ResolverProvider;
	/** Which broker is reached, or tried. For a log. */
	where(): string;
}

type Request = Parameters<Resolver["resolve"]>[0];

/** A class whose constructor makes the socket of the broker whose turn it is. */
function socketOf(broker: () => BrokerUrl, provider: () => SocketProvider): SocketProvider {
	class Chosen {
		constructor(options: SocketOptions) {
			const { host, port } = broker();
			const { io, ...more } = provider();
			const { address, onReadable, onWritable, onError } = options;
			// biome-ignore lint/correctness/noConstructorReturn: the caller gets the socket of the broker
			return new io({ ...more, address, host, port, onReadable, onWritable, onError }) as Socket & Chosen;
		}
	}
	return { io: Chosen as unknown as SocketProvider["io"] };
}

/**
 * `socketFor` returns the socket class for the broker's scheme, with its options. `found`: returns the one broker that `dns` discovers, with a
 * port and a path of its own; called for each connection once the broker's address has come, and for a log.
 */
export function reach(
	brokers: readonly BrokerUrl[],
	socketFor: (broker: BrokerUrl) => SocketProvider,
	dns: ResolverProvider,
	found?: () => BrokerUrl,
): Reach {
	const sockets = brokers.map(socketFor);
	const [first] = brokers;
	if (found !== undefined)
		return {
			host: first.host,
			port: first.port,
			socket: socketOf(found, () => socketFor(found())),
			dns,
			where: () => shownBroker(found()),
		};
	if (brokers.length === 1) return { host: first.host, port: first.port, socket: sockets[0], dns, where: () => shownBroker(first) };
	/** The index of the broker whose turn it is; -1: none was tried. */
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

	return {
		// the names in the error when none of them can be resolved
		host: brokers.map(({ host }) => host).join(", "),
		port: first.port,
		// the broker whose turn it is
		socket: socketOf(
			() => brokers[turn],
			() => sockets[turn],
		),
		dns: { io: Turning },
		where: () => shownBroker(brokers[Math.max(0, turn)]),
	};
}
