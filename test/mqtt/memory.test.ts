// The formula for memory that docs/mqtt.md publishes is what the constructors take, to the byte; its limits are those of the code.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as defaults from "../../src/limits.js";
import { Client } from "../../src/mqtt/client/client.js";
import { type ClientLimits, readOptions } from "../../src/mqtt/client/options.js";
import { type LinkLimits, linkLimits } from "../../src/mqtt/link/limits.js";
import { Link } from "../../src/mqtt/link/link.js";
import { buffersMade } from "../world/buffers.js";
import { VirtualNetwork } from "../world/virtual.js";

const page = readFileSync(join(import.meta.dirname, "../../docs/mqtt.md"), "utf8");

interface Row {
	name: string;
	formula: string;
	bytes: number;
}

/** The rows of the table whose header begins with `head`, and its sum. */
function published(head: string): { rows: Row[]; sum: number } {
	const table = page.slice(page.indexOf(`| ${head} |`)).split("\n\n")[0];
	const rows = [...table.matchAll(/^\| ([^|*]*) \| `([^`]*)` \| (\d+) \|$/gm)].map(([, name, formula, bytes]) => ({
		name,
		formula,
		bytes: +bytes,
	}));
	const sum = Number(/\| \*\*(\d+)\*\* \|/.exec(table)?.[1]);
	assert.ok(rows.length > 2 && rows.length === table.split("\n").length - 3, `rows of ${head}`);
	return { rows, sum };
}

const client = published("client");
const link = published("link: the client, and");

type Sizes = Record<string, number>;

const sizes: Sizes = {
	topic: defaults.topic_max_bytes,
	receive: defaults.receive_chunk_bytes,
	transmit: defaults.transmit_buffer_bytes,
	inflight: defaults.inflight_max,
	received: defaults.received_max,
	pendingAcks: defaults.pending_acks_max,
	unacknowledged: defaults.unacknowledged_max,
	filters: defaults.filters_max,
	topics: defaults.topic_cache_max,
	outbox: defaults.outbox_max,
	outboxBytes: defaults.outbox_bytes,
	inflightQoS2: defaults.inflight_qos2_max,
	message: defaults.message_bytes,
	subscriptions: defaults.subscriptions_max,
	login: defaults.login_max_bytes,
	connect: 0,
	password: 0,
	will: 0,
};

function evaluate(formula: string, values: Sizes): number {
	const names = Object.keys(values);
	return new Function("max", "ceil", ...names, `return ${formula}`)(Math.max, Math.ceil, ...names.map((name) => values[name]));
}

const total = (rows: Row[], values: Sizes) => rows.reduce((sum, { formula }) => sum + evaluate(formula, values), 0);
const taken = (work: () => void) => buffersMade(work).reduce((sum, bytes) => sum + bytes, 0);

const common = () => ({ ...new VirtualNetwork().provider, host: "broker", id: "x" });

test("the limits on the page are those of the code", () => {
	const section = page.slice(page.indexOf("### `limits`"), page.indexOf("## Client"));
	const published = Object.fromEntries(
		[...section.matchAll(/^\| `(\w+)` \| [^|]* \| ([\d,]+) \|/gm)].map(([, name, value]) => [name, +value.replaceAll(",", "")]),
	);
	const { connect, password, will, ...limits } = sizes;
	assert.deepEqual(published, {
		...limits,
		resolveTimeout: defaults.resolve_timeout_ms,
		connectTimeout: defaults.connect_timeout_ms,
		connackTimeout: defaults.connack_timeout_ms,
		subackTimeout: defaults.suback_timeout_ms,
		pingrespTimeout: defaults.pingresp_timeout_ms,
	});
});

test("every limit that an error message names exists", () => {
	const src = join(import.meta.dirname, "../../src");
	const known = new Set([
		...Object.keys(linkLimits(undefined)),
		...Object.keys(readOptions({ ...new VirtualNetwork().provider, host: "b" }).limits),
	]);
	let named = 0;
	for (const file of readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"))) {
		for (const [literal] of readFileSync(join(src, file), "utf8").matchAll(/"[^"\n]*"|`[^`]*`/g)) {
			for (const [, name] of literal.matchAll(/\blimits\.(\w+)/g)) {
				if (name === "js" || name === "ts") continue; // a file
				assert.ok(known.has(name), `${file} names limits.${name}`);
				named += 1;
			}
		}
	}
	assert.ok(named >= 8, `${named} were found`);
	assert.equal(defaults.subscriptions_max, linkLimits(undefined).subscriptions);
});

test("each row, and each sum, is what its formula gives with the defaults", () => {
	for (const { name, formula, bytes } of [...client.rows, ...link.rows]) assert.equal(bytes, evaluate(formula, sizes), name);
	assert.equal(client.sum, total(client.rows, sizes));
	assert.equal(link.sum, client.sum + total(link.rows, sizes));
});

test("the constructors take what the formula says: with the defaults, and with other limits", () => {
	const limits: Partial<ClientLimits & LinkLimits>[] = [
		{},
		{ topic: 1 },
		{ topic: 24, topics: 9 },
		{ topic: 25, topics: 9 },
		{ topic: 1000, transmit: 1009, filters: 3 },
		{ topic: 20, filters: 200 },
		{ receive: 1, inflight: 1, received: 1, pendingAcks: 1, topics: 1 },
		{ outbox: 3, outboxBytes: 1000, message: 77, subscriptions: 40, login: 9, received: 65_535 },
		{ receive: 70_000, inflight: 1000, received: 500, pendingAcks: 77, transmit: 3000 },
	];
	for (const given of limits) {
		const values: Sizes = { ...sizes, ...given };
		const where = JSON.stringify(given);
		assert.equal(
			taken(() => new Client({ ...common(), limits: given })),
			total(client.rows, values),
			`client ${where}`,
		);
		assert.equal(
			taken(() => new Link({ ...common(), limits: given, random: () => 0 })),
			total(client.rows, values) + total(link.rows, values),
			`link ${where}`,
		);
	}
});

test("password and will message given as bytes are copied, as text they are not; a link's status is a will of 7 bytes", () => {
	const bytes = new Uint8Array(31);
	const given = { ...common(), user: "u", password: bytes, will: { topic: "w", message: bytes.subarray(0, 20) } };
	assert.equal(
		taken(() => new Client(given)),
		total(client.rows, { ...sizes, password: 31, will: 20 }),
	);
	assert.equal(
		taken(() => new Client({ ...common(), user: "u", password: "secret", will: { topic: "w", message: "text" } })),
		client.sum,
	);
	assert.equal(
		taken(() => new Link({ ...common(), status: "s", random: () => 0 })),
		link.sum + 7,
	);
});

test("messages that wait for the application's word take 3 bytes each, and nothing where nobody gives it", () => {
	const plain = taken(() => new Client({ ...common() }));
	assert.equal(taken(() => new Client({ ...common(), deferAcknowledge: true })) - plain, 3 * defaults.unacknowledged_max);
	assert.equal(taken(() => new Client({ ...common(), deferAcknowledge: true, limits: { unacknowledged: 500 } })) - plain, 1500);
	assert.equal(
		taken(() => new Client({ ...common(), limits: { unacknowledged: 500 } })),
		plain,
	);
});
