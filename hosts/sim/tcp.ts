// ECMA-419 §10 TCP: the SDK's class, with a plug that can be pulled, and with one fault of mcsim corrected.
import TCP from "embedded:io/socket/tcp";
import Timer from "timer";
import type { ByteBuffer, SocketOptions } from "../../src/host.js";
import type { Panel } from "./panel.js";

/** The SDK's class as it is; its typings say less. */
interface Native {
	read(buffer: ByteBuffer): number | undefined;
	/** Undefined when the connection has broken. */
	write(buffer: ByteBuffer): number | undefined;
	close(): void;
}
const NativeTCP = TCP as unknown as new (options: object) => Native;

export interface PlugOptions extends SocketOptions {
	plug: Plug;
}

/** The network cable of the simulated device. */
export class Plug {
	in = true;
	readonly sockets = new Set<PluggedTCP>();

	constructor(panel: Panel) {
		panel.onPlug = (plugged) => {
			this.in = plugged;
			// As with a real cable, there is no error. An open connection stays silent for ever, also when the plug is back.
			if (!plugged) for (const socket of this.sockets) socket.cut();
		};
	}
}

export default class PluggedTCP {
	readonly #options: PlugOptions;
	#native: Native | undefined;
	#silent = false;
	#writable = 0;
	#failed: Timer | undefined;

	constructor(options: PlugOptions) {
		this.#options = options;
		this.#silent = !options.plug.in;
		const { address, port } = options;
		if (!this.#silent)
			this.#native = new NativeTCP({
				address,
				port,
				nodelay: true,
				onReadable: (count: number) => {
					if (!this.#silent) options.onReadable(count);
				},
				onWritable: (count: number) => {
					this.#writable = count;
					if (!this.#silent) options.onWritable(count);
				},
				onError: () => {
					if (!this.#silent) options.onError();
				},
			});
		options.plug.sockets.add(this);
	}

	/** The plug was pulled: from now on no bytes come and none go, and there is no error. */
	cut(): void {
		this.#silent = true;
	}

	read(buffer: Uint8Array): number | undefined {
		return this.#silent ? undefined : this.#native?.read(buffer);
	}

	write(buffer: ByteBuffer): number {
		const length = buffer.byteLength;
		if (length > this.#writable) throw new RangeError(`TCP: ${length} bytes to write, ${this.#writable} writable`);
		this.#writable -= length;
		if (this.#silent) return this.#writable;
		const left = this.#native?.write(buffer);
		if (left !== undefined) return left;
		// mcsim's class does not call onError when a write finds the connection broken.
		this.#failed ??= Timer.set(() => this.#options.onError(), 1);
		return 0;
	}

	close(): void {
		this.#options.plug.sockets.delete(this);
		if (this.#failed) Timer.clear(this.#failed);
		this.#native?.close();
		this.#native = undefined;
		this.#silent = true;
	}
}
