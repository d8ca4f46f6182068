// One lookup of a host name: asked once, answered once, or cancelled.
import type { Resolver, ResolverProvider } from "../../host.js";

export class NameLookup {
	#resolver: Resolver | undefined;

	/** Whether an answer is awaited. */
	get open(): boolean {
		return this.#resolver !== undefined;
	}

	/** Asks for the addresses of `host`. Exactly one of the two callbacks is called, from the event loop, unless the lookup is cancelled before. */
	ask(dns: ResolverProvider, host: string, onResolved: (addresses: readonly string[]) => void, onError: (why: unknown) => void): void {
		try {
			const resolver = new dns.io({ ...dns });
			this.#resolver = resolver;
			// a resolver that was closed may answer all the same; only the current resolver counts
			const answered = () => {
				const current = this.#resolver === resolver;
				if (current) this.cancel();
				return current;
			};
			resolver.resolve({
				host,
				onResolved: (_host, address, others) => {
					if (answered()) onResolved(others === undefined ? [address] : [address, ...others]);
				},
				onError: () => {
					if (answered()) onError(host);
				},
			});
		} catch (error) {
			this.cancel();
			onError(error);
		}
	}

	cancel(): void {
		this.#resolver?.close();
		this.#resolver = undefined;
	}
}
