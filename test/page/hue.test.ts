// The lights of the desk's Hue bridge in the room. Numbers in the names are those of the points that a page must never do (issue 11).
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Page } from "playwright-core";
import { desktop, phone, type Scene, shows, skip } from "./chromium.js";
import { topic } from "./desk.js";
import { suite } from "./suite.js";

const open = suite();

/** What is read of each light, in their order. */
const words = (page: Page) =>
	page.evaluate(() =>
		[...document.querySelectorAll("#room .hue li")].map((each) => (each as HTMLElement).innerText.replace(/\s+/g, " ").trim()),
	);

async function read(page: Page, wanted: readonly string[]): Promise<void> {
	await page.waitForFunction(
		(all) =>
			all ===
			[...document.querySelectorAll("#room .hue li")].map((each) => (each as HTMLElement).innerText.replace(/\s+/g, " ").trim()).join("|"),
		wanted.join("|"),
	);
}

async function withLights(lights: readonly { name: string; level: number }[], options = desktop): Promise<{ scene: Scene; page: Page }> {
	const scene = await open();
	await scene.desk.holds("127");
	scene.desk.hue(lights);
	const page = await scene.page("/", options);
	await shows(page, 127);
	return { scene, page };
}

describe("page: the lights of the desk's Hue bridge", { skip }, () => {
	it("hang in the room as small bulbs, each with its name and percent, and follow; a page without a bridge has none", async () => {
		const { scene, page } = await withLights([
			{ name: "Shelf", level: 127 },
			{ name: "Window", level: 0 },
		]);
		await read(page, ["Shelf 50 %", "Window off"]);
		assert.match(await page.locator("#room").ariaSnapshot(), /- list "Hue lights":\n\s+- listitem: Shelf 50 %\n\s+- listitem: Window off/);
		const lit = (at: number, wanted: number) =>
			page.waitForFunction(
				([index, level]) => {
					const bulb = document.querySelectorAll<HTMLElement>("#room .hue .lamp")[index ?? 0];
					return Math.abs(254 * Number(bulb?.style.getPropertyValue("--lit")) - (level ?? 0)) < 0.6;
				},
				[at, wanted] as const,
			);
		await lit(0, 127);
		scene.desk.hue([
			{ name: "Shelf", level: 254 },
			{ name: "Window", level: 1 },
		]);
		await read(page, ["Shelf 100 %", "Window 1 %"]);
		await lit(0, 254);
		await lit(1, 1);
		scene.desk.hue([{ name: "Window", level: -1 }]);
		await read(page, ["Window not known"]);
		await lit(0, 0);
		scene.desk.hue([]);
		await read(page, []);
		assert.equal(await page.locator("#room [aria-live] .hue, #room .hue [aria-live]").count(), 0);
	});

	it("never 6: what was told before the desk went away is not shown as known", async () => {
		const { scene, page } = await withLights([{ name: "Shelf", level: 200 }]);
		await read(page, ["Shelf 79 %"]);
		scene.allowed.push(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|WebSocket/);
		await scene.desk.broker.stop();
		await read(page, ["Shelf not known"]);
	});

	it("never 13: a name is a text, whatever it holds, and neither it nor their number moves the room", async () => {
		const { page } = await withLights(
			[
				{ name: "<img src=x onerror=alert(1)>", level: 10 },
				{ name: "\u202egnp.exe", level: 20 },
				...["{{x}}", "W".repeat(500), "", "Shelf", "Shelf"].map((name) => ({ name, level: 30 })),
			],
			{ ...phone, viewport: { width: 320, height: 568 } },
		);
		await page.waitForFunction(() => document.querySelectorAll("#room .hue li").length === 6);
		assert.equal((await words(page))[0], "<img src=x onerror=alert(1)> 4 %");
		assert.equal(await page.locator("img, [onerror], body script").count(), 0);
		const ids = await page.evaluate(() => [...document.querySelectorAll("[id]")].map(({ id }) => id));
		assert.equal(new Set(ids).size, ids.length, "each id once");
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
		// The hand takes hold through them, and of nothing else.
		assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector("#room .hue") as Element).pointerEvents), "none");
		assert.equal(await page.locator("#room .hue :is(button, a, input, [tabindex])").count(), 0);
	});

	it("never 20: while the page is hidden nothing of them is drawn, and afterwards only the last", async () => {
		const { scene, page } = await withLights([{ name: "Shelf", level: 10 }]);
		await read(page, ["Shelf 4 %"]);
		await page.evaluate(async () => {
			Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
			document.dispatchEvent(new Event("visibilitychange"));
			// Chromium gives no frame to what is hidden; here it is only said to be.
			const held: FrameRequestCallback[] = [];
			const { requestAnimationFrame: real } = window;
			window.requestAnimationFrame = (callback) => held.push(callback);
			// One was asked for before, by the fade to the first level.
			for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => real(resolve));
			const seen = { writes: 0, heard: 0 };
			new MutationObserver((all) => (seen.writes += all.length)).observe(document.querySelector("#room .hue") as Element, {
				subtree: true,
				childList: true,
				characterData: true,
				attributes: true,
			});
			new EventSource("/api/events").addEventListener("hue", () => seen.heard++);
			Object.assign(window, {
				seen,
				show() {
					window.requestAnimationFrame = real;
					Reflect.deleteProperty(document, "visibilityState");
					document.dispatchEvent(new Event("visibilitychange"));
					for (const callback of held) real(callback);
				},
			});
		});
		await page.waitForFunction(() => (window as unknown as { seen: { heard: number } }).seen.heard === 1);
		scene.desk.hue([{ name: "Shelf", level: 100 }]);
		await page.waitForFunction(() => (window as unknown as { seen: { heard: number } }).seen.heard === 2);
		scene.desk.hue([{ name: "Shelf", level: 254 }]);
		await page.waitForFunction(() => (window as unknown as { seen: { heard: number } }).seen.heard === 3);
		assert.equal(await page.evaluate(() => (window as unknown as { seen: { writes: number } }).seen.writes), 0);
		await page.evaluate(() => (window as unknown as { show(): void }).show());
		await read(page, ["Shelf 100 %"]);
	});

	it("nothing of them is on a topic", async () => {
		const { scene, page } = await withLights([{ name: "Shelf", level: 10 }]);
		await read(page, ["Shelf 4 %"]);
		assert.deepEqual([...new Set(scene.desk.messages.map(({ topic: on }) => on))], [topic]);
	});
});
