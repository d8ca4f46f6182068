import TLSSocket from "embedded:io/socket/tcp/tls";
import PluggedTCP from "hosts/sim/tcp";

/** The SDK's own socket throws a refusal out of its callbacks. */
class Catching extends PluggedTCP {
	constructor({ onReadable, onWritable, onError, ...options }) {
		const guard =
			(body) =>
			(...words) => {
				try {
					body(...words);
				} catch (error) {
					this.close();
					options.refused(error);
				}
			};
		super({ ...options, onReadable: guard(onReadable), onWritable: guard(onWritable), onError: guard(onError) });
	}
}

export function ask() {}

export function open({ host, port, authorities, ...callbacks }) {
	const plug = { in: true, sockets: new Set() };
	return new TLSSocket({
		...callbacks,
		refused: (error) => callbacks.onError(error),
		plug,
		address: "127.0.0.1",
		host,
		port,
		TCP: { io: Catching },
		secure: { certificate: Uint8Array.fromBase64(authorities[0]).buffer, cache: false },
	});
}
