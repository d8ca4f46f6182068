// The page: what it weighs, how soon it shows the light, how soon a lamp follows the hand, and what a drag costs the browser; the last beside
// an empty page under the same drag, and beside another dashboard (bench/page/peer.ts), where npm can be reached. Needs Chromium.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { buildPage } from "../hosts/browser/build.mjs";
import { until } from "../test/hosts/contract/probe.js";
import { levelsOf, percentile, reached } from "../test/light/turns.js";
import { desktop, launch, onKnob, ready, Scene, shows, skip, turnKnob } from "../test/page/chromium.js";
import { removeBuilt, topic } from "../test/page/desk.js";
import { SlowBroker } from "../test/page/slow-broker.js";
import { besides } from "./page/peer.js";

const aims: Readonly<Record<string, number>> = { index: 36, devices: 36, lamp: 30, knob: 30, wire: 48, class: 12 };

async function weigh(): Promise<void> {
	const folder = await mkdtemp(path.join(os.tmpdir(), "lampwire-bench-"));
	const loads = await buildPage(folder);
	const size = async (files: string[]) => {
		let sum = 0;
		for (const file of files) sum += gzipSync(await readFile(path.join(folder, file)), { level: 9 }).length;
		return sum / 1024;
	};
	console.log("KiB a route, gzip -9 (HTML, script, style, icon)   first    later     aim");
	for (const [route, { first, later }] of Object.entries(loads)) {
		const name = route === "index" ? "/" : `/${route}`;
		console.log(
			`  ${name.padEnd(47)}${(await size(first)).toFixed(1).padStart(8)} ${(await size(later)).toFixed(1).padStart(8)} ${String(aims[route]).padStart(7)}`,
		);
	}
	await rm(folder, { recursive: true });
}

/** From SUBACK to the number on the screen, where the way back from the broker takes 100 ms. */
async function firstLevel(browser: Browser): Promise<void> {
	let port = 0;
	const proxy = await SlowBroker.open(() => port);
	proxy.delay = () => 100;
	const scene = await Scene.open(browser, {
		brokerUrl: (desk) => {
			port = desk.broker.mqttPort;
			return proxy.url;
		},
	});
	await scene.desk.holds("154");
	const context = await scene.context();
	await context.addInitScript(() => {
		const Real = WebSocket;
		window.WebSocket = class extends Real {
			constructor(url: string, protocol: string) {
				super(url, protocol);
				this.addEventListener("message", ({ data }) => {
					if (new Uint8Array(data)[0] === 0x90) Object.assign(window, { suback: performance.now() });
				});
			}
		} as typeof Real;
		const look = () => {
			if (document.getElementById("number")?.textContent === "154") Object.assign(window, { shown: performance.now() });
			else requestAnimationFrame(look);
		};
		addEventListener("DOMContentLoaded", look);
	});
	const page = await context.newPage();
	await page.goto(scene.desk.url);
	await page.waitForFunction(() => "shown" in window && "suback" in window);
	const took = await page.evaluate(
		() => (window as unknown as { shown: number; suback: number }).shown - (window as unknown as { suback: number }).suback,
	);
	console.log(
		`\nFirst level shown: ${took.toFixed(0)} ms after SUBACK, where a round trip takes 100 ms (0 ms or less: it was there before)`,
	);
	await scene.close();
	proxy.close();
}

/** From the pointer's event in the page to the duty of a lamp in this process, by this machine's clock. */
async function follow(browser: Browser): Promise<void> {
	const scene = await Scene.open(browser);
	await scene.desk.holds("10");
	const led = await scene.desk.lamp();
	const page = await scene.page();
	await shows(page, 10);
	const writes: { at: number; duty: number }[] = [];
	led.onWrite = (duty) => writes.push({ at: performance.timeOrigin + performance.now(), duty });
	const moves = await page.evaluateHandle(() => {
		const seen: number[] = [];
		document.getElementById("knob")?.addEventListener("pointermove", ({ timeStamp }) => seen.push(performance.timeOrigin + timeStamp));
		return seen;
	});
	const late: number[] = [];
	let from = 10;
	for (const to of [240, 10, 200, 30, 250, 5]) {
		const before = (await moves.jsonValue()).length;
		writes.length = 0;
		await turnKnob(page, from, to, 5);
		await page.mouse.up();
		await until(() => scene.desk.levels.at(-1)?.text === String(to) && scene.desk.levels.at(-1)?.QoS === 1, "the last word");
		await new Promise((resolve) => setTimeout(resolve, 500));
		const times = (await moves.jsonValue()).slice(before);
		const light = levelsOf(writes);
		// The first event is the way to where the drag begins.
		const count = Math.ceil(Math.abs(to - from) / 5);
		for (let step = 1; step <= count; step++) {
			const at = times.at(step - count - 1);
			const level = to > from ? Math.min(from + 5 * step, to) : Math.max(from - 5 * step, to);
			if (at !== undefined) late.push(reached(light, { at, level, up: to > from }) - at);
		}
		from = to;
	}
	const shares = [0.5, 0.9, 0.99, 1].map((share) => percentile(late, share).toFixed(0));
	console.log(
		`\nPointer event → lamp's duty, ${late.length} levels, ms: p50 ${shares[0]}, p90 ${shares[1]}, p99 ${shares[2]}, max ${shares[3]}`,
	);
	await scene.close();
}

interface Cost {
	long: number[];
	frames: number;
	writes: number;
	layouts: number;
}

/** The same drag, round a circle of 100 pixels, on any page. */
async function drag(page: Page): Promise<Cost> {
	await page.evaluate(() => {
		const cost = { long: [] as number[], frames: 0, writes: 0 };
		Object.assign(window, { cost });
		new PerformanceObserver((list) => cost.long.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
		const tick = () => {
			cost.frames++;
			requestAnimationFrame(tick);
		};
		requestAnimationFrame(tick);
		new MutationObserver((records) => {
			cost.writes += records.length;
		}).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
	});
	const session = await page.context().newCDPSession(page);
	await session.send("Performance.enable");
	const layouts = async () => (await session.send("Performance.getMetrics")).metrics.find(({ name }) => name === "LayoutCount")?.value ?? 0;
	const before = await layouts();
	const knob = await page.locator("#knob").count();
	const centre = knob > 0 ? await onKnob(page, 0, 0) : { x: 500, y: 320 };
	const place = (degrees: number) =>
		[centre.x + 80 * Math.cos((degrees * Math.PI) / 180), centre.y + 80 * Math.sin((degrees * Math.PI) / 180)] as const;
	await page.mouse.move(...place(0));
	await page.mouse.down();
	for (let round = 0; round < 4; round++) {
		for (let degrees = 0; degrees <= 200; degrees += 4) await page.mouse.move(...place(degrees));
		for (let degrees = 200; degrees >= 0; degrees -= 4) await page.mouse.move(...place(degrees));
	}
	const during = (await layouts()) - before;
	await page.mouse.up();
	const cost = await page.evaluate(() => (window as unknown as { cost: Omit<Cost, "layouts"> }).cost);
	return { ...cost, layouts: during };
}

async function cost(browser: Browser): Promise<void> {
	const scene = await Scene.open(browser);
	await scene.desk.holds("50");
	const ours = await scene.page();
	await shows(ours, 50);
	const measured = await drag(ours);
	const empty = await (await browser.newContext(desktop)).newPage();
	await empty.setContent("<!doctype html><title>empty</title><p>x");
	const beside = await drag(empty);
	console.log("\nA drag of 408 pointer events     tasks > 50 ms   longest   frames   writes/frame   layouts/frame");
	for (const [name, { long, frames, writes, layouts }] of Object.entries({ "the page": measured, "an empty page": beside }))
		console.log(
			`  ${name.padEnd(31)}${String(long.length).padStart(13)} ${`${Math.max(0, ...long).toFixed(0)} ms`.padStart(9)} ${String(frames).padStart(8)} ${(writes / frames).toFixed(1).padStart(14)} ${(layouts / frames).toFixed(1).padStart(15)}`,
		);
	await heap(ours, scene);
	await empty.context().close();
	await scene.close();
}

/** An hour's use, as fast as it goes: levels from outside, statuses that come and go. */
async function heap(page: Page, scene: Scene): Promise<void> {
	const session = await page.context().newCDPSession(page);
	const wire = await scene.desk.wire("hour");
	const sizes: string[] = [];
	let level = 0;
	for (let quarter = 0; quarter <= 4; quarter++) {
		for (let i = 0; i < (quarter === 0 ? 200 : 3_000); i++) {
			level = (level + 7) % 255;
			wire.publish(topic, String(level), true);
			if (i % 20 === 0) wire.publish(`${topic}/d${i % 100}/status`, i % 40 === 0 ? "online" : "offline", true);
			if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
		}
		wire.publish(topic, "77", true);
		await shows(page, 77);
		await session.send("HeapProfiler.collectGarbage");
		const { usedSize } = await session.send("Runtime.getHeapUsage");
		sizes.push((usedSize / 1024).toFixed(0));
	}
	console.log(`\nHeap after a collection, KiB: ${sizes[0]} at the start, then after each 3,000 levels ${sizes.slice(1).join(", ")}`);
}

/** 20,000 messages, as fast as the desk hands them on, through `/wire`; and through the same page that draws nothing. */
async function flood(browser: Browser): Promise<void> {
	console.log("\n20,000 packets through /wire      tasks > 50 ms   longest   frames   heap after");
	for (const drawn of [true, false]) {
		const scene = await Scene.open(browser);
		const context = await scene.context(desktop);
		await context.addInitScript(() => {
			const cost = { long: [] as number[], frames: 0, ended: false };
			Object.assign(window, { cost });
			const real = requestAnimationFrame.bind(window);
			const tick = () => {
				cost.frames++;
				real(tick);
			};
			real(tick);
			new PerformanceObserver((list) => cost.long.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
			const Real = WebSocket;
			window.WebSocket = class extends Real {
				constructor(url: string, protocol: string) {
					super(url, protocol);
					this.addEventListener("message", ({ data }) => {
						cost.ended ||= new TextDecoder().decode(data).includes("the end");
					});
				}
			} as typeof Real;
		});
		const page = await context.newPage();
		await page.goto(`${scene.desk.url}/wire`);
		await ready(page);
		if (!drawn) await page.evaluate(() => void (window.requestAnimationFrame = () => 1));
		await page.evaluate(() => Object.assign((window as unknown as { cost: object }).cost, { long: [], frames: 0 }));
		const wire = await scene.desk.wire("flood");
		for (let i = 0; i < 20_000; i++) {
			wire.publish(`${topic}/t${i % 50}`, String(i));
			if (i % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 5));
		}
		wire.publish(`${topic}/t0`, "the end");
		await page.waitForFunction(() => (window as unknown as { cost: { ended: boolean } }).cost.ended, undefined, { polling: 200 });
		const { long, frames } = await page.evaluate(() => (window as unknown as { cost: { long: number[]; frames: number } }).cost);
		const session = await page.context().newCDPSession(page);
		await session.send("HeapProfiler.collectGarbage");
		const { usedSize } = await session.send("Runtime.getHeapUsage");
		console.log(
			`  ${(drawn ? "the page" : "the same page, not drawn").padEnd(31)}${String(long.length).padStart(13)} ${`${Math.max(0, ...long).toFixed(0)} ms`.padStart(9)} ${String(frames).padStart(8)} ${`${(usedSize / 1024).toFixed(0)} KiB`.padStart(12)}`,
		);
		await scene.close();
	}
}

await weigh();
if (skip !== false) console.log(`\nThe rest is left out: ${skip}`);
else {
	const browser = await launch();
	try {
		await firstLevel(browser);
		await follow(browser);
		await cost(browser);
		await flood(browser);
		await besides(browser);
	} finally {
		await browser.close();
		await removeBuilt();
	}
}
