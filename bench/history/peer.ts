// The simplest recorder with MQTT.js, as its documentation has it: the event "message", and an insert. In a process of its own.
// node … peer.ts MQTT-JS-PACKAGE PORT ID sqlite|postgres FILE-OR-URL one|batch
import { createRequire } from "node:module";
import pg from "pg";
import { findDriver } from "../../hosts/node/recorder/driver.js";

interface MqttJs {
	connect(options: object): {
		on(event: "message", listener: (topic: string, payload: Uint8Array) => void): void;
		on(event: "connect", listener: () => void): void;
		subscribe(topics: Record<string, { qos: number }>, done: () => void): void;
		end(force: boolean, done: () => void): void;
	};
}

const [home = "", port, id, kind, place = "", way] = process.argv.slice(2);
const { connect } = createRequire(home)("mqtt") as MqttJs;
const batch_max = 1_000;
const gather_ms = 100;
const enough_s = 15;

/** Resolves when it is committed. */
type Put = (rows: readonly [number, string, string][]) => unknown;

async function sqlite(): Promise<Put> {
	const db = (await findDriver()).open(place, false);
	db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE m (time INTEGER, topic TEXT, payload TEXT)");
	const insert = db.prepare("INSERT INTO m VALUES (?, ?, ?)");
	return (rows) => {
		if (rows.length > 1) db.exec("BEGIN");
		for (const row of rows) insert.run(...row);
		if (rows.length > 1) db.exec("COMMIT");
	};
}

async function postgres(): Promise<Put> {
	const db = new pg.Pool({ connectionString: place, max: 1 });
	await db.query("CREATE TABLE m (time bigint, topic text, payload text)");
	return (rows) =>
		rows.length === 1
			? db.query("INSERT INTO m VALUES ($1, $2, $3)", rows[0])
			: db.query("INSERT INTO m SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])", [
					rows.map(([time]) => time),
					rows.map(([, topic]) => topic),
					rows.map(([, , payload]) => payload),
				]);
}

const put = await (kind === "sqlite" ? sqlite() : postgres());
const begin = performance.now();
const client = connect({ host: "127.0.0.1", port: Number(port), protocol: "mqtt", clientId: id, clean: false, keepalive: 0 });
let stored = 0;
let waiting: [number, string, string][] = [];
let timer: NodeJS.Timeout | undefined;
const flush = async () => {
	clearTimeout(timer);
	timer = undefined;
	const rows = waiting;
	waiting = [];
	const end = rows.some(([, topic]) => topic.endsWith("/status"));
	if (rows.length > 0) await put(rows);
	stored += rows.length;
	const seconds = (performance.now() - begin) / 1000;
	// one commit a message may take minutes for all of them: the rate is known before
	if (end || seconds > enough_s) process.send?.(stored / seconds);
};
client.on("message", (topic, payload) => {
	waiting.push([Date.now(), topic, payload.toString()]);
	if (way === "one" || waiting.length >= batch_max) void flush();
	else timer ??= setTimeout(flush, gather_ms);
});
client.on("connect", () => {
	client.subscribe({ light: { qos: 1 }, "light/+/status": { qos: 1 } }, () => process.send?.("subscribed"));
});
// a parent that was ended takes us along
process.on("disconnect", () => process.exit());
