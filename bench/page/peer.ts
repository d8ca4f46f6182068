// Beside our page, one of those that people use: a slider of FlowFuse's dashboard for Node-RED, on the same broker, under the same drag. It is
// installed from npm into a temporary folder, and nowhere else.
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { desktop, onKnob, patience_ms, Scene, shows } from "../../test/page/chromium.js";
import { topic } from "../../test/page/desk.js";
import { freePort } from "../../test/ports.js";

const install_ms = 240_000;
const start_ms = 120_000;
const rounds = 4;
const steps = 51;

interface Row {
	bytes: number;
	requests: number;
	long: number;
	longest: number;
	rate: number;
	obeys: boolean;
}

/** Where the pointer is to be for a share of the way, 0 to 1; and what the control shows, 0 to 254. */
interface Control {
	place(share: number): Promise<{ x: number; y: number }>;
	shown(): Promise<number>;
}

/** Counts what `page` loads: each answer once, as gzip -9 would make it. */
function loads(page: Page): () => Promise<{ bytes: number; requests: number }> {
	const answers: Promise<number>[] = [];
	page.on("response", (response) => {
		if (response.status() === 200 && !/\/api\/events|socket\.io/.test(response.url()))
			answers.push(
				response.body().then(
					(body) => gzipSync(body, { level: 9 }).length,
					() => 0,
				),
			);
	});
	return async () => ({ bytes: (await Promise.all(answers)).reduce((sum, length) => sum + length, 0), requests: answers.length });
}

/** There and back, four times; then somebody else sets 5 while it is held at full. */
async function drag(page: Page, scene: Scene, control: Control): Promise<Omit<Row, "bytes" | "requests">> {
	const long = await page.evaluateHandle(() => {
		const seen: number[] = [];
		new PerformanceObserver((list) => seen.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
		return seen;
	});
	const places = [];
	for (let step = 0; step < steps; step++) places.push(await control.place(step / (steps - 1)));
	const [first] = places;
	await page.mouse.move(first?.x ?? 0, first?.y ?? 0);
	await page.mouse.down();
	const from = scene.desk.levels.length;
	const began = performance.now();
	for (let round = 0; round < rounds; round++) for (const { x, y } of [...places, ...places.toReversed()]) await page.mouse.move(x, y);
	const rate = ((scene.desk.levels.length - from) * 1_000) / (performance.now() - began);
	const seen = await long.jsonValue();
	for (const { x, y } of places) await page.mouse.move(x, y);
	await new Promise((resolve) => setTimeout(resolve, 1_000));
	const held = await control.shown();
	const outside = await scene.desk.wire("outside");
	outside.publish(topic, "5", true);
	await new Promise((resolve) => setTimeout(resolve, 1_000));
	const obeys = Math.abs((await control.shown()) - held) < 3;
	await page.mouse.up();
	return { long: seen.length, longest: Math.max(0, ...seen), rate, obeys };
}

async function ours(browser: Browser): Promise<Row> {
	const scene = await Scene.open(browser);
	await scene.desk.holds("0");
	const page = await (await scene.context()).newPage();
	const loaded = loads(page);
	await page.goto(scene.desk.url);
	await shows(page, 0);
	await page.waitForLoadState("networkidle").catch(() => {});
	const load = await loaded();
	const row = await drag(page, scene, {
		place: (share) => onKnob(page, 254 * share),
		shown: async () => Number(await page.locator("#number").textContent()),
	});
	await scene.close();
	return { ...load, ...row };
}

/** Installs it, and resolves to its folder, or throws why not. */
async function installed(): Promise<string> {
	const folder = await mkdtemp(path.join(os.tmpdir(), "lampwire-peer-"));
	const { status, error, stderr } = spawnSync(
		"npm",
		[
			"install",
			"--prefix",
			folder,
			"--no-audit",
			"--no-fund",
			"--no-save",
			"--ignore-scripts",
			"node-red@4",
			"@flowfuse/node-red-dashboard@1",
		],
		{ timeout: install_ms, encoding: "utf8" },
	);
	if (status === 0) return folder;
	await rm(folder, { recursive: true, force: true });
	throw new Error(`npm install failed: ${error?.message ?? stderr.trim().split("\n")[0]}`);
}

const flows = (port: number) => [
	{ id: "the-tab", type: "tab", label: "light" },
	{ id: "the-base", type: "ui-base", name: "UI", path: "/dashboard" },
	{
		id: "the-theme",
		type: "ui-theme",
		name: "theme",
		colors: { surface: "#ffffff", primary: "#0094ce", bgPage: "#eeeeee", groupBg: "#ffffff", groupOutline: "#cccccc" },
		sizes: {},
	},
	{ id: "the-page", type: "ui-page", name: "Light", ui: "the-base", path: "/light", layout: "grid", theme: "the-theme", order: 1 },
	{
		id: "the-group",
		type: "ui-group",
		name: "Light",
		page: "the-page",
		width: "12",
		height: "1",
		order: 1,
		showTitle: true,
		visible: "true",
		disabled: "false",
	},
	{
		id: "the-broker",
		type: "mqtt-broker",
		broker: "127.0.0.1",
		port: String(port),
		protocolVersion: "4",
		keepalive: "60",
		cleansession: true,
		autoConnect: true,
	},
	{ id: "the-in", type: "mqtt in", z: "the-tab", topic, qos: "1", datatype: "utf8", broker: "the-broker", wires: [["the-slider"]] },
	// What comes in moves the slider, and is not passed on.
	{
		id: "the-slider",
		type: "ui-slider",
		z: "the-tab",
		group: "the-group",
		order: 1,
		width: "12",
		height: "1",
		label: "light",
		outs: "all",
		topic,
		topicType: "str",
		passthru: false,
		min: 0,
		max: 254,
		step: 1,
		thumbLabel: "true",
		showTicks: "false",
		colorTrack: "#cccccc",
		colorThumb: "#0094ce",
		className: "",
		wires: [["the-out"]],
	},
	{ id: "the-out", type: "mqtt out", z: "the-tab", topic, qos: "1", retain: "true", broker: "the-broker", wires: [] },
];

async function theirs(browser: Browser, folder: string): Promise<Row> {
	const scene = await Scene.open(browser);
	await scene.desk.holds("0");
	const port = await freePort();
	await writeFile(path.join(folder, "flows.json"), JSON.stringify(flows(scene.desk.broker.mqttPort)));
	await writeFile(
		path.join(folder, "settings.cjs"),
		`module.exports = { flowFile: "flows.json", uiHost: "127.0.0.1", uiPort: ${port}, telemetry: { enabled: false } };`,
	);
	const red = spawn(process.execPath, ["node_modules/node-red/red.js", "-u", folder, "-s", path.join(folder, "settings.cjs")], {
		cwd: folder,
		stdio: "ignore",
	});
	const context = await browser.newContext(desktop);
	try {
		context.setDefaultTimeout(patience_ms);
		const url = `http://127.0.0.1:${port}/dashboard/light`;
		for (
			const end = performance.now() + start_ms;
			!(await fetch(url).then(
				({ ok }) => ok,
				() => false,
			));
			await new Promise((next) => setTimeout(next, 500))
		)
			if (performance.now() > end || red.exitCode !== null) throw new Error("Node-RED does not start");
		const page = await context.newPage();
		const loaded = loads(page);
		await page.goto(url);
		const thumb = page.locator(".v-slider-thumb");
		await thumb.waitFor();
		await new Promise((resolve) => setTimeout(resolve, 2_000));
		const load = await loaded();
		const track = await page.locator(".v-slider .v-slider__container").boundingBox();
		if (track === null) throw new Error("its slider is not seen");
		const row = await drag(page, scene, {
			place: async (share) => ({ x: track.x + share * track.width, y: track.y + track.height / 2 }),
			shown: async () => Number(await thumb.getAttribute("aria-valuenow")),
		});
		return { ...load, ...row };
	} finally {
		await context.close();
		red.kill();
		await scene.close();
	}
}

/** Prints both, side by side; or why there is only ours. */
export async function besides(browser: Browser): Promise<void> {
	console.log(
		`\nA drag of ${2 * rounds * steps} events   KiB loaded, gzip -9   requests   tasks > 50 ms   longest   publishes/s   held, it obeys the hand alone`,
	);
	const print = (name: string, { bytes, requests, long, longest, rate, obeys }: Row) =>
		console.log(
			`  ${name.padEnd(24)}${(bytes / 1024).toFixed(1).padStart(18)} ${String(requests).padStart(10)} ${String(long).padStart(15)} ${`${longest.toFixed(0)} ms`.padStart(9)} ${rate.toFixed(1).padStart(13)}   ${obeys ? "yes" : "no"}`,
		);
	print("/", await ours(browser));
	let folder: string | undefined;
	try {
		folder = await installed();
		print("FlowFuse's dashboard", await theirs(browser, folder));
	} catch (error) {
		console.log(`  FlowFuse's dashboard    skipped: ${(error as Error).message}`);
	} finally {
		if (folder !== undefined) await rm(folder, { recursive: true, force: true });
	}
}
