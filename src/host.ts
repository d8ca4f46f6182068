// What a host supplies. Everything below `src/` gets the outside world through these interfaces and names no global of
// any host: that is how one source runs on an ESP32, in mcsim, in Node.js and in the browser.
// The shapes are those of ECMA-419 (IO class pattern §9, TCP §10, DNS §24, MQTT §25); `time` is ours.

/** ECMA-419 "Byte Buffer": what every `read` and `write` of an IO takes. */
export type ByteBuffer = ArrayBuffer | SharedArrayBuffer | Uint8Array | Int8Array | DataView;

/** A one-shot timer that is made once and set many times, so that setting it allocates nothing. */
export interface Alarm {
	/** Rings once after `milliseconds` (≥ 0); an earlier setting is forgotten. */
	set(milliseconds: number): void;
	/** Forgets the setting, if there is one. */
	clear(): void;
	/** Gives the timer back to the host. Never rings afterwards. */
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
	/** Takes exactly `buffer.byteLength` bytes, which MUST NOT exceed the count last reported less what was read since. */
	read(buffer: Uint8Array): number | undefined;
	/**
	 * Sends all of `buffer`, copied before it returns; throws when it is longer than what is writable. Returns what is writable then. MUST NOT
	 * throw because the connection has ended: it returns 0 then, and `onError` follows.
	 */
	write(buffer: ByteBuffer): number;
	close(): void;
}

export interface SocketOptions {
	address: string;
	host: string;
	port: number;
	/** `count` bytes can be read, in all. What stands behind them may be told of only when they are read. */
	onReadable(count: number): void;
	/** `count` bytes can be written, in all. The first call means: connected. */
	onWritable(count: number): void;
	/** The connection has ended, for whatever reason; everything received has been reported and read before. */
	onError(error?: unknown): void;
	[option: string]: unknown;
}

export interface SocketProvider {
	io: new (options: SocketOptions) => Socket;
	[option: string]: unknown;
}

/** The options of a class that is handed in are known to the class alone. */
// biome-ignore lint/suspicious/noExplicitAny: nothing narrower holds for every class
type ClassOptions = any;

/** ECMA-419 §24 domain name resolver. */
export interface Resolver {
	/**
	 * `onResolved` is given the address that the system would take first and, where the name has more and the host can tell, `others` in the
	 * system's order. IPv6 addresses come without brackets.
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
	/** Bits a sample. */
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
 * one, whenever the power goes. It may wear the medium: who writes, writes seldom; a value that is there already MUST cost nothing. Numbers
 * and texts are what NVS, a file and a browser all have. There is no delete: a value that is not wanted any more is written over.
 */
export interface Store {
	/**
	 * What was written under `key`: 1 to 15 of `a`..`z`, digits and `_` (the flash of an ESP32 knows no longer one). `undefined` when that is
	 * nothing, or damaged: MUST NOT throw.
	 */
	read(key: string): number | string | undefined;
	/**
	 * Keeps a whole number of 32 bits, or a text without NUL of up to 3,999 bytes, in UTF-8 (a Pico: 63). Throws, naming
	 * `store`, when it cannot be kept.
	 */
	write(key: string, value: number | string): void;
}

/** What `device.network.mqtt` holds: spread it into the options of its own `io`. */
export interface MqttProvider<Client = unknown> {
	io: new (options: ClassOptions) => Client;
	socket: SocketProvider;
	dns: ResolverProvider;
	time: Time;
	/** 0 ≤ random < 1: packet ids begin at random, so that those of two lives of a device are not taken for each other. */
	random?(): number;
	/** What a host knows better than the defaults of `limits.ts`; the names are those of `ClientLimits` and `LinkLimits`. */
	limits?: Readonly<Record<string, number>>;
}

/** One HTTP exchange. */
export interface HttpRequest {
	method: "GET" | "POST" | "PUT";
	/** Begins with `/`. */
	path: string;
	headers?: Readonly<Record<string, string>>;
	/** Sent as UTF-8 with `Content-Length`; its type is `application/json`. */
	body?: string;
	/** With it, the answer's body comes in pieces of text as it arrives, and `onDone` gets none. */
	onPiece?(text: string): void;
	/** The answer has come, whole, whatever its status. A redirect is an answer: it MUST NOT be followed. */
	onDone(status: number, body: string): void;
	/** There is no answer, or not all of one; `reason` in a few words. */
	onError(reason: string): void;
}

/** How an HTTPS peer is known. One of `pin` and `certificate` is needed; without either only a first visit is possible, to learn the pin. */
export interface HttpSecurity {
	/** SHA-256 fingerprint of the peer's certificate, in hexadecimal. */
	pin?: string;
	/** The certificate of the authority that has signed it, as PEM. */
	certificate?: string;
	/** The common name that it must have. */
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
	/** Throws when an exchange is under way, or after `close`. Nothing of the request MUST leave before the peer is known to be the right one. */
	request(request: HttpRequest): void;
	/** Ends the exchange under way without a call, and the connection. A second call does nothing. */
	close(): void;
}

/** How a device is. What a host cannot tell, it leaves out. */
export interface Health {
	/** What the role runs on: a chip, a kind of processor. */
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
	/** Stable over restarts and unlike that of any other device: on a board, the last three bytes of its MAC in hexadecimal. */
	readonly id: string;
	readonly time: Time;
	/** 0 ≤ random < 1. Used to spread reconnects, not for secrets. */
	random(): number;
	/** One line of a log, without a line end. */
	log(line: string): void;
	/** Asked once a minute. What it returns is lent: it may change with the next call. */
	health?(): Health;
	readonly network: { readonly mqtt: MqttProvider; readonly http: Provider<Http> };
	readonly knob: Provider<Analog>;
	readonly led: Provider<PWM>;
	/** This device's own, and nobody else's. */
	readonly store: Store;
}
