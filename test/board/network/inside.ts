// Runs in a network of its own, where multicast works: a board's announcer over Node's UDP, and somebody else's code that looks for it.
import { createSocket, type RemoteInfo } from "node:dgram";
import { browse } from "../../../hosts/node/mdns/browse.js";
import { Survey } from "../../../hosts/xs/dns-sd.js";
import { decoded } from "../dns-packet.js";
import { load } from "../fakes.js";

const { Announcer } = await load("announce");
const address = "192.0.2.1";
const type = "_lampwire._tcp.local";

/** The SDK's UDP, as far as the announcer needs it. */
class UDP {
	readonly #socket = createSocket({ type: "udp4", reuseAddr: true });
	readonly #packets: object[] = [];
	/** What is to be done once it is bound. */
	readonly #early: (() => void)[] = [];
	#bound = false;
	constructor({ port, onReadable }: { port: number; onReadable(packets: number): void }) {
		this.#socket.on("message", (bytes: Buffer, { address, port }: RemoteInfo) => {
			this.#packets.push(Object.assign(new Uint8Array(bytes).buffer, { address, port }));
			onReadable(1);
		});
		this.#socket.bind(port, () => {
			this.#bound = true;
			for (const then of this.#early.splice(0)) then();
		});
	}
	#soon(then: () => void): void {
		if (this.#bound) then();
		else this.#early.push(then);
	}
	add(group: string): void {
		this.#soon(() => this.#socket.addMembership(group, address));
	}
	read(): object | undefined {
		return this.#packets.shift();
	}
	write(bytes: Uint8Array, address: string, port: number): void {
		const copy = bytes.slice();
		this.#soon(() => this.#socket.send(copy, port, address));
	}
	close(): void {
		this.#socket.close();
	}
}
const time = {
	now: () => performance.now(),
	alarm(ring: () => void) {
		let timer: NodeJS.Timeout | undefined;
		const clear = () => clearTimeout(timer);
		const set = (ms: number) => {
			clear();
			timer = setTimeout(ring, ms);
		};
		return { set, clear, close: clear };
	},
};
const announcer = new Announcer({
	io: UDP,
	time,
	random: Math.random,
	told: () => ({ role: "lamp", id: "attic", topic: "home/light", host: "lampwire-a1b2c3", address }),
});
announcer.changed();
const found = () => browse(type, { deadline_ms: 2_500, others_ms: 300, socket: { interface: address, bind: "0.0.0.0" } as object });
// after both announcements: this one is an answer
await new Promise((resolve) => setTimeout(resolve, 1_500));
process.stdout.write(`${JSON.stringify(await found())}\n`);

// as a board asks, from a port of its own
const asker = createSocket("udp4");
const answer = new Promise<Buffer>((resolve) => asker.on("message", resolve));
asker.send(new Survey("_lampwire").question(), 5353, "224.0.0.251");
const { questions, answers } = decoded(await answer);
process.stdout.write(`${JSON.stringify({ questions, answers: answers?.length })}\n`);
asker.close();

announcer.close();
process.stdout.write(`${JSON.stringify(await found())}\n`);
process.exit(0);
