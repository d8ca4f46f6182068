// `/lamp` and `/knob`: the firmware's own roles on a screen, with a name, a status and a will of their own.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Page } from "playwright-core";
import { until } from "../hosts/contract/probe.js";
import { onKnob, phone, ready, type Scene, shows, skip, turnKnob } from "./chromium.js";
import { topic } from "./desk.js";
import { suite } from "./suite.js";

const open = suite();
const small = { viewport: { width: 360, height: 480 } };

const nameOf = (page: Page) => page.evaluate(() => document.querySelector("#identity bdi")?.textContent ?? "");
async function isLit(page: Page, level: number): Promise<void> {
	await page.waitForFunction(
		(wanted) => Math.abs(254 * Number(document.getElementById("room")?.style.getPropertyValue("--lit")) - wanted) < 0.6,
		level,
	);
}
const status = (scene: Scene, id: string) =>
	Buffer.from(scene.desk.messages.findLast(({ topic: on }) => on === `${topic}/${id}/status`)?.payload ?? []).toString();

describe("page: a screen that is a lamp", { skip }, () => {
	it("glows as the topic says, tells its status, and its will says when the tab is closed", async () => {
		const scene = await open();
		await scene.desk.holds("154");
		const page = await scene.page("/lamp", small);
		await isLit(page, 154);
		const id = await nameOf(page);
		assert.equal(status(scene, id), "online");
		await scene.desk.holds("20");
		await isLit(page, 20);
		await page.close();
		await until(() => status(scene, id) === "offline", "the will");
		const will = scene.desk.messages.findLast(({ topic: on }) => on === `${topic}/${id}/status`);
		assert.equal(will?.retain, true);
	});

	it("twenty tabs are twenty lamps; one is closed, and the page shows that it has gone", async () => {
		const scene = await open();
		await scene.desk.holds("200");
		const context = await scene.context(small);
		const lamps = await Promise.all(
			Array.from({ length: 20 }, async () => {
				const page = await context.newPage();
				await page.goto(`${scene.desk.url}/lamp`);
				await ready(page);
				return page;
			}),
		);
		const names = await Promise.all(lamps.map(nameOf));
		assert.equal(new Set(names).size, 20);
		const devices = await (await scene.context()).newPage();
		// How a device went is an event, not a state: the desk does not send it to a page that listens later.
		const listens = devices.waitForResponse(`${scene.desk.url}/api/events`);
		await devices.goto(`${scene.desk.url}/devices`);
		await listens;
		await devices.waitForFunction(() => document.querySelectorAll('.row[data-state="up"]').length === 20);
		await lamps[7]?.close();
		await devices.waitForFunction((name) => document.querySelector('.row[data-state="lost"]')?.getAttribute("data-id") === name, names[7]);
		await devices.waitForFunction(() => document.querySelector(".heading p")?.textContent === "19 online · 1 gone");
		// The will comes by MQTT, and that it was one by /api/events: either may be first.
		const state = devices.locator('.row[data-state="lost"] .state', { hasText: "·" });
		await state.waitFor();
		assert.match((await state.textContent()) ?? "", /^gone \d\d:\d\d:\d\d · its will said so$/);
	});

	it("never 19: on the screen no more than three flashes a second, whatever the wire says; on the wire all stays", async () => {
		const scene = await open();
		await scene.desk.holds("0");
		const page = await scene.page("/lamp", small);
		const light = await scene.page("/", small);
		const watch = (each: Page) =>
			each.evaluateHandle(() => {
				const room = document.getElementById("room") as HTMLElement;
				const seen: [at: number, level: number][] = [];
				// By the time of the frame, which is what is seen: a busy page runs its code some time after that.
				const frame = () => Number(document.timeline.currentTime);
				new MutationObserver(() => seen.push([frame(), 254 * Number(room.style.getPropertyValue("--lit"))])).observe(room, {
					attributeFilter: ["style"],
				});
				return seen;
			});
		const painted = await Promise.all([watch(page), watch(light)]);
		const wire = await scene.desk.wire("strobe");
		let on = false;
		const strobe = setInterval(() => wire.publish(topic, (on = !on) ? "254" : "0", true), 80);
		await page.waitForFunction(
			() => document.querySelector("[role=status]")?.textContent === "Fast flashing is softened on this screen, not on the wire.",
		);
		await new Promise((resolve) => setTimeout(resolve, 3_000));
		clearInterval(strobe);
		wire.publish(topic, "100", true);
		await isLit(page, 100);
		for (const each of painted) {
			const swings: number[] = [];
			let [extreme, up] = [0, false];
			for (const [at, level] of await each.jsonValue()) {
				if (up ? level > extreme : level < extreme) extreme = level;
				else if (Math.abs(level - extreme) >= 25) {
					swings.push(at);
					[extreme, up] = [level, !up];
				}
			}
			for (let i = 6; i < swings.length; i++)
				assert.ok((swings[i] ?? 0) - (swings[i - 6] ?? 0) >= 1_000, `${i}: ${swings.map(Math.round).join(" ")}`);
		}
	});

	it("takes a name, up to 16 bytes, and says why another does not fit", async () => {
		const scene = await open();
		const page = await scene.page("/lamp", small);
		const first = await nameOf(page);
		await page.getByRole("button", { name: "Rename" }).click();
		await page.getByLabel("New name").fill("living-room-lamp-1");
		await page.getByRole("button", { name: "Use this name" }).click();
		await page.waitForFunction(() =>
			document.querySelector("[role=alert]")?.textContent?.includes("18 bytes are too long; 16 is the most"),
		);
		await page.getByLabel("New name").fill("a/b");
		await page.getByRole("button", { name: "Use this name" }).click();
		await page.waitForFunction(() => document.querySelector("[role=alert]")?.textContent?.includes('may not hold "/"'));
		await page.getByLabel("New name").fill("anna");
		await page.getByRole("button", { name: "Use this name" }).click();
		await until(() => status(scene, "anna") === "online", "anna is online");
		assert.equal(status(scene, first), "offline");
		// A second tab of this browser that wants the same name becomes anna-2.
		const other = await page.context().newPage();
		await other.goto(`${scene.desk.url}/lamp`);
		await ready(other);
		await other.getByRole("button", { name: "Rename" }).click();
		await other.getByLabel("New name").fill("anna");
		await other.getByRole("button", { name: "Use this name" }).click();
		await until(() => status(scene, "anna-2") === "online", "anna-2 is online");
		assert.equal(status(scene, "anna"), "online");
	});

	it("never 22: what the browser does not have is no button, but a sentence", async () => {
		const scene = await open();
		const context = await scene.context(phone);
		await context.addInitScript(() => {
			Object.defineProperty(Document.prototype, "fullscreenEnabled", { get: () => false });
			Reflect.deleteProperty(Navigator.prototype, "wakeLock");
		});
		const page = await context.newPage();
		await page.goto(`${scene.desk.url}/lamp`);
		await ready(page);
		await page.waitForFunction(() =>
			/^This phone is a lamp called \w+\. Keep this page open, and set your screen to stay on\.$/.test(
				document.querySelector(".words")?.textContent ?? "",
			),
		);
		assert.equal(await page.getByRole("button", { name: "Full screen" }).count(), 0);
		const able = await scene.page("/lamp", small);
		assert.equal(await able.getByRole("button", { name: "Full screen" }).count(), 1);
	});
});

describe("page: a screen that is a knob", { skip }, () => {
	const fromKnobs = (scene: Scene) => scene.desk.fromPages().map(({ text, QoS }) => `${text}/${QoS}`);

	it("never 5: silent on an empty topic until it is turned", async () => {
		const scene = await open();
		const page = await scene.page("/knob");
		const id = await nameOf(page);
		await until(() => status(scene, id) === "online", "online");
		// Longer than a dimmer waits for what the topic may hold.
		await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1_500)));
		assert.deepEqual(fromKnobs(scene), []);
		await turnKnob(page, 0, 100);
		await page.mouse.up();
		await until(
			() => fromKnobs(scene).at(-1) === "100/1",
			() => fromKnobs(scene).join(" "),
		);
		await shows(page, 100);
	});

	it("soft take-over: silent until it is turned through what somebody else has set, which a mark shows", async () => {
		const scene = await open();
		await scene.desk.holds("120");
		const page = await scene.page("/knob");
		await page.waitForFunction(() => document.getElementById("control")?.getAttribute("data-ghost") === "120");
		await page.waitForFunction(
			() => document.querySelector(".words")?.textContent === "Somebody else has set 120: turn the knob to the mark.",
		);
		await turnKnob(page, 0, 100, 10);
		await page.waitForFunction(() => document.getElementById("number")?.textContent === "100");
		assert.deepEqual(fromKnobs(scene), []);
		for (let level = 105; level <= 160; level += 5) {
			const place = await onKnob(page, level);
			await page.mouse.move(place.x, place.y);
		}
		await page.mouse.up();
		await until(
			() => fromKnobs(scene).at(-1) === "160/1",
			() => fromKnobs(scene).join(" "),
		);
		assert.ok(
			fromKnobs(scene).every((word) => Number(word.split("/")[0]) >= 116),
			fromKnobs(scene).join(" "),
		);
		await page.waitForFunction(() => document.getElementById("control")?.hasAttribute("data-ghost") === false);
	});
});
