// A fake world for XS alone: a socket that swallows writes and hands out prepared bytes, a clock that stands still. Used by the tests and
// the benchmark that count slots and steps, for our client and for the SDK's alike, so it must cost both the same and next to nothing.

type Callback = (count: number) => void;

export class FakeSocket {
	static last: FakeSocket;
	/** What `read` gives, from `position` on. */
	incoming: Uint8Array = new Uint8Array(0);
	position = 0;
	written = 0;
	#copied: unknown;
	format = "buffer";
	readonly onReadable: Callback;
	readonly onWritable: Callback;
	readonly onError: (() => void) | undefined;
	constructor(options: { onReadable: Callback; onWritable: Callback; onError?: () => void }) {
		this.onReadable = options.onReadable;
		this.onWritable = options.onWritable;
		this.onError = options.onError;
		FakeSocket.last = this;
	}
	write(_buffer: unknown): number {
		this.written++;
		return 1_000_000;
	}
	/**
	 * A socket's read is native and costs a script no step; copying with a script would cost two a byte. So the same bytes into the same
	 * buffer are copied once: they still stand there.
	 */
	read(into?: Uint8Array | number): number | ArrayBufferLike | Uint8Array | undefined {
		const incoming = this.incoming;
		if (incoming === this.#copied) return into;
		if (this.format === "number") return incoming[this.position++];
		if (typeof into === "object") {
			const from = this.position;
			this.position = from + into.byteLength;
			if (into.byteLength === incoming.length) {
				into.set(incoming);
				this.#copied = incoming;
			} else for (let i = 0; i < into.byteLength; i++) into[i] = incoming[from + i];
			return into.byteLength;
		}
		this.position += into as number;
		return incoming.buffer.slice(this.position - (into as number), this.position);
	}
	close(): void {}
	/** Delivers `bytes` in one piece; `changed`: they are not what this array held before. */
	deliver(bytes: Uint8Array, changed = false): void {
		if (changed) this.#copied = undefined;
		this.incoming = bytes;
		this.position = 0;
		this.onReadable(bytes.length);
	}
}

export class FakeResolver {
	resolve(options: { host: string; onResolved(host: string, address: string): void }): void {
		options.onResolved(options.host, "127.0.0.1");
	}
	close(): void {}
}

let now = 1;
const alarms: { set: boolean; ring: () => void }[] = [];
export const fakeTime = {
	now: (): number => now,
	alarm(ring: () => void) {
		const alarm = { set: false, ring };
		alarms.push(alarm);
		return {
			set(_ms: number): void {
				alarm.set = true;
			},
			clear(): void {
				alarm.set = false;
			},
			close(): void {
				alarm.set = false;
			},
		};
	},
};
/** Lets every alarm that is set ring once, however long it was set for. */
export function ringAll(): void {
	now += 1;
	for (const alarm of [...alarms]) {
		if (!alarm.set) continue;
		alarm.set = false;
		alarm.ring();
	}
}

/** Bytes of a PUBLISH, QoS 0, or 1 and 2 with packet id 10. */
export function publishBytes(topic: string, payload: string, QoS = 0): Uint8Array {
	const body: number[] = [0, topic.length];
	for (let i = 0; i < topic.length; i++) body.push(topic.charCodeAt(i));
	if (QoS) body.push(0, 10);
	for (let i = 0; i < payload.length; i++) body.push(payload.charCodeAt(i));
	return new Uint8Array([0x30 | (QoS << 1), body.length, ...body]);
}
