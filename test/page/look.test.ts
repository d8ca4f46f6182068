// What the page looks like, as far as a test can tell: contrast, sizes, names, widths, and what a screen reader hears. Numbers in the names are
// those of the points that a page must never do (issue 11).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { Page } from "playwright-core";
import { desktop, phone, ready, type Scene, shows, skip, turnKnob } from "./chromium.js";
import { topic } from "./desk.js";
import { suite } from "./suite.js";
import { violations } from "./violations.js";

const open = suite();
const routes = (scene: Scene) => ["/", "/devices", "/lamp", "/knob", "/wire", scene.desk.classRoute];

/** WCAG 2.2, relative luminance and contrast ratio of two #rrggbb colours. */
function contrast(one: string, other: string): number {
	const luminance = (colour: string) => {
		const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
			const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
			return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
	return (high + 0.05) / (low + 0.05);
}

describe("page: how it looks", { skip }, () => {
	it("never 16: text has a contrast of 4.5, edges of controls have 3, in both themes and in the room", () => {
		const css = readFileSync(new URL("../../hosts/browser/page/style/tokens.css", import.meta.url), "utf8");
		const [dark = "", light = ""] = css.split("@media (prefers-color-scheme: light)");
		const read = (text: string) =>
			Object.fromEntries([...text.matchAll(/--([a-z-]+): (#[0-9a-f]{3,6});/g)].map(([, name, colour = ""]) => [name, full(colour)]));
		const full = (colour: string) => (colour.length === 4 ? `#${[...colour.slice(1)].map((digit) => digit + digit).join("")}` : colour);
		for (const [theme, colours] of Object.entries({ dark: read(dark), light: { ...read(dark), ...read(light) } })) {
			for (const ground of ["bg", "panel"]) {
				for (const text of ["text", "muted", "amber", "ok", "gone"]) {
					const ratio = contrast(colours[text] ?? "", colours[ground] ?? "");
					assert.ok(ratio >= 4.5, `${theme}: ${text} on ${ground}: ${ratio.toFixed(2)}`);
				}
				for (const edge of ["control-edge", "focus"]) {
					const ratio = contrast(colours[edge] ?? "", colours[ground] ?? "");
					assert.ok(ratio >= 3, `${theme}: ${edge} on ${ground}: ${ratio.toFixed(2)}`);
				}
			}
			assert.ok(contrast(colours["room-text"] ?? "", colours.room ?? "") >= 4.5);
			assert.ok(contrast(colours["room-muted"] ?? "", colours.room ?? "") >= 4.5);
			assert.ok(contrast(colours["room-edge"] ?? "", colours.room ?? "") >= 3);
			assert.ok(contrast(colours["amber-ink"] ?? "", colours.amber ?? "") >= 4.5);
		}
	});

	it("never 16: the fields of the wire have a contrast of 4.5 in both themes, lit or not, and an underline of their own each", () => {
		const css = (name: string) => readFileSync(new URL(`../../hosts/browser/page/${name}`, import.meta.url), "utf8");
		const read = (text: string) =>
			Object.fromEntries([...text.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name, colour]));
		const [dark = "", light = ""] = css("wire/lanes.css").split("@media (prefers-color-scheme: light)");
		const [darkGround = "", lightGround = ""] = css("style/tokens.css").split("@media (prefers-color-scheme: light)");
		for (const [colours, panel] of [
			[read(dark), read(darkGround).panel ?? ""],
			[read(light.slice(0, light.indexOf("}\n}"))), read(lightGround).panel ?? "#ffffff"],
		] as const)
			for (const kind of ["header", "length", "topic", "id", "flags", "payload"])
				for (const ground of [panel, colours["lit-field"] ?? ""]) {
					const ratio = contrast(colours[`f-${kind}`] ?? "", ground);
					assert.ok(ratio >= 4.5, `${kind} on ${ground}: ${ratio.toFixed(2)}`);
				}
		const lines = [...css("wire/lanes.css").matchAll(/\[data-kind="(\w+)"\] \{([^}]*)\}/g)].map(([, , body = ""]) =>
			body.replace(/\s*color:.*;/, "").trim(),
		);
		assert.equal(lines.length, 6);
		assert.equal(new Set(lines).size, 6);
	});

	for (const [width, options] of [
		["wide", desktop],
		["narrow", phone],
	] as const)
		it(`axe finds nothing serious: dark and light, ${width}; lit, off, never set, lost`, async () => {
			const scene = await open();
			scene.allowed.push(/WebSocket connection to|ERR_|Content Security Policy|Trusted/);
			const pages = await Promise.all(routes(scene).map((route) => scene.page(route, options)));
			const judge = async (state: string) => {
				for (const [index, page] of pages.entries())
					for (const colorScheme of ["dark", "light"] as const) {
						await page.emulateMedia({ colorScheme });
						assert.deepEqual(await violations(page), [], `${state}, ${colorScheme}: ${routes(scene)[index]}`);
					}
			};
			await judge("never set");
			for (const [state, level] of [
				["lit", 200],
				["off", 0],
			] as const) {
				await scene.desk.holds(String(level));
				await shows(pages[0] as Page, level);
				await judge(state);
			}
			await scene.desk.broker.stop();
			for (const page of pages)
				await page.waitForFunction(() => /does not answer/.test(document.querySelector("[role=status]")?.textContent ?? ""));
			await judge("lost");
		});

	it("never 16: what can be pressed is 44 pixels wide and high, has a name, and shows the focus", async () => {
		const scene = await open();
		for (const route of routes(scene)) {
			const page = await scene.page(route, phone);
			const small = await page.evaluate(() =>
				[...document.querySelectorAll<HTMLElement>("a, button, .knob, .fader")]
					.filter((element) => element.checkVisibility() && element.getClientRects().length > 0)
					.map((element) => ({ text: element.textContent?.trim() || element.className, box: element.getBoundingClientRect() }))
					.filter(({ box }) => box.width < 44 || box.height < 44)
					.map(({ text, box }) => `${text}: ${box.width} × ${box.height}`),
			);
			assert.deepEqual(small, [], route);
			// Each stop of the Tab key is seen.
			for (let stop = 0; stop < 12; stop++) {
				await page.keyboard.press("Tab");
				const outlined = await page.evaluate(() => {
					const element = document.activeElement as HTMLElement;
					if (element === document.body) return true;
					const seen =
						element.id === "level"
							? [...document.querySelectorAll(".knob, .fader")].filter((drawing) => drawing.checkVisibility())
							: [element];
					return seen.some(
						(each) => getComputedStyle(each).outlineStyle !== "none" && Number.parseFloat(getComputedStyle(each).outlineWidth) >= 2,
					);
				});
				assert.ok(outlined, `${route}: stop ${stop}`);
			}
			await page.close();
		}
	});

	it("never 17: no page scrolls sideways at 320 pixels, and each can be pinch-zoomed", async () => {
		const scene = await open();
		const wire = await scene.desk.wire("names");
		wire.publish(`${topic}/${"m".repeat(60)}/status`, "online", true);
		await scene.desk.holds("254");
		for (const route of routes(scene)) {
			const page = await scene.page(route, { ...phone, viewport: { width: 320, height: 568 } });
			const { width, content, viewport } = await page.evaluate(() => ({
				width: innerWidth,
				content: document.documentElement.scrollWidth,
				viewport: document.querySelector("meta[name=viewport]")?.getAttribute("content") ?? "",
			}));
			assert.ok(content <= 320 && width <= 320, `${route}: ${content} of ${width}`);
			assert.doesNotMatch(viewport, /user-scalable|maximum-scale/);
			assert.notEqual(await page.evaluate(() => getComputedStyle(document.documentElement).touchAction), "none");
			await page.close();
		}
	});

	it("never 18: the live region speaks at most once a second, and never of the slider", async () => {
		const scene = await open();
		await scene.desk.holds("20");
		const page = await scene.page();
		await shows(page, 20);
		const spoken = await page.evaluateHandle(() => {
			const seen: [number, string][] = [];
			const region = document.querySelector("[role=status]") as HTMLElement;
			new MutationObserver(() => seen.push([performance.now(), region.textContent ?? ""])).observe(region, {
				subtree: true,
				childList: true,
				characterData: true,
			});
			return seen;
		});
		const wire = await scene.desk.wire("noise");
		for (let i = 0; i < 30; i++) {
			wire.publish(topic, i % 2 ? "abc" : "xyz");
			wire.publish(topic, String(20 + i), true);
		}
		await shows(page, 49);
		await turnKnob(page, 49, 200);
		await page.mouse.up();
		// It may be over already: a drag takes long on a busy machine.
		await page.waitForFunction((seen) => seen.some(([, words]) => words !== "") && seen.at(-1)?.[1] === "", spoken);
		const all = await spoken.jsonValue();
		for (let i = 1; i < all.length; i++) assert.ok((all[i]?.[0] ?? 0) - (all[i - 1]?.[0] ?? 0) >= 990, JSON.stringify(all));
		for (const [, words] of all) assert.doesNotMatch(words, /of 254/);
		assert.equal(await page.locator("[aria-live], [role=alert], [role=log]").count(), 0);
	});

	it("never 20: a frame of a drag writes a handful of things, and costs one layout at most", async () => {
		const scene = await open();
		await scene.desk.holds("20");
		const page = await scene.page();
		await shows(page, 20);
		await page.evaluate(() => {
			const counts = { frames: 0, writes: 0 };
			Object.assign(window, { counts });
			const { requestAnimationFrame: real } = window;
			const tick = () => {
				counts.frames++;
				real(tick);
			};
			real(tick);
			new MutationObserver((records) => (counts.writes += records.length)).observe(document, {
				subtree: true,
				childList: true,
				attributes: true,
				characterData: true,
			});
		});
		const session = await page.context().newCDPSession(page);
		await session.send("Performance.enable");
		const layouts = async () =>
			(await session.send("Performance.getMetrics")).metrics.find(({ name }) => name === "LayoutCount")?.value ?? 0;
		const before = await layouts();
		await turnKnob(page, 20, 200, 2);
		const { frames, writes } = await page.evaluate(() => (window as unknown as { counts: { frames: number; writes: number } }).counts);
		const during = (await layouts()) - before;
		await page.mouse.up();
		assert.ok(writes / frames <= 16, `${writes} writes in ${frames} frames`);
		// The mouse's own events ask where the knob is: one more.
		assert.ok(during / frames <= 2.5, `${during} layouts in ${frames} frames`);
	});

	it("reduced motion: no row moves, and the lamp keeps its fade, which is what it shows", async () => {
		const scene = await open();
		const wire = await scene.desk.wire("anna");
		wire.publish(`${topic}/anna/status`, "online", true);
		const context = await scene.context({ ...desktop, reducedMotion: "reduce" });
		const page = await context.newPage();
		await page.goto(`${scene.desk.url}/devices`);
		await ready(page);
		await page.waitForFunction(() => document.querySelector(".row"));
		assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector(".row") as Element).animationName), "none");
	});
});
