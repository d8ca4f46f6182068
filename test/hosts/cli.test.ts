// The command line, as a user meets it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import mqtt, { type IConnectPacket, type Packet } from "mqtt-packet";
import { brokerAddresses } from "../../hosts/node/broker-option.js";
import { takenPort } from "../ports.js";
import { until } from "./contract/probe.js";
import { Cli } from "./spawn.js";

after(() => Cli.killAll());

describe("lampwire", { concurrency: 2 }, () => {
	for (const [args, wanted] of [
		[["--help"], /desk .*\n.*dimmer .*\n.*lamp .*\n.*broker /],
		[["desk", "--help"], /--mqtt-port PORT.*default 1883/],
		[["dimmer", "--help"], /--broker URL[\s\S]*LAMPWIRE_PASSWORD/],
		[["lamp", "-h"], /--topic TOPIC/],
		[["dimmer", "--help"], /--pickup .*\n.*--invert .*\n.*--calibrate WHEN.*default kept.*\n.*--state FOLDER/],
		[
			["lamp", "--help"],
			/--power-on WHAT.*default follow.*\n.*--minimum PERCENT.*\n.*--maximum PERCENT.*\n.*--fade-ms MS.*\n.*--stream-fade-ms MS/,
		],
		[["broker", "--help"], /--ws-port PORT.*default 9001/],
		[["--version"], /^\d+\.\d+\.\d+\n$/],
	] as const) {
		it(`${args.join(" ")} answers and exits 0`, async () => {
			const cli = new Cli([...args]);
			assert.equal(await cli.end(), 0);
			assert.match(cli.out, wanted);
			assert.equal(cli.err, "");
		});
	}

	for (const [args, wanted] of [
		[["lmap"], /no command "lmap"; did you mean lamp\?/],
		[["lamp", "--topik", "x"], /no option --topik; did you mean --topic\?/],
		[["lamp", "--ws-port", "1"], /no option --ws-port; it belongs to desk and broker/],
		[["lamp", "kitchen"], /not "kitchen"/],
		[["lamp", "--topic"], /: --topic needs a value\n$/],
		[["lamp", "--power-on"], /: --power-on needs a value; give one of follow, last, off\n$/],
		[["lamp", "--power-on="], /: --power-on needs a value; give one of follow, last, off\n$/],
		[
			["dimmer", "--calibrate", "--pickup"],
			/--calibrate needs a value; give one of kept, once, now; write --calibrate=… where it begins with -\n$/,
		],
		[["lamp", "--topic", "light/#"], /--topic: .*#/],
		[["lamp", "--topic="], /--topic needs a value/],
		[["dimmer", "--id", "a/b"], /--id: .*\//],
		[["dimmer", "--keep-alive", "0"], /--keep-alive: "0"/],
		[["desk", "--mqtt-port", "65536"], /--mqtt-port: "65536"/],
		[["desk", "--strict-port=1"], /--strict-port takes no value/],
		[["lamp", "--ca", "ca.pem"], /--ca is of TLS, and --broker asks for none/],
		[["lamp", "--broker", "mqtts://example.org", "--ca", "/not/there"], /--ca \/not\/there: there is no such file/],
		[["lamp", "--broker", "local host"], /--broker: .*mqtt:\/\//],
		[["lamp", "--broker", "localhost:99999"], /--broker: there is no port 99999/],
		[["lamp", "--broker", "anna:secret@localhost"], /--broker: a password does not belong/],
		[["lamp", "--broker", "mqtt://br%C3%BCcke%2.local"], /--broker: .*%.*; write mqtt:\/\//],
		[["lamp", "--broker", "mqtt://%ff.local"], /--broker: .*%.*; write mqtt:\/\//],
		[["lamp", "--broker", "mqtt://a%00b"], /--broker: .*no name of a host.*; write mqtt:\/\//],
		[["lamp", "--broker", "mqtt://an%E0%A4a@localhost"], /--broker: the user.*%25/],
		[["lamp", "--broker", "mqtt://100%@localhost"], /--broker: the user.*%25/],
		[["lamp", "--power-on", "on"], /--power-on: "on" is unknown; give one of follow, last, off/],
		[["lamp", "--pickup"], /no option --pickup; it belongs to desk and dimmer/],
		[["lamp", "--minimum", "dark"], /--minimum: "dark" is no number/],
		[["lamp", "--minimum", "101"], /--minimum: 101 is not a percentage; give 0 to 100/],
		[["desk", "--minimum", "60", "--maximum", "50"], /--minimum: must be less than maximum/],
		[["lamp", "--fade-ms", "60001"], /--fade-ms: "60001" is no time for a fade; give 0 to 60000/],
		[["desk", "--stream-fade-ms", "-1"], /--stream-fade-ms needs a value|--stream-fade-ms: "-1"/],
		[["dimmer", "--calibrate", "always"], /--calibrate: "always" is unknown; give one of kept, once, now/],
		[["dimmer", "--pickup=1"], /--pickup takes no value/],
		[["desk", "--max-clients", "0"], /--max-clients: "0" is no number of clients; give 2 to 10000 clients/],
		[["broker", "--max-packet", "1.5"], /--max-packet: "1.5" is no size of a packet; give 1 to 65536 KiB/],
		[["broker", "--max-queue", "many"], /--max-queue: "many" is no length of a queue; give 1 to 100000 messages/],
		[["broker", "--session-expiry", "9999999"], /--session-expiry: .* give 1 to 2000000 seconds/],
		[["desk", "--ws-origin", "null"], /--ws-origin: "null" is every page without an address/],
		[["broker", "--ws-origin", "example.org"], /--ws-origin: "example.org" is no page's origin; .*scheme:\/\//],
		[["lamp", "--max-clients", "5"], /no option --max-clients; it belongs to desk and broker/],
		[["broker", "--port", "1"], /did you mean --mqtt-port/],
		[["lamp", "--broker", "mqtt://localhost/light"], /--broker: nothing may follow/],
		[["lamp", "--broker", "tcp://localhost"], /--broker: tcp:\/\/ is written mqtt:\/\//],
		[["lamp", "--broker", "ws://localhost/a b"], /--broker: its path may have/],
		[["lamp", "--broker", "mqtt://localhost,"], /--broker: a broker is missing between commas/],
		[["lamp", "--broker", "mqtt://a@localhost,ws://b@localhost"], /--broker: its brokers have different users/],
	] as const) {
		it(`${args.join(" ")} is refused by name`, async () => {
			const cli = new Cli([...args]);
			assert.equal(await cli.end(), 2);
			assert.match(cli.err, wanted);
			assert.match(cli.err, /^lampwire: .*\n$/, "one line, no stack");
			assert.equal(cli.out, "");
		});
	}

	for (const url of [
		"mqtt://ann:s3cret@localhost",
		"mqtt://:s3cret@localhost",
		"mqtt://ann:s3/cret@localhost",
		"mqtts://ann:s3cret@h",
		"ann:s3cret@h",
	]) {
		it(`refuses the password in ${url} and does not repeat it`, async () => {
			const cli = new Cli(["dimmer", "--broker", url]);
			assert.equal(await cli.end(), 2);
			assert.doesNotMatch(cli.err, /s3/);
		});
	}

	it("asks for a host name with an umlaut in the letters that DNS has", () => {
		for (const text of ["mqtt://brücke.example", "mqtt://br%C3%BCcke.example:1884", "BRÜCKE.example"])
			assert.equal(brokerAddresses(text).all[0]?.host, "xn--brcke-lva.example", text);
		assert.equal(brokerAddresses("mqtt://[::1]").all[0]?.host, "::1");
		assert.equal(brokerAddresses("mqtt://My_Broker.local").all[0]?.host, "My_Broker.local");
	});

	it("says where the password belongs when the broker refuses the login", async (t) => {
		for (const returnCode of [4, 5]) {
			const server = createServer((socket) => {
				socket.once("data", () => socket.end(mqtt.generate({ cmd: "connack", returnCode, sessionPresent: false }))).on("error", () => {});
			});
			await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
			t.after(() => void server.close());
			const cli = new Cli(["lamp", "--broker", `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`]);
			await cli.event("log", /refused the connection: .*mqtt:\/\/user@host.*LAMPWIRE_PASSWORD/);
			assert.equal(await cli.end("SIGTERM"), 0);
		}
	});

	it("refuses a password without a user", async () => {
		const cli = new Cli(["lamp"], { LAMPWIRE_PASSWORD: "s3cret" });
		assert.equal(await cli.end(), 2);
		assert.match(cli.err, /LAMPWIRE_PASSWORD.*user/);
		assert.doesNotMatch(cli.err, /s3cret/);
	});

	it("takes the password from a file that nobody else can read, without its line's end", async (t) => {
		const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-password-"));
		t.after(() => rmSync(folder, { recursive: true, force: true }));
		const file = (name: string, content: string | Uint8Array, mode = 0o600) => {
			writeFileSync(path.join(folder, name), content, { mode });
			return path.join(folder, name);
		};
		const passwords: (string | undefined)[] = [];
		const server = createServer((socket) => {
			const parser = mqtt.parser();
			parser.on("packet", (packet) => passwords.push((packet as IConnectPacket).password?.toString()));
			socket.on("data", (chunk) => parser.parse(chunk)).on("error", () => {});
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		t.after(() => void server.close());
		const broker = `mqtt://anna@127.0.0.1:${(server.address() as AddressInfo).port}`;
		const cli = new Cli(["lamp", "--broker", broker, "--password-file", file("good", "s3cret ü\r\n")]);
		await until(() => passwords.length > 0, "CONNECT");
		assert.deepEqual(passwords, ["s3cret ü"]);
		assert.equal(await cli.end("SIGTERM"), 0);
		assert.doesNotMatch(cli.out + cli.err, /s3cret/);

		const wrong: [string, RegExp][] = [
			[path.join(folder, "none"), /there is no such file/],
			[file("empty", "\n"), /it is empty/],
			[file("lines", "s3cret\nand more\n"), /it has more than one line/],
			[file("bytes", Uint8Array.of(0xff, 0xfe)), /it is no UTF-8/],
			[file("long", "s3cret".repeat(11_000)), /it has more than 65535 bytes/],
			[folder, /--password-file/],
		];
		if (process.platform !== "win32") wrong.push([file("open", "s3cret", 0o644), /others can read it; say chmod 600 /]);
		for (const [name, why] of wrong) {
			const refused = new Cli(["lamp", "--broker", broker, "--password-file", name]);
			assert.equal(await refused.end(), 1, refused.err);
			assert.match(refused.err, why);
			assert.doesNotMatch(refused.err, /s3cret/);
		}
		const both = new Cli(["lamp", "--broker", broker, "--password-file", file("good", "s3cret")], { LAMPWIRE_PASSWORD: "s3cret" });
		assert.equal(await both.end(), 2);
		assert.match(both.err, /both --password-file and LAMPWIRE_PASSWORD/);
		const nobody = new Cli(["lamp", "--password-file", file("good", "s3cret")]);
		assert.equal(await nobody.end(), 2);
		assert.match(nobody.err, /--password-file is set, but --broker names no user/);
	});

	it("hands over user, password, id and keep-alive", async (t) => {
		const connects: Packet[] = [];
		const server = createServer((socket) => {
			const parser = mqtt.parser();
			parser.on("packet", (packet) => connects.push(packet));
			socket.on("data", (chunk) => parser.parse(chunk)).on("error", () => {});
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		t.after(() => void server.close());
		const { port } = server.address() as AddressInfo;
		const args = ["lamp", "--broker", `mqtt://ann%40home@127.0.0.1:${port}`, "--id", "l1", "--keep-alive", "7", "--topic", "a/b"];
		const cli = new Cli(args, { LAMPWIRE_PASSWORD: "s3cret" });
		await until(() => connects.length > 0, "CONNECT");
		const connect = connects[0] as IConnectPacket;
		assert.deepEqual([connect.username, connect.password?.toString(), connect.keepalive], ["ann@home", "s3cret", 7]);
		assert.match(connect.clientId, /l1$/);
		assert.deepEqual([connect.will?.topic, connect.will?.payload.toString(), connect.will?.retain], ["a/b/l1/status", "offline", true]);
		assert.equal(await cli.end("SIGTERM"), 0);
	});

	it("takes the next port when one is taken, refuses with --strict-port, and ends at SIGTERM with 0", async (t) => {
		const port = await takenPort(t);
		const strict = new Cli(["broker", "--mqtt-port", `${port}`, "--ws-port", "0", "--strict-port"]);
		assert.equal(await strict.end(), 1);
		assert.match(strict.err, new RegExp(`^lampwire: port ${port} .* taken.*--mqtt-port.*\n$`));
		const next = new Cli(["broker", "--mqtt-port", `${port}`, "--ws-port", "0"]);
		const got = await next.event("listen", /^mqtt 127\.0\.0\.1 \d+$/);
		assert.notEqual(got, `mqtt 127.0.0.1 ${port}`);
		await next.event("log", new RegExp(`^port ${port} is taken: MQTT listens on \\d+ instead$`));
		assert.equal(await next.end("SIGTERM"), 0);
		await next.event("bye", /^The broker has ended\.$/);
	});
});
