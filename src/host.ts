// The interfaces that a host supplies. Everything below `src/` reaches the outside world through them and names no global of
// any host: that is how one source runs on an ESP32, in mcsim, in Node.js and in the browser.
// Their shapes are those of ECMA-419 (IO class pattern §9, TCP §10, DNS §24, MQTT §25); `time` is an addition.

/** ECMA-419 "Byte Buffer": the argument of every `read` and `write` of an IO. */
export type ByteBuffer = ArrayBuffer | SharedArrayBuffer | Uint8Array | Int8Array | DataView;

/** A one-shot timer that is made once and set many times, so that setting it allocates nothing. */
export interface Alarm {
	/** Rings once after `milliseconds` (≥ 0); an earlier setting is void. */
	set(milliseconds: number): void;
	/** Cancels the setting, if there is one. */
	clear(): void;
	/** Releases the timer. The alarm never rings afterwards. */
	close(): void;
}

export interface Time {
	/** Milliseconds since a moment of the host's choice. MUST never go back and never wrap. */
	now(): number;
	/** A new alarm, not set. MUST call `ring` from the host's event loop, never from inside `set`. */
	alarm(ring: () => void): Alarm;
}

/**
 * A stream socket: ECMA-419 §10 TCP as the Moddable SDK has it; ordered, nothing lost [MQTT-7.1.2-1]. MUST NOT call back from inside its
 * constructor or methods, nor after `close()`.
 */
export interface Socket {
	/** Takes exactly `buffer.byteLength` bytes, which MUST NOT exceed the count last reported less the bytes read since. */
	read(buffer: Uint8Array): number | undefined;
	/**
	 * Sends all of `buffer`, copied before `write` returns; throws when `buffer` is longer than the writable count. Returns the new writable
	 * count. MUST NOT throw because the connection has ended: then `write` returns 0, and `onError` follows.
	 */
	write(buffer: ByteBuffer): number;
	close(): void;
}

export interface SocketOptions {
	address: string;
	host: string;
	port: number;
	/** `count` bytes can be read, in all. The socket may report the bytes behind them only once these are read. */
	onReadable(count: number): void;
	/** `count` bytes can be written, in all. The first call means: connected. */
	onWritable(count: number): void;
	/** The connection has ended, for any reason; all bytes received have been reported and read before. */
	onError(error?: unknown): void;
	[option: string]: unknown;
}

export interface SocketProvider {
	io: new (options: SocketOptions) => Socket;
	[option: string]: unknown;
}

/** The options of a class that a host supplies; only the class itself has their types. */
// biome-ignore lint/suspicious/noExplicitAny: nothing narrower holds for every class
type ClassOptions = any;

/** ECMA-419 §24 domain name resolver. */
export interface Resolver {
	/**
	 * `onResolved` gets the address that the system would take first and, where the name has more and the host can supply them, `others` in
	 * the system's order. IPv6 addresses come without brackets.
	 */
	resolve(request: {
		host: string;
		onResolved(host: string, address: string, others?: readonly string[]): void;
		onError(host: string): void;
	}): void;
	close(): void;
}

export interface ResolverProvider {
	io: new (options: ClassOptions) => Resolver;
	[option: string]: unknown;
}

/** ECMA-419 §10 Analog: a potentiometer on an ADC pin. */
export interface Analog {
	/** One sample, `0` to `2 ** resolution - 1`; `undefined`: the conversion failed. */
	read(): number | undefined;
	/** Bits of a sample. */
	readonly resolution: number;
	close(): void;
}

/** ECMA-419 §10 PWM: an LED. */
export interface PWM {
	/** Duty, `0` (off) to `2 ** resolution - 1` (on all the time). */
	write(duty: number): void;
	/** Bits of duty. */
	readonly resolution: number;
	/** Frequency in hertz. */
	readonly hz: number;
	close(): void;
}

/** A class and the options to construct it with: `new provider.io(provider)`. */
export interface Provider<T> {
	io: new (options: ClassOptions) => T;
	[option: string]: unknown;
}

/**
 * A few small values that outlive a power cut; ECMA-419's key-value storage in little. A write MUST leave either the old value or the new
 * one, whenever the power fails. A write may wear the medium, so a role writes seldom; to write a value that is there already MUST cost
 * nothing. NVS, a file and a browser can all store numbers and texts. There is no delete: a value that is not used any more is overwritten.
 */
export interface Store {
	/**
	 * The value that was written under `key`: 1 to 15 of `a`..`z`, digits and `_` (NVS on an ESP32 has no longer keys). `undefined` when there
	 * is none, or when it is damaged: MUST NOT throw.
	 */
	read(key: string): number | string | undefined;
	/**
	 * Keeps a whole number of 32 bits, or a text without NUL of up to 3,999 bytes, in UTF-8 (a Pico: 63). Throws, naming
	 * `store`, when the value cannot be kept.
	 */
	write(key: string, value: number | string): void;
}

/** The content of `device.network.mqtt`: spread it into the options of its own `io`. */
export interface MqttProvider<Client = unknown> {
	io: new (options: ClassOptions) => Client;
	socket: SocketProvider;
	dns: ResolverProvider;
	time: Time;
	/** 0 ≤ random < 1: packet ids begin at random, so that the ids from before and after a restart are not taken for each other. */
	random?(): number;
	/** Limits that fit this host better than the defaults of `limits.ts`; the names are those of `ClientLimits` and `LinkLimits`. */
	limits?: Readonly<Record<string, number>>;
}

/** One HTTP exchange. */
export interface HttpRequest {
	method: "GET" | "POST" | "PUT";
	/** Begins with `/`. */
	path: string;
	headers?: Readonly<Record<string, string>>;
	/** Sent as UTF-8 with `Content-Length`; the type is `application/json`. */
	body?: string;
	/** With `onPiece`, the answer's body comes in pieces of text as it arrives, and `onDone` gets no body. */
	onPiece?(text: string): void;
	/** The whole answer has come, with any status. A redirect is an answer: it MUST NOT be followed. */
	onDone(status: number, body: string): void;
	/** There is no answer, or only a part of it; `reason` in a few words. */
	onError(reason: string): void;
}

/** How an HTTPS peer is authenticated. One of `pin` and `certificate` is needed; without both, only a first visit is possible, to learn the pin. */
export interface HttpSecurity {
	/** SHA-256 fingerprint of the peer's certificate, in hexadecimal. */
	pin?: string;
	/** The certificate of the authority that has signed the peer's certificate, as PEM. */
	certificate?: string;
	/** The common name that the peer's certificate must have. */
	name?: string;
}

export interface HttpOptions {
	host: string;
	port: number;
	/** Undefined: plain HTTP. */
	secure?: HttpSecurity;
	/** A longer body is an error. Bytes. */
	limit: number;
	[option: string]: unknown;
}

/** An HTTP/1.1 client of one peer. MUST NOT call back from inside its constructor or methods, nor after `close`. */
export interface Http {
	/** Throws when an exchange is under way, or after `close`. No byte of the request MUST leave before the peer is authenticated. */
	request(request: HttpRequest): void;
	/** Ends the exchange under way without a callback, and the connection. A second call does nothing. */
	close(): void;
}

/** The state of a device. A host leaves out the fields that it cannot measure. */
export interface Health {
	/** The hardware that the role runs on: a chip, a kind of processor. */
	board?: string;
	/** Wi-Fi's signal in dBm. */
	rssi?: number;
	/** Bytes of memory that are free. */
	heap?: number;
}

/** The board, the process or the page that a role runs on. */
export interface Device {
	/** The host's name, the name of its folder in `hosts/`. */
	readonly name: string;
	/** Stable over restarts and different on every device: on a board, the last three bytes of its MAC in hexadecimal. */
	readonly id: string;
	readonly time: Time;
	/** 0 ≤ random < 1. Used to spread reconnects, not for secrets. */
	random(): number;
	/** One line of a log, without a line end. */
	log(line: string): void;
	/** Called once a minute. The result is lent: it may change with the next call. */
	health?(): Health;
	readonly network: { readonly mqtt: MqttProvider; readonly http: Provider<Http> };
	readonly knob: Provider<Analog>;
	readonly led: Provider<PWM>;
	/** The store of this device alone. */
	readonly store: Store;
}
