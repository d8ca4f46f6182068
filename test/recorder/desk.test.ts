// The recorder as people run it: in the desk, alone, and asked over HTTP and on the command line.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { Cli } from "../hosts/spawn.js";
import { Wire } from "../hosts/wire.js";

const folders: string[] = [];
after(() => {
	Cli.killAll();
	for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
	const made = mkdtempSync(path.join(os.tmpdir(), "lampwire-record-"));
	folders.push(made);
	return made;
}

async function desk(state: string, ...args: string[]) {
	const cli = new Cli(["desk", "--mqtt-port", "0", "--ws-port", "0", "--state", state, ...args]);
	const ws = /(\d+)$/.exec(await cli.event("listen", /^ws /))?.[1];
	const mqtt = /(\d+)$/.exec(await cli.event("listen", /^mqtt /))?.[1];
	return { cli, url: `http://127.0.0.1:${ws}`, mqtt };
}

const config = async (url: string) => (await (await fetch(`${url}/api/config`)).json()) as { on: { history: boolean } };
// biome-ignore lint/suspicious/noExplicitAny: an answer of the desk
const history = async (url: string, query = ""): Promise<any> => (await fetch(`${url}/api/history${query}`)).json();

/** Asks again and again: each question takes its time. */
async function eventually(holds: () => Promise<boolean>, what: string | (() => string)): Promise<void> {
	for (let tries = 0; tries < 2_400; tries++) {
		if (await holds()) return;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	assert.fail(`never: ${typeof what === "string" ? what : what()}`);
}

async function run(...args: string[]): Promise<Cli> {
	const cli = new Cli(args);
	await cli.end();
	return cli;
}

test("the desk records: who set it, over a restart, with the time between as a gap; the page is told", async () => {
	const state = folder();
	const first = await desk(state);
	await first.cli.event("log", /history: recording to .*history\.sqlite/);
	const hand = await Wire.connect(Number(first.mqtt), "a-hand");
	hand.publish("light", "211");
	const kept = async () => (await history(first.url)).rows.find((row: unknown[]) => row[1] === 211);
	await eventually(async () => (await kept()) !== undefined, "211 is kept");
	assert.equal((await config(first.url)).on.history, true);
	const { columns } = await history(first.url);
	assert.equal((await kept())[columns.indexOf("sender")], "a-hand");
	hand.cut();
	assert.equal(await first.cli.end("SIGINT"), 0);
	// not a word of SQLite's being an experiment
	assert.equal(first.cli.err, "");
	const second = await desk(state);
	await second.cli.event("log", /history: recording/);
	await eventually(
		async () => (await history(second.url)).gaps.some((gap: { kind: string; to: number | null }) => gap.kind === "off" && gap.to !== null),
		"a gap",
	);
	const again = await history(second.url);
	assert.ok(again.rows.some((each: unknown[]) => each[1] === 211));
	assert.equal(await second.cli.end("SIGINT"), 0);
});

test("--no-record records nothing, and says so where it is asked; a second desk runs without history, and names the holder", async () => {
	const state = folder();
	const [first, second, none] = await Promise.all([desk(state), desk(folder(), "--no-record"), desk(folder(), "--no-record")]);
	await first.cli.event("log", /history: recording/);
	const third = await desk(state);
	await third.cli.event(
		"log",
		/no history: .*history\.sqlite is being written by lampwire desk \(process \d+\): end that one, or give another --state/,
	);
	assert.equal((await config(third.url)).on.history, false);
	assert.equal((await config(second.url)).on.history, false);
	const answer = await fetch(`${none.url}/api/history`);
	assert.deepEqual([answer.status, await answer.text()], [404, "Nothing is recorded on this desk.\n"]);
	for (const { cli } of [first, second, third, none]) cli.child.kill("SIGINT");
	for (const { cli } of [first, second, third, none]) assert.equal(await cli.end(), 0);
});

test("lampwire record at a broker of its own; lampwire history reads the file meanwhile, and a desk by its URL", async () => {
	const state = folder();
	const { cli, mqtt, url } = await desk(folder());
	const recorder = new Cli(["record", "--broker", `mqtt://127.0.0.1:${mqtt}`, "--state", state, "--filter", "light/+/info"]);
	await recorder.event("log", /online at/);
	const hand = await Wire.connect(Number(mqtt), "a-hand");
	for (const level of ["10", "200", "0", "55"]) hand.publish("light", level);
	hand.disconnect();
	let csv = "";
	await eventually(
		async () => {
			csv = (await run("history", "--state", state, "--format", "csv", "--from", "10m")).out;
			return /,55,/.test(csv);
		},
		() => `55 is kept\n${csv}${recorder.out}${recorder.err}`,
	);
	assert.match(csv, /^utc,level,min,max,mean,count,qos,retain,sender,payload\r?\n/);
	assert.match(csv, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3},200,,,,,[01],[01],,200\r?$/m);
	const chart = await run("history", "--state", state);
	assert.deepEqual([chart.exit, chart.err], [0, ""]);
	assert.match(chart.out, /light · .*\n 254 /);
	// the desk's own recorder gathers messages at QoS 0 by its own clock
	let remote = await run("history", "--url", url, "--format", "ndjson", "--from", "10m");
	await eventually(
		async () => {
			if (remote.out.split("\n").some((line) => line !== "" && JSON.parse(line).level === 200)) return true;
			remote = await run("history", "--url", url, "--format", "ndjson", "--from", "10m");
			return false;
		},
		() => `200 is kept by the desk\n${remote.out}${remote.err}`,
	);
	assert.equal(await recorder.end("SIGTERM"), 0);
	assert.match(recorder.out, /bye \d+ messages were kept\./);
	assert.deepEqual([recorder.err, remote.err], ["", ""]);
	assert.equal(await cli.end("SIGINT"), 0);
});

test("what is wrong is said, with what to give: 400 over HTTP, exit 2 or 1 on the command line", async () => {
	const { cli, url } = await desk(folder());
	await cli.event("log", /history: recording/);
	for (const [query, words] of [
		["?from=yesterday", /"yesterday" is no time; give 2026-11-28T18:00/],
		["?from=-1h&to=-2h", /from: must be before to/],
		["?from=-60d", /each row of more than 32 days is too much for one answer; give a step/],
		["?from=60d&step=1s", /50000 steps are the most/],
		["?step=fast", /"fast" is no length of time/],
		["?format=xml", /"xml" is unknown; give json, csv or ndjson/],
		["?colour=1", /"colour" is unknown/],
	] as const) {
		const answer = await fetch(`${url}/api/history${query}`);
		assert.equal(answer.status, 400, query);
		assert.match(await answer.text(), words);
		assert.equal(answer.headers.get("content-type"), "text/plain; charset=utf-8");
	}
	assert.equal((await fetch(`${url}/api/history`, { method: "POST" })).status, 405);
	assert.equal((await fetch(`${url}/api/history`, { headers: { origin: "http://elsewhere.example" } })).status, 403);
	const csv = await fetch(`${url}/api/history?format=csv`);
	assert.match(csv.headers.get("content-disposition") ?? "", /attachment; filename="history.csv"/);
	await csv.text();
	for (const [args, code, words] of [
		[["history", "--state", folder()], 1, /nothing was recorded there/],
		[["history", "--url", "http://127.0.0.1:9"], 1, /127\.0\.0\.1:9 does not answer/],
		[["history", "--from", "soon"], 2, /--from: "soon" is no time/],
		[["record", "--filter", "#", "--state", folder()], 2, /is everything that the broker has/],
		[["record", "--keep", "long"], 2, /--keep: "long" is no length of time/],
		[["record", "--keep-bytes", "1"], 2, /--keep-bytes: "1" is no size/],
		[["record", "--store", "postgres://a:b@c/d"], 2, /--store: a password does not belong into a URL/],
	] as const) {
		const { exit, err } = await run(...args);
		assert.equal(exit, code, err);
		assert.match(err, words);
	}
	assert.equal(await cli.end("SIGINT"), 0);
});
