// `/history` in a browser, over a store of its own. Numbers in the names are those of the points that a page must never do.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, it } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { SqliteStore } from "../../hosts/node/recorder/sqlite-store.js";
import type { GapChange, Row } from "../../src/recorder/store.js";
import { desktop, middle, phone, type Scene, skip } from "./chromium.js";
import { suite } from "./suite.js";
import { violations } from "./violations.js";

const open = suite();
const minute = 60_000;
const hour = 60 * minute;

/** A desk whose recorder is this test. */
class Recorded {
	readonly scene: Scene;
	readonly store: SqliteStore;
	readonly #folder: string;
	#last = 0;

	private constructor(scene: Scene, store: SqliteStore, folder: string) {
		this.scene = scene;
		this.store = store;
		this.#folder = folder;
	}

	static async open(): Promise<Recorded> {
		const folder = await mkdtemp(path.join(os.tmpdir(), "lampwire-page-history-"));
		const store = await SqliteStore.open({ folder, holder: "the test", readOnly: false });
		const made = new Recorded(await open({ history: { store } }), store, folder);
		all.push(made);
		return made;
	}

	/** Levels, by time. */
	async levels(levels: readonly (readonly [number, number, string?])[], gaps: Partial<GapChange>[] = []): Promise<void> {
		const rows = levels.map(([time, level, sender = ""]): Row => {
			this.#last += 1;
			return { time: Math.round(time), n: this.#last, topic: "light", level, payload: undefined, QoS: 1, retain: false, sender };
		});
		const changes = gaps.map((gap): GapChange => ({ kind: "off", source: "", from: undefined, to: undefined, note: "", ...gap }));
		await this.store.append({ rows, gaps: changes, seen: [], forget: false, alive: 0 });
	}

	async page(options?: BrowserContextOptions): Promise<Page> {
		const page = await this.scene.page("/history", options);
		await drawn(page);
		return page;
	}

	async close(): Promise<void> {
		await this.store.close();
		await rm(this.#folder, { recursive: true, force: true });
	}
}

const all: Recorded[] = [];
afterEach(async () => {
	for (const each of all.splice(0)) await each.close();
});

async function drawn(page: Page): Promise<void> {
	await page.waitForFunction(() => document.querySelector(".plot canvas") !== null);
}

const says = (page: Page, id: string) => page.evaluate((each) => document.getElementById(each)?.textContent ?? "", id);
const rowsOf = (page: Page) =>
	page.evaluate(() =>
		[...document.querySelectorAll("#rows tr")].map((row) => [...row.children].map((cell) => cell.textContent ?? "").join(" ")),
	);
/** Waits until the table's first row holds `text`. */
const newest = (page: Page, text: string) =>
	page.waitForFunction((wanted) => document.querySelector("#rows tr")?.textContent?.includes(wanted), text);

/** The share of a column of the chart that has the line's colour, where `at` is of its width: is a level drawn there? */
function lineAt(page: Page, at: number): Promise<boolean> {
	return page.evaluate((share) => {
		const canvas = document.querySelector(".plot canvas") as HTMLCanvasElement;
		const over = document.querySelector(".u-over") as HTMLElement;
		const scale = canvas.width / canvas.clientWidth;
		const context = canvas.getContext("2d") as CanvasRenderingContext2D;
		const x = Math.round((over.offsetLeft + over.clientWidth * share) * scale);
		const { data } = context.getImageData(x, over.offsetTop * scale, 1, over.clientHeight * scale);
		const probe = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
		probe.fillStyle = getComputedStyle(canvas).getPropertyValue("--amber").trim();
		probe.fillRect(0, 0, 1, 1);
		const [r, g, b] = probe.getImageData(0, 0, 1, 1).data as unknown as [number, number, number];
		for (let i = 0; i < data.length; i += 4)
			if (Math.abs((data[i] ?? 0) - r) + Math.abs((data[i + 1] ?? 0) - g) + Math.abs((data[i + 2] ?? 0) - b) < 40) return true;
		return false;
	}, at);
}

describe("page: history", { skip }, () => {
	it("never 21: a silent stretch is no level: nothing is drawn in it, it is shaded and named; what lasts says so", async () => {
		const recorded = await Recorded.open();
		const now = Date.now();
		await recorded.levels(
			[
				[now - 9 * minute, 200, "a-hand"],
				[now - 3 * minute, 100],
			],
			[
				{ from: now - 6 * minute, to: now - 4 * minute, note: "the recorder was off" },
				{ kind: "offline", source: "shelf", from: now - 2 * minute, note: "shelf was offline" },
			],
		);
		const page = await recorded.page();
		await newest(page, "100");
		assert.equal(await lineAt(page, 0.02), false, "before the first");
		assert.equal(await lineAt(page, 0.25), true, "200");
		assert.equal(await lineAt(page, 0.5), false, "in the gap");
		assert.equal(await lineAt(page, 0.85), true, "100, until now");
		const gaps = await page.locator("#gaps li").allTextContents();
		assert.match(gaps[0] ?? "", /^not known: the recorder was off, \d\d:\d\d:\d\d to \d\d:\d\d:\d\d$/);
		assert.match(gaps[1] ?? "", /^shelf was offline, \d\d:\d\d:\d\d to now$/);
		assert.match((await rowsOf(page)).at(-1) ?? "", /200 200 200 a-hand$/);
	});

	it("never 21: the desk's clock counts, also where the viewer's is a year wrong", async () => {
		const recorded = await Recorded.open();
		await recorded.levels([[Date.now() - 5 * minute, 42]]);
		const context = await recorded.scene.context();
		await context.addInitScript(() => {
			const real = Date.now;
			Date.now = () => real() + 366 * 86_400_000;
		});
		const asked: string[] = [];
		const page = await context.newPage();
		page.on("request", (request) => request.url().includes("/api/history") && asked.push(new URL(request.url()).search));
		await page.goto(`${recorded.scene.desk.url}/history`);
		await newest(page, "42");
		assert.match(asked[0] ?? "", /^\?from=600s/);
		assert.equal(await lineAt(page, 0.75), true);
		await page.getByRole("button", { name: "Earlier" }).click();
		await page.waitForFunction(() => / to /.test(document.getElementById("range")?.textContent ?? ""));
		await newest(page, "42");
	});

	for (const [timezoneId, day, hours] of [
		["Europe/Berlin", "2026-10-25T00:00:00+02:00", 25],
		["America/New_York", "2026-03-08T00:00:00-05:00", 23],
	] as const)
		it(`never 21: a day of ${hours} hours in ${timezoneId} has each label once, drawn`, async () => {
			const recorded = await Recorded.open();
			const from = Date.parse(day);
			await recorded.levels(Array.from({ length: hours }, (_, i): [number, number] => [from + i * hour, i * 10]));
			const context = await recorded.scene.context({ ...desktop, timezoneId });
			await context.addInitScript(
				([now]) => {
					const real = Date.now();
					const began = performance.now();
					Date.now = () => (now ?? real) + performance.now() - began;
					const texts: string[] = [];
					Object.assign(window, { texts });
					const { fillText } = CanvasRenderingContext2D.prototype;
					CanvasRenderingContext2D.prototype.fillText = function (...args: [string, number, number]) {
						texts.push(args[0]);
						fillText.apply(this, args);
					};
				},
				[from + hours * hour] as const,
			);
			const page = await context.newPage();
			// the desk stands at the end of that day
			await page.route("**/api/history*", async (route) => {
				const url = new URL(route.request().url());
				if (!/^\d{6,}$/.test(url.searchParams.get("from") ?? "")) {
					const seconds = Number.parseInt(url.searchParams.get("from") ?? "", 10);
					url.searchParams.set("from", String(from + hours * hour - seconds * 1_000));
					url.searchParams.set("to", String(from + hours * hour));
				}
				const response = await route.fetch({ url: url.href });
				const answer = await response.json();
				await route.fulfill({ response, json: { ...answer, now: from + hours * hour } });
			});
			await page.goto(`${recorded.scene.desk.url}/history`);
			await drawn(page);
			await page.evaluate(() => ((window as unknown as { texts: string[] }).texts.length = 0));
			await page.getByRole("button", { name: "Day" }).click();
			await page.waitForFunction(() => (window as unknown as { texts: string[] }).texts.some((text) => /^0[36]:00$/.test(text)));
			const texts = await page.evaluate(() => (window as unknown as { texts: string[] }).texts);
			const first = texts.filter((text) => !/^\d{1,3}$/.test(text));
			const once = first.slice(0, first.indexOf(first[0] ?? "", 1) === -1 ? undefined : first.indexOf(first[0] ?? "", 1));
			assert.equal(new Set(once).size, once.length, once.join());
			assert.ok(once.length >= 4, once.join());
		});

	it("zoomed by a drag, the zoom stays while new levels come; back to now shows them", async () => {
		const recorded = await Recorded.open();
		const now = Date.now();
		await recorded.levels(Array.from({ length: 60 }, (_, i): [number, number] => [now - 10 * minute + i * 9_000, i]));
		const page = await recorded.page();
		await newest(page, "59");
		const { x, y, width } = await middle(page, ".u-over");
		await page.mouse.move(x - width * 0.3, y);
		await page.mouse.down();
		for (let step = 0; step <= 10; step++) {
			await page.mouse.move(x - width * 0.3 + (width * 0.4 * step) / 10, y);
			// an answer in the midst of the drag must not end it
			if (step === 5) {
				await recorded.levels([[Date.now(), 123]]);
				await newest(page, "123");
			}
		}
		await page.mouse.up();
		await page.waitForFunction(() => / to /.test(document.getElementById("range")?.textContent ?? ""));
		const zoomed = await says(page, "range");
		const answers = async (count: number) => {
			for (let i = 0; i < count; i++) await page.waitForResponse((response) => response.url().includes("/api/history"));
		};
		await recorded.levels([[Date.now(), 231]]);
		await answers(2);
		assert.equal(await says(page, "range"), zoomed);
		assert.ok(!(await rowsOf(page)).some((row) => / 231 /.test(row)));
		const shown = await rowsOf(page);
		assert.ok(shown.length > 15 && shown.length < 40, `${shown.length} of 60 are within`);
		await page.getByRole("button", { name: "Back to now" }).click();
		await newest(page, "231");
		assert.equal(await says(page, "range"), "The last 10 minutes");
		assert.equal(await page.evaluate(() => document.activeElement?.textContent), "10 minutes");
	});

	it("a week is one answer of some hundred steps, with lowest and highest; buttons that would do nothing are off (never 22)", async () => {
		const recorded = await Recorded.open();
		const now = Date.now();
		const count = 7 * 24 * 60;
		await recorded.levels(Array.from({ length: count }, (_, i): [number, number] => [now - (count - i) * minute, i % 2 ? 250 : 10]));
		const page = await recorded.page();
		assert.equal(await page.getByRole("button", { name: "Later" }).isDisabled(), true);
		const answer = page.waitForResponse((response) => /step=1\d{3}s/.test(response.url()));
		await page.getByRole("button", { name: "Week" }).click();
		const { rows } = (await (await answer).json()) as { rows: number[][] };
		assert.ok(rows.length > 500 && rows.length <= 601, `${rows.length}`);
		await newest(page, "10250");
		assert.equal(await page.getByRole("button", { name: "Week" }).getAttribute("aria-pressed"), "true");
		for (const name of ["Zoom out", "Zoom out", "Zoom out"]) {
			const button = page.getByRole("button", { name });
			if (await button.isEnabled()) await button.click();
		}
		assert.equal(await page.getByRole("button", { name: "Zoom out" }).isDisabled(), true);
	});

	it("never 6: a desk that is lost: what is seen says from when it is, and it goes on by itself", async () => {
		const recorded = await Recorded.open();
		recorded.scene.allowed.push(/ERR_|Failed to load/);
		await recorded.levels([[Date.now() - minute, 7]]);
		const page = await recorded.page();
		await newest(page, "7");
		await page.route("**/api/history*", (route) => route.abort());
		await page.waitForFunction(() =>
			/^The desk does not answer\. What you see is from \d\d:\d\d:\d\d\.$/.test(
				document.getElementById("connection-words")?.textContent ?? "",
			),
		);
		await page.unroute("**/api/history*");
		await recorded.levels([[Date.now(), 8]]);
		await newest(page, "8");
	});

	it("never 18, 20: an answer that says nothing new changes nothing that is read; nothing is asked while hidden", async () => {
		const recorded = await Recorded.open();
		const now = Date.now();
		await recorded.levels(
			Array.from({ length: 50 }, (_, i): [number, number] => [now - minute - i, i]),
			[{ from: now - hour, to: now - hour + 1 }],
		);
		const page = await recorded.page();
		await newest(page, "0");
		const changes = await page.evaluateHandle(() => {
			const seen: string[] = [];
			new MutationObserver((records) => {
				for (const { target } of records) seen.push((target as Element).id || target.nodeName);
			}).observe(document.getElementById("history") as Element, { subtree: true, childList: true, characterData: true });
			return seen;
		});
		const answers: string[] = [];
		page.on("response", (response) => response.url().includes("/api/history") && answers.push(response.url()));
		await page.waitForResponse((response) => response.url().includes("/api/history"));
		await page.waitForResponse((response) => response.url().includes("/api/history"));
		assert.deepEqual(
			(await changes.jsonValue()).filter((name) => /rows|gaps|range|empty/.test(name)),
			[],
		);
		assert.equal(await page.locator("[aria-live], [role=alert], [role=log]").count(), 0);
		await page.evaluate(() => {
			Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
			document.dispatchEvent(new Event("visibilitychange"));
		});
		await page.waitForTimeout(100);
		const asked = answers.length;
		await page.waitForTimeout(2_500);
		assert.equal(answers.length, asked);
	});

	it("never 13: names, notes and senders stay text; CSV is what RFC 4180 says, and no payload begins like a formula", async () => {
		const recorded = await Recorded.open();
		const now = Date.now();
		const evil = '<img src=x onerror="document.title=1">';
		await recorded.levels([[now - 1_000, 9, evil]], [{ kind: "offline", source: evil, from: now - 2_000, note: `${evil} was offline` }]);
		const payloads = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\tx", "\rx", 'say "a,b"\r\nc', "-5", "é, 灯"];
		await recorded.store.append({
			rows: payloads.map((text, n) => ({
				time: now + 1,
				n,
				topic: "light",
				level: -1,
				payload: new TextEncoder().encode(text),
				QoS: 1,
				retain: false,
				sender: "=cmd()",
			})),
			gaps: [],
			seen: [],
			forget: false,
			alive: 0,
		});
		const page = await recorded.page();
		await page.waitForFunction(() => document.querySelectorAll("#rows tr").length === 10);
		assert.equal(await page.locator("img").count(), 0);
		assert.ok((await rowsOf(page)).some((row) => row.includes(evil)));
		const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download CSV" }).click()]);
		assert.equal(download.suggestedFilename(), "history.csv");
		const table = parse(await readFile(await download.path(), "utf8"));
		const [head = [], ...rows] = table;
		assert.deepEqual(head, ["utc", "level", "min", "max", "mean", "count", "qos", "retain", "sender", "payload"]);
		for (const row of table) assert.equal(row.length, head.length, row.join("|"));
		assert.match(rows[0]?.[0] ?? "", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
		assert.equal(rows[0]?.[8], evil);
		assert.deepEqual(
			rows.slice(1).map((row) => row[9]),
			["'=1+1", "'+1", "'-2+3", "'@SUM(A1)", "'\tx", "'\rx", 'say "a,b"\r\nc', "-5", "é, 灯"],
		);
		for (const row of rows.slice(1)) assert.equal(row[8], "'=cmd()");
	});

	it("never 16, 17: axe finds nothing serious, in both themes; what can be pressed has 44 pixels and shows the focus; 320 pixels are enough", async () => {
		const recorded = await Recorded.open();
		const now = Date.now();
		await recorded.levels(
			[
				[now - 9 * minute, 200, "a-hand"],
				[now - 3 * minute, 100, "m".repeat(60)],
			],
			[{ from: now - 6 * minute, to: now - 4 * minute, note: "the recorder was off" }],
		);
		for (const options of [
			{ ...desktop, colorScheme: "dark" },
			{ ...desktop, colorScheme: "light" },
			{ ...phone, colorScheme: "dark", viewport: { width: 320, height: 568 } },
		] as const) {
			const page = await recorded.page(options);
			await newest(page, "100");
			await page.locator("summary").click();
			await page.getByRole("button", { name: "Earlier" }).click();
			assert.deepEqual(await violations(page), []);
			const small = await page.evaluate(() =>
				[...document.querySelectorAll<HTMLElement>("a, button, summary")]
					.filter((element) => element.checkVisibility() && element.getClientRects().length > 0)
					.filter((element) => element.getBoundingClientRect().width < 44 || element.getBoundingClientRect().height < 44)
					.map((element) => element.textContent),
			);
			assert.deepEqual(small, []);
			for (let stop = 0; stop < 18; stop++) {
				await page.keyboard.press("Tab");
				const outlined = await page.evaluate(() => {
					const element = document.activeElement as HTMLElement;
					const { outlineStyle, outlineWidth } = getComputedStyle(element);
					return element === document.body || (outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2);
				});
				assert.ok(outlined, `stop ${stop}`);
			}
			const content = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
			assert.ok(content <= 0, `${content} pixels beside`);
			assert.notEqual(await page.evaluate(() => getComputedStyle(document.querySelector(".plot") as Element).touchAction), "none");
			await page.context().close();
		}
	});

	it("says in words where nothing is recorded, and where nothing was", async () => {
		const bare = await open();
		bare.allowed.push(/404/);
		const context = await bare.context();
		const page = await context.newPage();
		await page.goto(`${bare.desk.url}/history`);
		await page.waitForFunction(() => document.getElementById("connection-words")?.textContent === "Nothing is recorded on this desk.");
		const recorded = await Recorded.open();
		const empty = await recorded.page();
		assert.match(await says(empty, "empty"), /^Nothing was recorded between \d\d:\d\d:\d\d and \d\d:\d\d:\d\d\.$/);
	});
});

/** RFC 4180 §2, and no more. */
function parse(text: string): string[][] {
	assert.ok(text.endsWith("\r\n"));
	const rows: string[][] = [];
	let row: string[] = [];
	let rest = text;
	while (rest !== "") {
		const [cell = "", quoted, plain = "", end = ""] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest) ?? assert.fail(rest);
		row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
		if (end !== ",") rows.push(row);
		if (end !== ",") row = [];
		rest = rest.slice(cell.length);
	}
	return rows;
}
