// `GET /metrics` of a desk: read by a parser that is not ours, moved by work, and admitted by the rules of the whole port.
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { Flow, FlowMeter } from "../../hosts/node/broker/tally.js";
import { Exposition } from "../../hosts/node/metrics/exposition.js";
import { until } from "./contract/probe.js";
import { Cli } from "./spawn.js";
import { Wire } from "./wire.js";

interface Family {
	name: string;
	help: string;
	type: string;
	metrics: { value: string; labels?: Record<string, string> }[];
}

const parse: (text: string) => Family[] = createRequire(import.meta.url)("parse-prometheus-text-format");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lampwire-metrics-"));
after(() => {
	Cli.killAll();
	fs.rmSync(folder, { recursive: true, force: true });
});

const users = ["controller", "dimmer", "lamp", "hue", "hue-follow", "recorder", "bridge"];
const given = Object.fromEntries(users.map((user) => [user, `password of ${user}`]));
const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(`${user}:password of ${user}`).toString("base64")}` });

/** As `until`, for what has to be asked for. */
async function eventually(condition: () => Promise<boolean>, what: string): Promise<void> {
	let met = await condition();
	let asking = false;
	await until(() => {
		if (!met && !asking) {
			asking = true;
			void condition().then(
				(now) => {
					met ||= now;
					asking = false;
				},
				() => {},
			);
		}
		return met;
	}, what);
}

interface Started {
	mqtt: number;
	http: number;
	cli: Cli;
}

async function start(command: string, args: string[] = []): Promise<Started> {
	const cli = new Cli([command, "--mqtt-port", "0", "--ws-port", "0", ...args]);
	const port = async (kind: string) => Number((await cli.event("listen", new RegExp(`^${kind} `))).split(" ")[2]);
	return { cli, mqtt: await port("mqtt"), http: await port("ws") };
}

function ask(
	port: number,
	headers: http.OutgoingHttpHeaders = {},
	method = "GET",
): Promise<{ answer: http.IncomingMessage; text: string }> {
	return new Promise((resolve, reject) => {
		const asked = http.request({ host: "127.0.0.1", port, path: "/metrics", method, headers, agent: false }, (answer) => {
			let text = "";
			answer.setEncoding("utf8").on("data", (piece: string) => {
				text += piece;
			});
			answer.on("end", () => resolve({ answer, text }));
		});
		asked.on("error", reject).end();
	});
}

/** Value by name and labels, as `name{label="value"}`. */
async function scrape(port: number, headers: http.OutgoingHttpHeaders = {}): Promise<Map<string, number>> {
	const { answer, text } = await ask(port, headers);
	assert.equal(answer.statusCode, 200, text);
	const values = new Map<string, number>();
	for (const { name, metrics } of parse(text))
		for (const { value, labels = {} } of metrics) {
			const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
			const key = pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
			assert.ok(!values.has(key), `${key} comes twice`);
			values.set(key, Number(value));
		}
	return values;
}

describe("GET /metrics", () => {
	let desk: Started;
	before(async () => {
		// without --pickup, the knob's first levels would go over the one that a test sets
		desk = await start("desk", ["--virtual-hue", "--pickup"]);
		for (const id of ["desk-dimmer", "desk-lamp"]) await desk.cli.event("status", new RegExp(`^${id} online`));
		await desk.cli.event("status", /^hue-\w+ online/);
		await desk.cli.event("log", /^recorder: .*online|^recorder-desk: online/);
	});

	it("is read by a public parser; names, types, help and units are those of the conventions", async () => {
		const { answer, text } = await ask(desk.http);
		assert.equal(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
		assert.equal(answer.headers["cache-control"], "no-store");
		assert.ok(text.endsWith("\n") && !text.endsWith("\n\n"));
		const families = parse(text);
		assert.ok(families.length > 40, `${families.length} families`);
		for (const { name, help, type, metrics } of families) {
			assert.match(name, /^(lampwire|process)_[a-z_]+$/);
			assert.match(help, /\.$/, name);
			assert.equal(type, name.endsWith("_total") ? "COUNTER" : "GAUGE", name);
			assert.ok(!/_(ms|milliseconds|kb|percent)(_|$)/.test(name), name);
			for (const { value } of metrics) assert.ok(Number.isFinite(Number(value)) && Number(value) >= 0, `${name} ${value}`);
		}
		assert.equal(new Set(families.map(({ name }) => name)).size, families.length);
	});

	it("tells of the links of the desk's own roles, and of the recorder", async () => {
		await eventually(async () => (await scrape(desk.http)).get("lampwire_recorder_up") === 1, "the recorder hears");
		const values = await scrape(desk.http);
		for (const role of ["dimmer", "lamp", "hue", "recorder"]) {
			assert.equal(values.get(`lampwire_link_up{role="${role}"}`), 1, role);
			assert.equal(values.get(`lampwire_link_connects_total{role="${role}"}`), 1, role);
		}
		assert.equal(values.get("lampwire_broker_clients"), 4);
		assert.equal(values.get("lampwire_broker_clients_admitted_total"), 4);
		assert.equal(values.get("lampwire_recorder_store_available"), 1);
	});

	it("moves with work, and by as much as there was", async () => {
		const before = await scrape(desk.http);
		const wire = await Wire.connect(desk.mqtt, "teller");
		await wire.subscribe("other");
		for (let i = 0; i < 10; i++) wire.publish("other", String(i));
		wire.publish("light", "77", true);
		wire.publish("$SYS/x", "no");
		await wire.says("other", "9");
		await desk.cli.event("lamp", /level=77/);
		const grown = async (name: string) => ((await scrape(desk.http)).get(name) ?? 0) - (before.get(name) ?? 0);
		await eventually(async () => (await grown("lampwire_recorder_rows_stored_total")) >= 1, "the level is stored");
		await eventually(async () => (await grown('lampwire_broker_messages_dropped_total{reason="reserved"}')) === 1, "the last is dropped");
		// ten to the teller; the level to dimmer, lamp, hue and recorder
		await eventually(async () => (await grown('lampwire_broker_sent_messages_total{qos="0"}')) >= 14, "all are sent");
		assert.equal(await grown('lampwire_broker_connections_total{transport="tcp"}'), 1);
		assert.equal(await grown("lampwire_broker_clients"), 1);
		assert.ok((await grown('lampwire_broker_received_messages_total{qos="0"}')) >= 12);
		assert.ok((await grown("lampwire_broker_received_bytes_total")) > 100);
		await eventually(async () => (await grown('lampwire_link_messages_received_total{role="lamp"}')) >= 1, "the lamp's link counts");
		assert.ok((await grown('lampwire_http_requests_total{access="admitted"}')) > 1);
		wire.bytes([0x30, 0xff, 0xff, 0xff, 0xff, 0xff]);
		await until(() => wire.ended, "what is no MQTT is cut");
		await eventually(async () => (await grown('lampwire_broker_connections_cut_total{reason="malformed"}')) === 1, "the cut is counted");
		await eventually(async () => (await grown("lampwire_broker_clients")) === 0, "the client is gone");
	});

	it("answers HEAD as GET, without a body, and nothing else", async () => {
		const { answer, text } = await ask(desk.http, {}, "HEAD");
		assert.deepEqual([answer.statusCode, text], [200, ""]);
		assert.equal(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
		assert.equal((await ask(desk.http, {}, "POST")).answer.statusCode, 405);
	});

	it("is not for pages and names of others, and their requests are counted", async () => {
		const before = await scrape(desk.http);
		for (const headers of [{ origin: "http://elsewhere.example" }, { origin: "null" }, { host: "elsewhere.example" }])
			assert.equal((await ask(desk.http, headers)).answer.statusCode, 403, JSON.stringify(headers));
		const refused = 'lampwire_http_requests_total{access="refused"}';
		assert.equal(((await scrape(desk.http)).get(refused) ?? 0) - (before.get(refused) ?? 0), 3);
		assert.equal(await desk.cli.end("SIGTERM"), 0);
	});

	it("asks for credentials where the port does, and tells no secret, payload or name", async () => {
		const file = path.join(folder, "credentials.json");
		fs.writeFileSync(file, JSON.stringify(given), { mode: 0o600 });
		const { cli, mqtt, http: port } = await start("desk", ["--credentials", file, "--topic", "attic"]);
		await cli.event("status", /^desk-lamp online/);
		for (const headers of [{}, { authorization: "Basic !" }, basic("lamp"), basic("dimmer"), basic("nobody")])
			for (const method of ["GET", "HEAD"])
				assert.equal((await ask(port, headers, method)).answer.statusCode, 401, JSON.stringify(headers));
		for (const user of ["controller", "recorder", "bridge"]) assert.equal((await ask(port, basic(user))).answer.statusCode, 200, user);
		const wrong = await Wire.ask(mqtt, { clientId: "intruder", username: "mallory", password: Buffer.from("guess") });
		assert.equal(wrong.connack, 4);
		const right = await Wire.ask(mqtt, { clientId: "lamp-cellar", username: "lamp", password: Buffer.from(given.lamp as string) });
		right.publish("attic", "133", true);
		right.publish("attic/cellar/status", "payload-of-a-test");
		const values = () => scrape(port, basic("recorder"));
		await eventually(
			async () => (await values()).get('lampwire_broker_messages_dropped_total{reason="denied"}') === 1,
			"a lamp sets no light",
		);
		assert.equal((await values()).get('lampwire_broker_clients_refused_total{reason="credentials"}'), 1);
		const { text } = await ask(port, basic("recorder"));
		for (const secret of [
			"password",
			"mallory",
			"intruder",
			"cellar",
			"attic",
			"payload-of-a-test",
			"133",
			"controller",
			"127.0.0.1",
			folder,
		])
			assert.ok(!text.includes(secret), secret);
		assert.equal(await cli.end("SIGTERM"), 0);
	});

	it("of a broker alone, tells of the broker alone", async () => {
		const { cli, http: port } = await start("broker");
		const names = [...(await scrape(port)).keys()];
		assert.ok(names.includes("lampwire_broker_clients"));
		assert.ok(!names.some((name) => /^lampwire_(link|recorder)_/.test(name)));
		assert.equal(await cli.end("SIGTERM"), 0);
	});
});

describe("what it is made of", () => {
	it("a meter counts the packets of a stream, cut anywhere", () => {
		const long = [0x34, 0x80, 0x01, ...new Array(128).fill(0x30)];
		const stream = Uint8Array.from([0x20, 2, 0, 0, ...long, 0xd0, 0, 0x32, 5, 0, 1, 97, 0, 1, 0x30, 3, 0, 1, 97]);
		for (let size = 1; size <= stream.length; size++) {
			const flow = new Flow();
			const meter = new FlowMeter(flow);
			for (let at = 0; at < stream.length; at += size) meter.take(stream.subarray(at, at + size));
			assert.deepEqual([flow.bytes, flow.packets, flow.messages], [stream.length, 5, [1, 1, 1]], `cut at each ${size}`);
		}
	});

	it("labels and help are escaped; a family without samples is left out", () => {
		const to = new Exposition();
		to.gauge("a", "one\nline \\", [[{ b: 'c"d\\e\nf' }, 1]]);
		to.counter("none_total", "none", []);
		assert.equal(to.text, '# HELP a one\\nline \\\\\n# TYPE a gauge\na{b="c\\"d\\\\e\\nf"} 1');
		assert.deepEqual(parse(`${to.text}\n`)[0]?.metrics, [{ value: "1", labels: { b: 'c"d\\e\nf' } }]);
	});
});
