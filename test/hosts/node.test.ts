// The Node host keeps the contract; and what only Node's simulated parts promise.
import assert from "node:assert/strict";
import dns from "node:dns";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, it, mock } from "node:test";
import Http from "../../hosts/node/http.js";
import Analog, { Pot } from "../../hosts/node/knob.js";
import PWM, { Led } from "../../hosts/node/led.js";
import Resolver from "../../hosts/node/resolver.js";
import { FileStore, stateFolder } from "../../hosts/node/store.js";
import TCP from "../../hosts/node/tcp.js";
import { time } from "../../hosts/node/time.js";
import { closeAfterEach, connect, pattern } from "./contract/probe.js";
import { storeContract } from "./contract/store.js";
import { contract } from "./contract.js";
import { listen } from "./peer.js";

/** A name that has them, for this process alone. */
const several = ["several.test", "2001:db8::1", "192.0.2.1", "192.0.2.2"] as const;
const { lookup } = dns;
mock.method(dns, "lookup", (name: string, options: dns.LookupAllOptions, answer: (error: null, all: dns.LookupAddress[]) => void) => {
	if (name !== several[0]) return lookup(name, options, answer as never);
	// a hosts file may name one twice
	const all = [...several.slice(1), several[1]].map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
	setImmediate(answer, null, all);
});

const pot = new Pot();
const led = new Led();
const host = {
	name: "node",
	socket: { io: TCP },
	dns: { io: Resolver },
	time,
	http: { io: Http },
	knob: { io: Analog, pot },
	led: { io: PWM, led },
	turn: (position: number) => {
		pot.position = position;
	},
	duty: () => led.duty,
	listen,
	several,
};

contract(host);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lampwire-store-"));
after(() => fs.rmSync(folder, { recursive: true, force: true }));
const state = path.join(folder, "not", "there yet");
const { file } = new FileStore(state, "desk/lamp*");

storeContract({
	name: "node",
	open: () => new FileStore(state, "desk/lamp*"),
	openOther: () => new FileStore(state, "desk"),
	writes: () => fs.statSync(file).ino,
	damage: () => fs.writeFileSync(file, '{"level": 9'),
	// A folder where the file is put together: root, too, cannot write that.
	refuse() {
		const aside = `${file}.${process.pid}.new`;
		fs.mkdirSync(aside);
		return () => fs.rmSync(aside, { recursive: true, force: true });
	},
});

describe("node: store", () => {
	it("is a file for each id, for its owner's eyes, and leaves nothing beside it", () => {
		new FileStore(state, "desk/lamp*").write("level", 1);
		assert.deepEqual(fs.readdirSync(state), ["desk%2Flamp%2A.json"]);
		if (process.platform !== "win32") assert.equal(fs.statSync(file).mode & 0o777, 0o600);
	});

	it("is where the system's programs keep their state", () => {
		assert.equal(stateFolder({ XDG_STATE_HOME: "/state" }, "linux"), path.join("/state", "lampwire"));
		const home = path.join(os.homedir(), ".local", "state", "lampwire");
		assert.equal(stateFolder({}, "linux"), home);
		assert.equal(stateFolder({ XDG_STATE_HOME: "not/absolute" }, "linux"), home);
		assert.match(stateFolder({}, "darwin"), /Application Support/);
		assert.equal(stateFolder({ LOCALAPPDATA: "L" }, "win32"), path.join("L", "lampwire"));
	});
});

describe("node: one turn, one segment", () => {
	closeAfterEach();
	it("gathers everything written in one turn of the event loop", async (t) => {
		const { Socket } = await import("node:net");
		const { probe, peer } = await connect(host);
		const write = t.mock.method(Socket.prototype, "write");
		for (let at = 0; at < 1_000; at++) probe.socket.write(pattern(3, at * 3));
		await Promise.resolve();
		for (let at = 1_000; at < 2_000; at++) probe.socket.write(pattern(3, at * 3));
		assert.deepEqual(await peer.take(6_000), pattern(6_000));
		assert.equal(write.mock.callCount(), 1);
	});
});

describe("node: a writer that never stops", () => {
	closeAfterEach();
	it("does not keep the event loop from turning", async () => {
		const { probe, peer } = await connect(host);
		let turns = 0;
		const count = () => {
			turns++;
			if (reports.length < 100) setImmediate(count);
		};
		const reports: number[] = [];
		probe.hook = (event) => {
			if (event.kind !== "writable" || reports.length >= 100) return;
			reports.push(turns);
			probe.socket.write(pattern(1_000));
		};
		count();
		probe.socket.write(pattern(1_000));
		await peer.take(101_000);
		assert.equal(new Set(reports).size, 100, "one report a turn");
	});
});

describe("node: simulated knob", () => {
	const samples = (knob: Pot, count: number) => Array.from({ length: count }, () => knob.sample());

	it("repeats its noise by its seed", () => {
		const [first, again, other] = [7, 7, 8].map((seed) => samples(new Pot({ seed, position: 0.5 }), 50));
		assert.deepEqual(first, again);
		assert.notDeepEqual(first, other);
	});

	it("is noisy by 1 to 2 % and true on average", () => {
		const all = samples(new Pot({ position: 0.5 }), 10_000);
		const mean = all.reduce((sum, sample) => sum + sample, 0) / all.length;
		assert.ok(Math.abs(mean - 0.5) < 0.001, `mean ${mean}`);
		const worst = Math.max(...all.map((sample) => Math.abs(sample - 0.5)));
		assert.ok(worst > 0.01 && worst < 0.02, `worst ${worst}`);
	});

	it("sticks at both ends of its travel", () => {
		const knob = new Pot();
		for (const [position, value] of [
			[0, 0],
			[0.014, 0],
			[0.5, 0.5],
			[0.986, 1],
			[1, 1],
		] as const) {
			knob.position = position;
			assert.equal(knob.value, value);
		}
		knob.value = 0.25;
		assert.ok(Math.abs(knob.value - 0.25) < 1e-9);
		knob.value = 7;
		assert.equal(knob.position, 1);
		assert.throws(() => {
			knob.position = 1.1;
		});
	});
});
