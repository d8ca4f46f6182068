// The browser of the page's tests: the system's own Chromium. In every test nothing may be said to its console as an error, and nothing may be
// asked of another origin than the page's.
import assert from "node:assert/strict";
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, type CDPSession, chromium, type Page } from "playwright-core";
import { type DeskOptions, TestDesk } from "./desk.js";
import { LoneTab } from "./lone-tab.js";

/** Chromium without a window costs two thirds of the processor; it has no tab that can be hidden, and no back/forward cache. */
const shell = ["chromium-headless-shell"];
const whole = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

function find(names: readonly string[]): string | undefined {
	if (process.env.CHROMIUM) return process.env.CHROMIUM;
	for (const folder of (process.env.PATH ?? "").split(path.delimiter))
		for (const name of names) {
			const file = path.join(folder, name);
			try {
				accessSync(file, constants.X_OK);
				return file;
			} catch {
				// not here
			}
		}
	return undefined;
}

/** The whole Chromium, for tests that hide a tab. */
export const wholePath = find(whole);
export const executablePath = find(shell) ?? wholePath;
const advice = "install it, or set CHROMIUM to its path";
/** For the `skip` of a test. */
export const skip = executablePath === undefined ? `there is no Chromium here; ${advice}` : false;
export const skipWhole = wholePath === undefined ? `there is no whole Chromium here; ${advice}` : false;

/** Generous: the machine may be busy with other things. */
export const patience_ms = 120_000;

export async function launch(more: Parameters<typeof chromium.launch>[0] = {}): Promise<Browser> {
	return chromium.launch({ executablePath: executablePath ?? "", args: ["--no-sandbox"], ...more });
}

export const phone: BrowserContextOptions = { viewport: { width: 412, height: 914 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
/** Small, because without a graphics chip each pixel of the room takes time; wide enough for the devices beside it. */
export const desktop: BrowserContextOptions = { viewport: { width: 1000, height: 640 } };

/** One desk and the pages that look at it. */
export class Scene {
	readonly desk: TestDesk;
	/** What may be said to the console all the same: a browser tells of each connection that it does not get. */
	readonly allowed: RegExp[] = [];
	readonly #browser: Browser;
	readonly #contexts: BrowserContext[] = [];
	readonly #lone: LoneTab[] = [];
	readonly #complaints: string[] = [];

	private constructor(desk: TestDesk, browser: Browser) {
		this.desk = desk;
		this.#browser = browser;
	}

	static async open(browser: Browser, options?: DeskOptions): Promise<Scene> {
		return new Scene(await TestDesk.open(options), browser);
	}

	async context(options: BrowserContextOptions = desktop): Promise<BrowserContext> {
		const context = await this.#browser.newContext(options);
		context.setDefaultTimeout(patience_ms);
		this.#contexts.push(context);
		context.on("page", (page) => this.#watch(page));
		return context;
	}

	/** Opens `route` in a context of its own, and waits until it is connected. */
	async page(route = "/", options?: BrowserContextOptions): Promise<Page> {
		const page = await (await this.context(options)).newPage();
		await page.goto(this.desk.url + route);
		await ready(page);
		return page;
	}

	/** A tab that can be frozen. Its console is not watched. */
	async loneTab(route: string): Promise<LoneTab> {
		const tab = await LoneTab.open(this.#browser, this.desk.url + route);
		this.#lone.push(tab);
		return tab;
	}

	/** The test is over: closes everything, and tells what was wrong on the way. */
	async close(): Promise<void> {
		for (const tab of this.#lone) await tab.close();
		for (const context of this.#contexts) {
			// What a test answers itself may still be under way.
			for (const page of context.pages()) await page.unrouteAll({ behavior: "ignoreErrors" });
			await context.close();
		}
		await this.desk.close();
		assert.deepEqual(
			this.#complaints.filter((complaint) => !this.allowed.some((pattern) => pattern.test(complaint))),
			[],
		);
	}

	#watch(page: Page): void {
		page.on("console", (message) => message.type() === "error" && this.#complaints.push(`console: ${message.text()}`));
		page.on("pageerror", (error) => this.#complaints.push(`error: ${error.message}`));
		page.on("request", (request) => {
			if (!request.url().startsWith(`${this.desk.url}/`)) this.#complaints.push(`request: ${request.url()}`);
		});
	}
}

/** Connected, and what there is to be known is known. */
export async function ready(page: Page): Promise<void> {
	await page.waitForFunction(() => {
		const line = document.getElementById("connection") ?? document.querySelector("#identity .who p");
		return line?.getAttribute("data-state") === "up";
	});
}

/** Tells the page that it is hidden. Chromium gives no frame to what is hidden; here it is only said to be, so the last frame is waited for. */
export async function hide(page: Page): Promise<void> {
	await page.evaluate(async () => {
		Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
		document.dispatchEvent(new Event("visibilitychange"));
		for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
	});
}

/** Presses the button, unless a try of the page's own has just taken it away. */
export async function tryNow(page: Page): Promise<void> {
	await page.evaluate(() => {
		for (const button of document.querySelectorAll("button")) if (button.textContent === "Try now") button.click();
	});
}

/** Waits until the page shows `level` as its number. */
export async function shows(page: Page, level: number): Promise<void> {
	await page.waitForFunction((text) => document.getElementById("number")?.textContent === text, String(level));
}

/** Where the knob or the fader stands, 0 to 1. */
export function at(page: Page): Promise<number> {
	return page.evaluate(() => Number(document.getElementById("room")?.style.getPropertyValue("--at")));
}

export async function cdp(page: Page): Promise<CDPSession> {
	return page.context().newCDPSession(page);
}

/** The middle of an element, in the page's pixels. */
export async function middle(page: Page, selector: string): Promise<{ x: number; y: number; width: number; height: number }> {
	const box = await page.locator(selector).boundingBox();
	assert.ok(box, `${selector} is not seen`);
	return { x: box.x + box.width / 2, y: box.y + box.height / 2, width: box.width, height: box.height };
}

/** A place on the knob's rim, at `level`. */
export async function onKnob(page: Page, level: number, share = 0.3): Promise<{ x: number; y: number }> {
	const { x, y, width } = await middle(page, "#knob");
	const angle = ((level / 254) * 270 + 135) * (Math.PI / 180);
	return { x: x + share * width * Math.cos(angle), y: y + share * width * Math.sin(angle) };
}

/** Drags the knob with the mouse from where it stands at `from` to `to`, in steps of `by` levels. The button stays down. */
export async function turnKnob(page: Page, from: number, to: number, by = 4): Promise<void> {
	const start = await onKnob(page, from);
	await page.mouse.move(start.x, start.y);
	await page.mouse.down();
	for (let level = from; level !== to; ) {
		level = to > level ? Math.min(level + by, to) : Math.max(level - by, to);
		const place = await onKnob(page, level);
		await page.mouse.move(place.x, place.y);
	}
}
