// ECMA-419 §10 TCP on lwIP: the SDK's class, with one change.
import TCP from "embedded:io/socket/tcp";
import type { ByteBuffer, SocketProvider } from "../../src/host.js";

/** The SDK's class as it is; its typings say less. */
interface Native {
	write(buffer: ByteBuffer): number | undefined;
}
const NativeTCP = TCP as unknown as new (options: object) => Native;

/**
 * Between the peer's FIN and `onError` the SDK's class throws at every write ("not ready"), or returns undefined. A peer that leaves while we
 * acknowledge its last message is no reason to restart a lamp: such a write sends nothing, there is no more room, and `onError` follows.
 */
class SteadyTCP extends NativeTCP {
	override write(buffer: ByteBuffer): number {
		try {
			return super.write(buffer) ?? 0;
		} catch {
			return 0;
		}
	}
}

/** A level must not wait for the acknowledgement of the one before it: no Nagle. */
export const socket = Object.freeze({ io: SteadyTCP, nodelay: true }) as unknown as SocketProvider;
