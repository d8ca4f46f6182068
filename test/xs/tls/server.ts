// A TLS 1.2 server written by hand (RFC 5246, RFC 8422, RFC 5288), to do what an honest one never does.
import { createCipheriv, createDecipheriv, createECDH, createHash, createHmac, type KeyObject, randomBytes, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

const handshake = 22;
const alert = 21;
const cipherSpec = 20;
const application = 23;

export interface Wrongs {
	/** In DER, the first its own. */
	chain: Buffer[];
	key: KeyObject;
	kind: "ec" | "rsa";
	version?: number;
	/** Of the key exchange: the two numbers of its algorithm, and what stands for its signature. */
	algorithm?: [number, number];
	signature?: Buffer;
	/** Messages that are left out. */
	without?: "Certificate" | "ServerKeyExchange" | "ChangeCipherSpec" | "ServerHelloDone";
	/** Instead of a ServerHello. */
	answer?: Buffer;
	/** Records in the clear, before ChangeCipherSpec; what is left of the handshake comes in pieces then. */
	inject?: Buffer;
	/** Goes silent after ServerHello. */
	stop?: boolean;
	/** Of records; default: as much as there is. */
	fragment?: number;
	/** After the handshake, encrypted: a message of it. */
	after?: Buffer;
	/** Said to the client when it has been heard. */
	reply?: string;
	/** The verify data of Finished is wrong. */
	forgedFinished?: boolean;
}

const u8 = (value: number) => Buffer.from([value]);
const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);
const u24 = (value: number) => Buffer.from([value >> 16, (value >> 8) & 0xff, value & 0xff]);

export const record = (type: number, body: Buffer, version = 0x0303) => Buffer.concat([u8(type), u16(version), u16(body.length), body]);
export const alertRecord = (level: number, description: number) => record(alert, Buffer.from([level, description]));
export const clearText = (text: string) => record(application, Buffer.from(text));
const message = (type: number, body: Buffer) => Buffer.concat([u8(type), u24(body.length), body]);

function prf(secret: Buffer, label: string, seed: Buffer, bytes: number): Buffer {
	const all = Buffer.concat([Buffer.from(label), seed]);
	const hmac = (data: Buffer) => createHmac("sha256", secret).update(data).digest();
	let a = all;
	let out: Buffer = Buffer.alloc(0);
	while (out.length < bytes) {
		a = hmac(a);
		out = Buffer.concat([out, hmac(Buffer.concat([a, all]))]);
	}
	return out.subarray(0, bytes);
}

/** One end of AES-128-GCM. */
class Sealed {
	readonly #key: Buffer;
	readonly #salt: Buffer;
	#count = 0n;

	constructor(key: Buffer, salt: Buffer) {
		this.#key = key;
		this.#salt = salt;
	}

	#extra(type: number, length: number): Buffer {
		const count = Buffer.alloc(8);
		count.writeBigUInt64BE(this.#count++);
		return Buffer.concat([count, u8(type), u16(0x0303), u16(length)]);
	}

	seal(type: number, body: Buffer): Buffer {
		const nonce = randomBytes(8);
		const cipher = createCipheriv("aes-128-gcm", this.#key, Buffer.concat([this.#salt, nonce]));
		cipher.setAAD(this.#extra(type, body.length));
		const sealed = Buffer.concat([cipher.update(body), cipher.final()]);
		return record(type, Buffer.concat([nonce, sealed, cipher.getAuthTag()]));
	}

	open(type: number, body: Buffer): Buffer {
		const cipher = createDecipheriv("aes-128-gcm", this.#key, Buffer.concat([this.#salt, body.subarray(0, 8)]));
		cipher.setAAD(this.#extra(type, body.length - 24));
		cipher.setAuthTag(body.subarray(-16));
		return Buffer.concat([cipher.update(body.subarray(8, -16)), cipher.final()]);
	}
}

class Conversation {
	readonly #socket: Socket;
	readonly #wrongs: Wrongs;
	readonly #server: HandServer;
	readonly #ecdh = createECDH("prime256v1");
	#unread: Buffer = Buffer.alloc(0);
	#said: Buffer = Buffer.alloc(0);
	#clientRandom: Buffer = Buffer.alloc(0);
	readonly #serverRandom = randomBytes(32);
	#master: Buffer = Buffer.alloc(0);
	#hears: Sealed | undefined;
	#speaks: Sealed | undefined;
	#incoming: Sealed | undefined;

	constructor(socket: Socket, wrongs: Wrongs, server: HandServer) {
		this.#socket = socket;
		this.#wrongs = wrongs;
		this.#server = server;
		socket.on("error", () => {});
		socket.on("data", (data) => this.#hear(data));
	}

	#hear(data: Buffer): void {
		this.#unread = Buffer.concat([this.#unread, data]);
		while (this.#unread.length >= 5) {
			const end = 5 + this.#unread.readUInt16BE(3);
			if (this.#unread.length < end) return;
			const type = this.#unread[0] as number;
			const body = this.#unread.subarray(5, end);
			this.#unread = this.#unread.subarray(end);
			this.#take(type, this.#incoming ? this.#incoming.open(type, body) : body);
		}
	}

	#take(type: number, body: Buffer): void {
		if (type === alert) this.#server.alerts.push(body[1] as number);
		if (type === application) {
			this.#server.heard += body.toString();
			if (!this.#incoming) this.#server.clear = true;
			if (this.#wrongs.reply !== undefined && this.#speaks)
				this.#socket.write(this.#speaks.seal(application, Buffer.from(this.#wrongs.reply)));
		}
		if (type === cipherSpec) this.#incoming = this.#hears;
		if (type !== handshake) return;
		this.#said = Buffer.concat([this.#said, body]);
		if (body[0] === 1) this.#hello(body);
		if (body[0] === 16) this.#exchange(body);
		if (body[0] === 20) this.#finish();
	}

	#say(...messages: Buffer[]): void {
		const all = Buffer.concat(messages);
		this.#said = Buffer.concat([this.#said, all]);
		const size = this.#wrongs.fragment ?? all.length;
		for (let at = 0; at < all.length; at += size) this.#socket.write(record(handshake, all.subarray(at, at + size)));
	}

	#hello(body: Buffer): void {
		const { chain, key, kind, version = 0x0303, algorithm, without, answer, stop } = this.#wrongs;
		this.#clientRandom = Buffer.from(body.subarray(6, 38));
		this.#server.randoms.push(this.#clientRandom.toString("hex"));
		if (answer) {
			this.#socket.write(answer);
			return;
		}
		const suite = kind === "ec" ? 0xc02b : 0xc02f;
		const hello = message(2, Buffer.concat([u16(version), this.#serverRandom, u8(0), u16(suite), u8(0)]));
		if (stop) {
			this.#say(hello);
			return;
		}
		const list = Buffer.concat(chain.flatMap((one) => [u24(one.length), one]));
		const certificate = message(11, Buffer.concat([u24(list.length), list]));
		const point = this.#ecdh.generateKeys();
		const params = Buffer.concat([Buffer.from([3, 0, 23, point.length]), point]);
		const signed = Buffer.concat([this.#clientRandom, this.#serverRandom, params]);
		const [hash, signer] = algorithm ?? [4, kind === "ec" ? 3 : 1];
		const signature = this.#wrongs.signature ?? sign(hash === 2 ? "sha1" : "sha256", signed, key);
		const exchange = message(12, Buffer.concat([params, u8(hash), u8(signer), u16(signature.length), signature]));
		this.#say(
			hello,
			...(without === "Certificate" ? [] : [certificate]),
			...(without === "ServerKeyExchange" ? [] : [exchange]),
			...(without === "ServerHelloDone" ? [] : [message(14, Buffer.alloc(0))]),
		);
	}

	#exchange(body: Buffer): void {
		const point = body.subarray(5, 5 + (body[4] as number));
		this.#server.keys.push(point.toString("hex"));
		const secret = this.#ecdh.computeSecret(point);
		this.#master = prf(secret, "master secret", Buffer.concat([this.#clientRandom, this.#serverRandom]), 48);
		const block = prf(this.#master, "key expansion", Buffer.concat([this.#serverRandom, this.#clientRandom]), 40);
		this.#hears = new Sealed(block.subarray(0, 16), block.subarray(32, 36));
		this.#speaks = new Sealed(block.subarray(16, 32), block.subarray(36, 40));
	}

	#finish(): void {
		const { without, after, forgedFinished, inject } = this.#wrongs;
		const verify = prf(this.#master, "server finished", createHash("sha256").update(this.#said).digest(), 12);
		if (forgedFinished) verify[0] = (verify[0] as number) ^ 1;
		const finished = message(20, verify);
		const speaks = this.#speaks as Sealed;
		if (without === "ChangeCipherSpec") {
			this.#socket.write(record(handshake, finished));
			return;
		}
		if (inject) {
			this.#socket.write(inject);
			setTimeout(() => this.#socket.write(record(cipherSpec, u8(1))), 200);
			setTimeout(() => this.#socket.write(speaks.seal(handshake, finished)), 400);
			return;
		}
		this.#socket.write(Buffer.concat([record(cipherSpec, u8(1)), speaks.seal(handshake, finished)]));
		if (after) this.#socket.write(speaks.seal(handshake, after));
	}
}

export class HandServer {
	/** What the application of the client has said, in the clear or not. */
	heard = "";
	/** The client has spoken in the clear. */
	clear = false;
	/** Of every start. */
	readonly randoms: string[] = [];
	readonly keys: string[] = [];
	/** What the client has been told to be wrong (RFC 5246 §7.2). */
	readonly alerts: number[] = [];
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();

	constructor(wrongs: Wrongs) {
		this.#server = createServer((socket) => {
			this.#sockets.add(socket);
			new Conversation(socket, wrongs, this);
		});
	}

	async listen(): Promise<number> {
		this.#server.listen(0, "127.0.0.1");
		await once(this.#server, "listening");
		return (this.#server.address() as { port: number }).port;
	}

	close(): void {
		for (const socket of this.#sockets) socket.destroy();
		this.#server.close();
	}
}
