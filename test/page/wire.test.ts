// `/` and the network: slow echoes, sleep, "back", a broker that goes and comes. Numbers in the names are those of the points that a page must
// never do (issue 11).
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { JSHandle, Page } from "playwright-core";
import { until } from "../hosts/contract/probe.js";
import { makeRandom } from "../light/world.js";
import { hide, onKnob, patience_ms, ready, type Scene, shows, skipWhole, tryNow, turnKnob, wholePath } from "./chromium.js";
import { topic } from "./desk.js";
import { SlowBroker } from "./slow-broker.js";
import { suite } from "./suite.js";

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
/** What a browser says to its console about a connection that it does not get. */
const noConnection = [
	/WebSocket connection to/,
	/ERR_CONNECTION_REFUSED/,
	/ERR_INCOMPLETE_CHUNKED_ENCODING/,
	/ERR_EMPTY_RESPONSE/,
	/ERR_CONNECTION_RESET/,
];

const open = suite({ executablePath: wholePath });

const proxies: SlowBroker[] = [];
after(() => proxies.forEach((proxy) => void proxy.close()));
/** A desk whose page reaches the broker through a proxy. */
async function slow(): Promise<{ scene: Scene; proxy: SlowBroker }> {
	let port = 0;
	const proxy = await SlowBroker.open(() => port);
	proxies.push(proxy);
	const scene = await open({
		brokerUrl: (desk) => {
			port = desk.broker.mqttPort;
			return proxy.url;
		},
	});
	return { scene, proxy };
}

/** Every position that the knob takes from now on. */
function positions(page: Page): Promise<JSHandle<number[]>> {
	return page.evaluateHandle(() => {
		const room = document.getElementById("room") as HTMLElement;
		const read = () => Math.round(254 * Number(room.style.getPropertyValue("--at")));
		const seen = [read()];
		new MutationObserver(() => read() !== seen.at(-1) && seen.push(read())).observe(room, { attributeFilter: ["style"] });
		return seen;
	});
}

const status = (page: Page, words: string | RegExp) =>
	page.waitForFunction(
		([source, exact]) => {
			const text = document.querySelector("[role=status]")?.textContent ?? "";
			return exact ? text === source : new RegExp(source).test(text);
		},
		[typeof words === "string" ? words : words.source, typeof words === "string"] as const,
	);
const said = (scene: Scene) => scene.desk.fromPages().map(({ text, QoS }) => `${text}/${QoS}`);

describe("page: the light over a network", { skip: skipWhole }, () => {
	it("never 1: while it is held, and until its last word is back, the thumb obeys the hand alone (echoes 0 to 500 ms late)", async (t) => {
		t.diagnostic(`SEED=${seed}`);
		const random = makeRandom(seed);
		const { scene, proxy } = await slow();
		await scene.desk.holds("20");
		const page = await scene.page();
		await shows(page, 20);
		proxy.delay = () => 500 * random();
		const outside = await scene.desk.wire("outside");
		await outside.subscribe(topic);
		const seen = await positions(page);
		await turnKnob(page, 20, 120, 4);
		const spoken = (last: string) =>
			until(
				() => said(scene).at(-1) === last,
				() => `the hand's ${last}: ${said(scene).join(" ")}`,
			);
		// Somebody else, in the middle of it. Not before the hand's own is with the broker: it would be the last one heard.
		await spoken("120/0");
		outside.publish(topic, "5", true);
		await page.waitForFunction(() => document.getElementById("control")?.getAttribute("data-ghost") === "5");
		for (let level = 124; level <= 200; level += 4) {
			const place = await onKnob(page, level);
			await page.mouse.move(place.x, place.y);
		}
		await page.mouse.up();
		await spoken("200/1");
		// The echo of it is back when the mark that shows what was heard last is gone.
		await page.waitForFunction(() => document.getElementById("control")?.hasAttribute("data-ghost") === false);
		const all = await seen.jsonValue();
		assert.equal(all.at(-1), 200);
		for (let i = 1; i < all.length; i++) assert.ok((all[i] ?? 0) > (all[i - 1] ?? 0), `went back: ${all.join(" ")}`);
		// And then it follows again. Once the last word is with its subscribers: aedes lets a QoS 0 message overtake one at QoS 1.
		const last = () => outside.seen.filter(({ text }) => text === "200").length;
		await until(() => last() === said(scene).filter((word) => word.startsWith("200/")).length, "the last word is with its subscribers");
		outside.publish(topic, "33", true);
		await shows(page, 33);
	});

	it("never 6: a lost desk is told, with the time of what is seen; what is set meanwhile is said once, when it is back", async () => {
		const scene = await open();
		scene.allowed.push(...noConnection);
		await scene.desk.holds("100");
		const page = await scene.page();
		await shows(page, 100);
		await page.evaluate(() => Object.assign(window, { marked: true }));
		await scene.desk.broker.stop();
		await status(page, /^The desk does not answer\. What you see is from \d\d:\d\d\.$/);
		assert.equal(await page.locator("#room").getAttribute("data-age"), "old");
		assert.equal(await page.locator("#connection-words").textContent(), "not connected");
		assert.match((await page.locator("#level").getAttribute("aria-valuetext")) ?? "", /^was 100 of 254/);
		await page.locator("#level").focus();
		await page.keyboard.press("5");
		await shows(page, 127);
		await status(page, /What you set now is sent when it is back\.$/);
		await scene.desk.broker.start();
		await tryNow(page);
		await until(() => said(scene).includes("127/1"), "what was set");
		await page.waitForFunction(() => document.getElementById("room")?.getAttribute("data-age") === "now");
		await status(page, "");
		assert.deepEqual(said(scene), ["127/1"]);
		// Never 10: it is still the same page.
		assert.equal(await page.evaluate(() => "marked" in window), true);
	});

	it("never 7: tries again and again, until the desk is there", async () => {
		const scene = await open();
		scene.allowed.push(...noConnection);
		await scene.desk.holds("100");
		const pages = [await scene.page(), await scene.page()];
		await scene.desk.broker.stop();
		for (const page of pages) await status(page, /^The desk does not answer/);
		for (const page of pages)
			await page.waitForFunction(() => /^Next try in \d+ s\.$|^Trying…$/.test(document.querySelector(".notice .quiet")?.textContent ?? ""));
		await scene.desk.broker.start();
		for (const page of pages) await ready(page);
	});

	it("a hand that holds while the page is hidden has set what it has set", async () => {
		const scene = await open();
		await scene.desk.holds("20");
		const page = await scene.page();
		await shows(page, 20);
		await turnKnob(page, 20, 100);
		await shows(page, 100);
		// Hidden, as far as a page can tell: perhaps no turn of its event loop follows.
		await page.evaluate(() => {
			Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
			document.dispatchEvent(new Event("visibilitychange"));
		});
		await until(
			() => said(scene).at(-1) === "100/1",
			() => said(scene).join(" "),
		);
		assert.equal(said(scene).filter((word) => word.endsWith("/1")).length, 1);
	});

	it("never 20: while it is hidden nothing is drawn, and no clock ticks", async () => {
		const scene = await open();
		await scene.desk.holds("20");
		const page = await scene.page();
		await shows(page, 20);
		await hide(page);
		const counted = await page.evaluateHandle(() => {
			const seen = { frames: 0, intervals: 0, writes: 0 };
			const { setInterval: real } = window;
			window.setInterval = ((...given: Parameters<typeof real>) => {
				seen.intervals++;
				return real(...given);
			}) as typeof real;
			window.requestAnimationFrame = () => ++seen.frames;
			new MutationObserver((records) => (seen.writes += records.length)).observe(document, {
				subtree: true,
				childList: true,
				attributes: true,
				characterData: true,
			});
			return seen;
		});
		const outside = await scene.desk.wire("outside");
		for (let level = 30; level < 60; level++) outside.publish(topic, String(level), true);
		await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1_500)));
		const { frames, intervals, writes } = await counted.jsonValue();
		assert.ok(frames <= 2, `${frames} frames were asked for`);
		assert.equal(intervals, 0);
		assert.ok(writes <= 4, `${writes} writes`);
	});

	it("never 10, new version: the page says so, and waits to be reloaded", async () => {
		const scene = await open();
		scene.allowed.push(...noConnection);
		await scene.desk.holds("100");
		const page = await scene.page();
		await shows(page, 100);
		await page.evaluate(() => Object.assign(window, { marked: true }));
		await page.route("**/api/config", async (route) => {
			// The desk may be away just then: the page asks again.
			const response = await route.fetch().catch(() => undefined);
			if (response === undefined) return route.abort("connectionrefused");
			await route.fulfill({ response, json: { ...(await response.json()), build: "another" } });
		});
		await scene.desk.broker.stop();
		await status(page, /^The desk does not answer/);
		await scene.desk.broker.start();
		await tryNow(page);
		await status(page, "The desk has been updated.");
		assert.equal(await page.evaluate(() => "marked" in window), true);
		await page.unroute("**/api/config");
		await Promise.all([page.waitForEvent("load"), page.locator("button", { hasText: "Reload" }).click()]);
		await ready(page);
		assert.equal(await page.evaluate(() => "marked" in window), false);
	});

	it("never 27: not called connected when the network is dead, though the socket says open", async () => {
		const { scene, proxy } = await slow();
		scene.allowed.push(...noConnection);
		await scene.desk.holds("100");
		const page = await scene.page();
		await shows(page, 100);
		proxy.deaf = true;
		await page.waitForFunction(() => document.getElementById("connection")?.getAttribute("data-state") === "lost", undefined, {
			timeout: 60_000,
		});
		proxy.deaf = false;
		proxy.cut();
		await tryNow(page);
		await ready(page);
	});
});

describe("page: frozen", { skip: skipWhole }, () => {
	for (const [route, before, after] of [
		["/", "200/200/", "90/90/"],
		["/lamp", "200/200/", "90/90/"],
		["/knob", "0/0/200", "0/0/90"],
	] as const)
		it(`never 6, 9: ${route} after a thaw is old until the broker has answered, plays no old level, and says nothing`, async () => {
			const { scene, proxy } = await slow();
			await scene.desk.holds("200");
			const tab = await scene.loneTab(route);
			// What there is to be seen: how old it is said to be; the light, the number, the mark.
			await tab.evaluate(() => {
				const room = document.getElementById("room") as HTMLElement;
				const read = () => {
					const lit = Math.round(254 * Number(room.style.getPropertyValue("--lit")));
					const number = (document.getElementById("number") ?? document.querySelector("#identity .figure"))?.textContent;
					const mark = document.getElementById("control")?.dataset.ghost ?? "";
					return { age: room.dataset.age, shown: `${lit}/${number}/${mark}` };
				};
				const seen: ReturnType<typeof read>[] = [];
				const all = { subtree: true, childList: true, characterData: true, attributes: true };
				new MutationObserver(() => seen.push(read())).observe(document.body, all);
				Object.assign(window, { read, seen });
			});
			type Look = { age?: string; shown: string };
			type Looking = Window & { read(): Look; seen: Look[] };
			const shows = async (words: string) => {
				let last: Look | undefined;
				for (const end = performance.now() + patience_ms; performance.now() < end; await new Promise((next) => setTimeout(next, 20))) {
					last = await tab.evaluate(() => (window as unknown as Looking).read());
					if (last.age === "now" && last.shown === words) return;
				}
				assert.fail(`never ${words}: ${JSON.stringify(last)}`);
			};
			await shows(before);
			await tab.freeze();
			const outside = await scene.desk.wire("outside");
			await outside.subscribe(topic);
			for (let level = 10; level <= 90; level += 10) outside.publish(topic, String(level), true);
			await until(() => outside.seen.at(-1)?.text === "90", "nine levels");
			// Chromium ends a frozen page's connection: it is made anew. What the topic holds comes some frames after the acknowledgements.
			proxy.delay = () => 200;
			const from = (await tab.evaluate(() => (window as unknown as Looking).seen)).length;
			await tab.thaw();
			await shows(after);
			const seen = (await tab.evaluate(() => (window as unknown as Looking).seen)).slice(from);
			const told = JSON.stringify(seen);
			const old = seen.findLastIndex(({ age }) => age === "old");
			assert.ok(old >= 0, `never old: ${told}`);
			assert.ok(
				seen.slice(0, old + 1).every(({ shown }) => shown === before),
				told,
			);
			// What is called new is the newest; the light is on its way there.
			const newest = after.slice(after.indexOf("/"));
			assert.ok(
				seen.slice(old + 1).every(({ shown }) => shown.endsWith(newest)),
				told,
			);
			assert.deepEqual(said(scene), []);
		});

	const shownAs = (page: Page, level: number) =>
		page.waitForFunction((wanted) => {
			const room = document.getElementById("room") as HTMLElement;
			return Math.round(254 * Number(room.style.getPropertyValue("--lit"))) === wanted && room.dataset.age === "now";
		}, level);

	it("never 6: /lamp that gets no answer when somebody looks again connects anew, and glows", async () => {
		const { scene, proxy } = await slow();
		scene.allowed.push(...noConnection);
		await scene.desk.holds("200");
		const page = await scene.page("/lamp");
		await shownAs(page, 200);
		proxy.deaf = true;
		await page.evaluate(() => {
			for (const state of ["hidden", "visible"]) {
				Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
				document.dispatchEvent(new Event("visibilitychange"));
			}
		});
		await page.waitForFunction(() => document.querySelector<HTMLElement>("#identity .who p")?.dataset.state === "checking");
		await page.waitForFunction(() => document.querySelector<HTMLElement>("#identity .who p")?.dataset.state === "lost");
		assert.equal(await page.locator("#room").getAttribute("data-age"), "old");
		proxy.deaf = false;
		proxy.cut();
		await scene.desk.holds("60");
		await tryNow(page);
		await shownAs(page, 60);
	});
});

describe("page: back and forward", { skip: skipWhole }, () => {
	const openCached = suite({ executablePath: wholePath, ignoreDefaultArgs: ["--disable-back-forward-cache"] });

	it("a page from the back/forward cache proves what it shows, and says nothing", async () => {
		const scene = await openCached();
		scene.allowed.push(...noConnection);
		await scene.desk.holds("200");
		const context = await scene.context();
		await context.addInitScript(() => addEventListener("pageshow", ({ persisted }) => Object.assign(window, { persisted })));
		const page = await context.newPage();
		await page.goto(scene.desk.url);
		await ready(page);
		await shows(page, 200);
		await page.evaluate(() => Object.assign(window, { marked: true }));
		await page.locator("nav a[href='/devices']").click();
		await page.waitForURL("**/devices");
		await ready(page);
		await scene.desk.holds("60");
		await page.evaluate(() => history.back());
		await page.waitForFunction(() => "marked" in window && (window as { persisted?: boolean }).persisted === true);
		await shows(page, 60);
		await page.waitForFunction(() => document.getElementById("room")?.getAttribute("data-age") === "now");
		assert.deepEqual(said(scene), []);
	});
});
