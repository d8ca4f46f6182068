// Found by itself: what mDNS answers mean, which broker is chosen, and the commands in a network of their own.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import dns from "node:dns";
import { after, before, describe, it } from "node:test";
import { brokerAddresses } from "../../hosts/node/broker-option.js";
import { choose, withBroker } from "../../hosts/node/mdns/auto.js";
import { servicesIn } from "../../hosts/node/mdns/records.js";
import type { Settings } from "../../hosts/node/options.js";
import Resolver from "../../hosts/node/resolver.js";
import { network, noNetwork } from "./network.js";
import { Cli } from "./spawn.js";

const type = "_mqtt._tcp.local";
const records = (name: string, target: string, address: string, topic?: string) => [
	{ type: "PTR", name: type, data: `${name}.${type}` },
	{ type: "SRV", name: `${name}.${type}`, data: { target, port: 1883 } },
	...(topic === undefined ? [] : [{ type: "TXT", name: `${name}.${type}`, data: [Buffer.from(`topic=${topic}`)] }]),
	{ type: "A", name: target, data: address },
];

describe("mDNS: what its records tell", () => {
	it("instance, host, port, texts; the loopback's address last, names in either case", () => {
		const [service, ...more] = servicesIn(
			[
				...records("Lampwire on box", "box.local", "127.0.0.1", "home/light"),
				{ type: "A", name: "BOX.local", data: "192.0.2.7" },
				{ type: "AAAA", name: "box.local", data: "2001:db8::7" },
				{ type: "PTR", name: "_http._tcp.local", data: "printer" },
			],
			type,
		);
		assert.deepEqual(service, {
			name: "Lampwire on box",
			target: "box.local",
			port: 1883,
			addresses: ["192.0.2.7", "2001:db8::7", "127.0.0.1"],
			texts: { topic: "home/light" },
		});
		assert.deepEqual(more, []);
	});

	it("an instance without host and port is none", () => {
		assert.deepEqual(servicesIn([{ type: "PTR", name: type, data: `x.${type}` }], type), []);
	});
});

describe("--broker auto: which broker", () => {
	const all = servicesIn(
		[
			...records("first", "one.local", "192.0.2.1"),
			...records("second", "two.local", "192.0.2.2", "light"),
			...records("third", "three.local", "192.0.2.3", "light"),
		],
		type,
	);
	const settings = (topic: string) => ({ topic, broker: brokerAddresses("mqtt://lamp@auto") }) as Settings;

	it("one of the own topic before the others, of several who answered first; says which, why, and how to take another", async () => {
		assert.equal(choose(all, "light")?.service.name, "second");
		assert.equal(choose(all, "elsewhere")?.service.name, "first");
		assert.equal(choose([], "light"), undefined);
		const lines: string[] = [];
		const { broker } = await withBroker(
			settings("light"),
			(_, line) => lines.push(line),
			async () => all,
		);
		assert.deepEqual(broker, {
			all: [{ scheme: "mqtt", host: "two.local", port: 1883, path: "", user: "lamp" }],
			user: "lamp",
		});
		assert.deepEqual(lines, [
			'--broker auto: takes "second" at 192.0.2.2:1883, which answered first; not "first" (--broker mqtt://192.0.2.1:1883), "third" (--broker mqtt://192.0.2.3:1883)',
		]);
		lines.length = 0;
		await withBroker(
			settings("light"),
			(_, line) => lines.push(line),
			async () => all.slice(0, 2),
		);
		assert.match(lines[0] ?? "", /^--broker auto: takes "second" at .*, which alone has the topic light; not "first"/);
	});

	it("over WebSocket with its path; not with TLS, nor beside others", async () => {
		const [service] = all;
		const find = async (scheme: string) => (scheme === "ws" && service ? [{ ...service, texts: { path: "/elsewhere" } }] : []);
		const { broker } = await withBroker({ topic: "light", broker: brokerAddresses("ws://auto") } as Settings, () => {}, find);
		assert.deepEqual(broker.all, [{ scheme: "ws", host: "one.local", port: 1883, path: "/elsewhere", user: undefined }]);
		// what the network says is read as if it were typed
		const hostile = async () => (service ? [{ ...service, texts: { path: "/x HTTP/1.1\r\nHost: y" } }] : []);
		await assert.rejects(
			withBroker({ topic: "light", broker: brokerAddresses("ws://auto") } as Settings, () => {}, hostile),
			/^Error: --broker auto: what "first" tells of itself cannot be used: its path/,
		);
		for (const [written, why] of [
			["mqtts://auto", /mqtts:\/\/auto cannot be: whose certificate/],
			["auto,192.0.2.1", /auto finds one broker, and stands alone/],
		] as const)
			await assert.rejects(
				withBroker({ topic: "light", broker: brokerAddresses(written) } as Settings, () => {}, find),
				why,
			);
	});

	it("none: says what to type", async () => {
		await assert.rejects(
			withBroker(
				settings("light"),
				() => {},
				async () => [],
			),
			/no broker has told of itself in 5 seconds .*lampwire desk --host 0\.0\.0\.0.*--broker mqtt:\/\//,
		);
	});
});

describe("a .local name that only the system knows", () => {
	it("is asked of the system after the network has not answered; one of a cluster at once", async (t) => {
		const asked: string[] = [];
		const { lookup } = dns;
		t.mock.method(dns, "lookup", (host: string, options: object, done: (error: null, addresses: { address: string }[]) => void) => {
			// sockets ask for their own address, too
			if (!host.endsWith(".local")) return lookup(host, options, done as never);
			asked.push(host);
			done(null, [{ address: "192.0.2.9" }]);
		});
		const resolver = new Resolver();
		t.after(() => resolver.close());
		const resolve = (host: string) =>
			new Promise<string>((resolved, rejected) =>
				resolver.resolve({ host, onResolved: (_, address) => resolved(address), onError: () => rejected(new Error(`no ${host}`)) }),
			);
		assert.equal(await resolve("mosquitto.default.svc.cluster.local"), "192.0.2.9");
		assert.equal(await resolve("lampwire-nobody-has-this-name.local"), "192.0.2.9");
		assert.deepEqual(asked, ["mosquitto.default.svc.cluster.local", "lampwire-nobody-has-this-name.local"]);
	});
});

describe("found by itself, in a network of its own", { skip: noNetwork }, () => {
	let home: ChildProcess;
	const inside = (args: string[], env: Record<string, string> = {}) =>
		new Cli(args, env, undefined, ["nsenter", "-t", `${home.pid}`, "-n"]);
	const open = ["--host", "0.0.0.0", "--open-to-all", "--ws-port", "0", "--no-record"];

	before(async () => {
		home = spawn("unshare", ["-n", "sh", "-c", `${network} && echo ready && exec sleep 600`], { stdio: ["ignore", "pipe", "inherit"] });
		await new Promise((resolve) => home.stdout?.once("data", resolve));
	});

	after(() => {
		Cli.killAll();
		home.kill("SIGKILL");
	});

	it("a lamp finds the desk, follows it by its .local name, and the desk says goodbye", async () => {
		const alone = inside(["lamp", "--broker", "auto"]);
		assert.equal(await alone.end(), 1);
		assert.match(alone.err, /--broker auto: no broker has told of itself/);

		const desk = inside(["desk", "--mqtt-port", "0", ...open]);
		await desk.event("log", /^this network is told of it \(mDNS\), as lampwire-[^ ()]*\.local\.?: --broker auto finds it/);
		assert.doesNotMatch(desk.out + desk.err, /CIAO/);
		const lamp = inside(["lamp", "--broker", "mqtt://auto", "--id", "attic"]);
		await lamp.event("log", /^--broker auto: takes "Lampwire on .*" at 192\.0\.2\.1:\d+$/);
		await desk.event("status", /^attic online/);

		// the second one tells of another topic
		const other = inside(["broker", "--mqtt-port", "0", "--topic", "elsewhere", ...open.filter((word) => word !== "--no-record")]);
		await other.event("log", /^this network is told of it/);
		const second = inside(["lamp", "--broker", "auto", "--topic", "elsewhere"]);
		await second.event(
			"log",
			/^--broker auto: takes "Lampwire on .*" at 192\.0\.2\.1:\d+, which alone has the topic elsewhere; not "Lampwire on .*" \(--broker mqtt:/,
		);
		await other.event("client", /lamp.* connected/);
		for (const cli of [second, lamp, other, desk]) assert.equal(await cli.end("SIGTERM"), 0);

		const late = inside(["lamp", "--broker", "auto"]);
		assert.equal(await late.end(), 1);
		assert.match(late.err, /no broker has told of itself/);
	});

	it("--no-announce leaves it out", async () => {
		const desk = inside(["broker", "--mqtt-port", "0", "--no-announce", ...open.filter((word) => word !== "--no-record")]);
		await desk.event("listen", /^mqtt /);
		const lamp = inside(["lamp", "--broker", "auto"]);
		assert.equal(await lamp.end(), 1);
		assert.deepEqual(
			desk.events("log").filter((line) => /mDNS/.test(line)),
			[],
		);
		assert.equal(await desk.end("SIGTERM"), 0);
	});
});
