// Where the brokers are: what is read, what is refused and in which words; and several of them in turn.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Resolver, SocketOptions } from "../../../src/host.js";
import { type BrokerUrl, readBrokers, shownBroker } from "../../../src/mqtt/link/broker-url.js";
import { reach } from "../../../src/mqtt/link/turns.js";
import { Random, seedOfRun } from "../../world/random.js";

const seed = seedOfRun();
const one = (text: string, port?: number, user?: string) => readBrokers(text, port, user).all[0];
const short = ({ scheme, host, port, path, user }: BrokerUrl) => `${scheme} ${host} ${port} ${path} ${user ?? "-"}`;

describe("a broker's URL", () => {
	for (const [text, wanted, port, user] of [
		["192.168.1.10", "mqtt 192.168.1.10 1883  -"],
		["broker", "mqtt broker 1883  -"],
		["broker:1884", "mqtt broker 1884  -"],
		["anna@broker", "mqtt broker 1883  anna"],
		["mqtt://broker", "mqtt broker 1883  -"],
		["mqtt://broker/", "mqtt broker 1883  -"],
		["MQTTS://broker.example.org", "mqtts broker.example.org 8883  -"],
		["ws://broker", "ws broker 80 /mqtt -"],
		["ws://broker/", "ws broker 80 /mqtt -"],
		["ws://broker:9001/ws/deep?a=b,", "ws broker 9001 /ws/deep?a=b -"],
		["ws://broker?token=x", "ws broker 80 /mqtt?token=x -"],
		["wss://an%40na%2C@[2001:db8::1]:8443/x", "wss 2001:db8::1 8443 /x an@na,"],
		["mqtt://@broker", "mqtt broker 1883  -"],
		["mqtt://broker:", "mqtt broker 1883  -"],
		["mqtt://my_broker.local", "mqtt my_broker.local 1883  -"],
		["mqtt://br%C3%BCcke:1", "mqtt brücke 1 \u0020-".replace("\u0020", " ")],
		["mqtt://broker:01883", "mqtt broker 1883  -"],
		["broker", "mqtt broker 7  -", 7],
		["broker:7", "mqtt broker 7  -", 7],
		["wss://broker", "wss broker 7 /mqtt -", 7],
		["mqtt://anna@broker", "mqtt broker 1883  anna", undefined, "anna"],
	] as [string, string, number?, string?][])
		it(`${text}${port ? ` with port ${port}` : ""} is ${wanted}`, () => {
			const text_ = text.endsWith(",") ? text.slice(0, -1) : text;
			assert.equal(short(one(text_, port, user)), wanted);
		});

	for (const [text, wanted, port, user] of [
		["", /^it is empty/],
		["  ", /^it is empty/],
		["a,,b", /missing between commas/],
		["a,", /missing between commas/],
		["mqtt://", /names no host/],
		["mqtt://:1883", /names no host/],
		["mqtt:///light", /names no host/],
		["mqtt://broker/light", /^nothing may follow host and port/],
		["mqtts://broker?x", /^nothing may follow/],
		["mqtt://broker#x", /^nothing may follow/],
		["ws://broker/a#x", /^its path may have/],
		["ws://broker/ä", /^its path may have/],
		["ws://broker/a b", /^its path may have/],
		["ws://broker/a@b", /an @: write %40/],
		["mqtt://broker:0", /^there is no port 0; give 1 to 65535$/],
		["mqtt://broker:65536", /^there is no port 65536/],
		["mqtt://broker:99999999999999999999", /^there is no port 999999999999;/],
		["mqtt://broker:1x", /port is no number/],
		["mqtt://broker:-1", /port is no number/],
		["::1", /stands in brackets/],
		["mqtt://2001:db8::1", /stands in brackets/],
		["mqtt://[::1", /none that closes it/],
		["mqtt://[::1]x", /only a port may follow/],
		["mqtt://[broker]", /no name of a host/],
		["mqtt://[fe80::1%25eth0]", /no name of a host/],
		["mqtt://a b", /no name of a host/],
		["mqtt://a%00b", /no name of a host/],
		["mqtt://a%2Fb", /no name of a host/],
		["mqtt://%zz", /^the name of the host has a %/],
		["mqtt://%@broker", /^the user's name has a %/],
		[`mqtt://${"a".repeat(254)}`, /no name of a host/],
		["tcp://broker", /^tcp:\/\/ is written mqtt:\/\/ here/],
		["ssl://broker", /^ssl:\/\/ is written mqtts:\/\//],
		["https://broker", /^https:\/\/ is written wss:\/\//],
		["ftp://broker", /^"ftp:\/\/" is not spoken here/],
		["constructor://broker", /^"constructor:\/\/" is not spoken here/],
		["://broker", /^":\/\/" is not spoken/],
		["broker:1884", /^the port is 1884 in the URL and 1883 beside it: leave out one/, 1883],
		["mqtt://anna@broker", /^the user in the URL is another than the one beside it/, undefined, "bea"],
		["anna@a,bea@b", /different users/],
	] as [string, RegExp, number?, string?][])
		it(`"${text.slice(0, 60)}" is refused in words`, () => {
			assert.throws(
				() => readBrokers(text, port, user),
				(error: Error) => {
					assert.match(error.message, wanted);
					return true;
				},
			);
		});

	it(`what holds a password is refused, and never repeated, seed ${seed}`, () => {
		const random = new Random(seed);
		for (let i = 0; i < 2_000; i++) {
			const scheme = random.pick(["mqtt://", "mqtts://", "ws://", "wss://", "", "ftp://", "x:y://"]);
			const user = random.pick(["anna", "", "a%b", "a/b"]);
			// a slash and a comma together look like two brokers
			const comma = user.includes("/") ? "" : ",";
			const secret = random.pick([
				"s3cret",
				"s3/cret",
				"s3#cret",
				"s3?cret",
				"s3@cret",
				"s3:cret",
				"s3%zzcret",
				`s3${comma}s3cret`,
				"s3 cret",
				"s3][",
			]);
			const text = `${scheme}${user}:${secret}@${random.pick(["broker", "[::1]", "broker:1883", "broker/x", ""])}`;
			assert.throws(
				() => readBrokers(text),
				(error: Error) => !error.message.includes("s3"),
				text,
			);
		}
	});

	it("several have one user, and the port beside is for those that have none", () => {
		const { all, user } = readBrokers("anna@a, ws://b:81/x ,mqtts://[::1]", undefined, "anna");
		assert.deepEqual([...all.map(short), user], ["mqtt a 1883  anna", "ws b 81 /x -", "mqtts ::1 8883  -", "anna"]);
		assert.equal(readBrokers("a,b", 7).all[1].port, 7);
		assert.equal(readBrokers("a").user, undefined);
	});

	it("a log shows neither the user nor the query", () => {
		const shown = ["anna@a", "ws://anna@b/x?token=s3", "mqtts://[::1]", "wss://b?s3"].map((text) => shownBroker(one(text)));
		assert.deepEqual(shown, ["a:1883", "ws://b:80/x", "mqtts://[::1]:8883", "wss://b:443/mqtt"]);
	});
});

describe("several brokers", () => {
	const opened: string[] = [];
	class Opens {
		constructor(options: SocketOptions) {
			opened.push(`${options.kind} ${options.host} ${options.port} ${options.address}`);
		}
	}
	const unknown = new Set<string>();
	class Names implements Resolver {
		static open = 0;
		constructor() {
			Names.open += 1;
		}
		resolve({ host, onResolved, onError }: Parameters<Resolver["resolve"]>[0]): void {
			if (unknown.has(host)) onError(host);
			else onResolved(host, `address of ${host}`, [`second of ${host}`]);
		}
		close(): void {
			Names.open -= 1;
		}
	}
	const turn = (text: string) => reach(readBrokers(text).all, ({ scheme }) => ({ io: Opens as never, kind: scheme }), { io: Names });
	/** What a link does: asks the resolver, and opens a socket at what it says. */
	const connect = ({ host, port, socket, dns }: ReturnType<typeof reach>) => {
		const resolver = new dns.io(dns);
		let told = "";
		resolver.resolve({
			host,
			onResolved: (name, address, others = []) => {
				assert.equal(name, host);
				for (const one of [address, ...others])
					new socket.io({ ...socket, host, port, address: one, onReadable() {}, onWritable() {}, onError() {} });
			},
			onError: (name) => {
				told = name;
			},
		});
		resolver.close();
		return told;
	};

	it("one is reached as it is", () => {
		const reached = turn("ws://a:81");
		assert.deepEqual([reached.host, reached.port, reached.where(), reached.dns.io], ["a", 81, "ws://a:81/mqtt", Names]);
	});

	it("each connection goes to the next, with all addresses of that one, by its own transport", () => {
		const reached = turn("a,ws://b:81,mqtts://c");
		assert.equal(reached.host, "a, b, c");
		opened.length = 0;
		const where = [1, 2, 3, 4].map(() => {
			connect(reached);
			return reached.where();
		});
		assert.deepEqual(where, ["a:1883", "ws://b:81/mqtt", "mqtts://c:8883", "a:1883"]);
		assert.deepEqual(
			opened.filter((_, i) => i % 2 === 0),
			["mqtt a 1883 address of a", "ws b 81 address of b", "mqtts c 8883 address of c", "mqtt a 1883 address of a"],
		);
		assert.equal(opened[1], "mqtt a 1883 second of a");
		assert.equal(Names.open, 0);
	});

	it("one whose name is not known is passed over at once; none known is told, once, by all names", () => {
		const reached = turn("a,b,c");
		for (const name of ["a", "b"]) unknown.add(name);
		assert.equal(connect(reached), "");
		assert.equal(reached.where(), "c:1883");
		unknown.add("c");
		assert.equal(connect(reached), "a, b, c");
		unknown.clear();
	});
});
