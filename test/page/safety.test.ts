// What anybody may send, and what the page may never do with it. Numbers in the names are those of the points that a page must never do.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import type { Page } from "playwright-core";
import { until } from "../hosts/contract/probe.js";
import { ready, type Scene, shows, skip } from "./chromium.js";
import { builtPage, topic } from "./desk.js";
import { suite } from "./suite.js";

const open = suite();

const hostile = [
	"<img src=x onerror=alert(1)>",
	'"><script>alert(1)</script>',
	"javascript:alert(1)",
	"\u202egnp.exe",
	"{{alert(1)}}",
	"' onmouseover='alert(1)",
];

/** Fails the test if anything of ours ran, or became an element that we do not make. */
async function clean(page: Page): Promise<void> {
	assert.equal(await page.locator("img, iframe, object, embed, body script, [onerror], [onmouseover], [style*=url]").count(), 0);
}

function watchDialogs(page: Page): string[] {
	const dialogs: string[] = [];
	page.on("dialog", (dialog) => {
		dialogs.push(dialog.message());
		void dialog.dismiss();
	});
	return dialogs;
}

/** `/devices`, once it hears of devices. */
async function listening(scene: Scene): Promise<Page> {
	(await scene.desk.wire("first")).publish(`${topic}/first/status`, "online", true);
	const page = await scene.page("/devices");
	await page.waitForFunction(() => document.querySelector('.row[data-id="first"]'));
	return page;
}

const ids = (scene: Scene) => [...new Set(scene.desk.fromPages().map(({ client }) => client))];

describe("page: what anybody sends", { skip }, () => {
	it("never 13: no topic, payload, name or id becomes markup", async () => {
		const scene = await open();
		await scene.desk.holds("100");
		const page = await scene.page();
		const devices = await listening(scene);
		const dialogs = [...watchDialogs(page), ...watchDialogs(devices)];
		const wire = await scene.desk.wire(hostile[0]);
		for (const text of hostile) {
			const id = text.replaceAll(/[/+#]/g, "");
			wire.publish(`${topic}/${id}/status`, "online", true);
			wire.publish(
				`${topic}/${id}/info`,
				JSON.stringify({ role: text, host: text, board: text, version: text, [text]: text, link: { [text]: 1 } }),
				true,
			);
			wire.publish(`${topic}/x${id}/status`, text, true);
		}
		await devices.waitForFunction((count) => document.querySelectorAll(".row").length === count, 1 + 2 * hostile.length);
		await devices.waitForFunction(
			(name) => [...document.querySelectorAll(".row b")].some((b) => b.textContent === name),
			hostile[0]?.replaceAll("/", ""),
		);
		// Apart from the others: to aedes a retained message that is overtaken by one that is not is a duplicate, and dropped.
		for (const text of hostile) wire.publish(topic, text);
		await page.waitForFunction(() => /sent “.*”: the text is no level/.test(document.querySelector("[role=status]")?.textContent ?? ""));
		wire.publish(topic, "42", true);
		await shows(page, 42);
		await page.waitForFunction((name) => document.getElementById("setter")?.textContent?.includes(name), hostile[0]);
		for (const each of [page, devices]) await clean(each);
		assert.deepEqual(dialogs, []);
	});

	it("what is no level changes nothing, and is told with who sent it", async () => {
		const scene = await open();
		await scene.desk.holds("100");
		const page = await scene.page();
		await shows(page, 100);
		const wire = await scene.desk.wire("ben");
		for (const text of ["abc", "300", "-1", "1e2", "", "[1]", '{"brightness":"x"}', "9".repeat(300)]) wire.publish(topic, text);
		wire.publish(topic, "abc");
		await page.waitForFunction(() => /^(ben|Somebody) sent “/.test(document.querySelector("[role=status]")?.textContent ?? ""));
		assert.equal(await page.locator("#number").textContent(), "100");
	});

	it("never 20: a flood of devices and of messages grows nothing without bound", async () => {
		const scene = await open();
		const page = await listening(scene);
		const wire = await scene.desk.wire("flood");
		for (let i = 0; i < 500; i++) wire.publish(`${topic}/d${i}/status`, "online", true);
		await page.waitForFunction(() => document.body.textContent?.includes("There are more devices than this page shows."));
		assert.equal(await page.locator(".row").count(), 200);
	});

	it("never 8: a duplicated tab takes an id of its own, and the first one keeps its", async () => {
		const scene = await open();
		await scene.desk.holds("100");
		const context = await scene.context();
		const one = await context.newPage();
		await one.goto(scene.desk.url);
		await ready(one);
		// As "duplicate tab" does it: with a copy of the session's storage.
		const [other] = await Promise.all([context.waitForEvent("page"), one.evaluate(() => void window.open(location.href))]);
		await ready(other);
		const stored = (page: Page) => page.evaluate(() => sessionStorage.getItem("lampwire-id"));
		assert.notEqual(await stored(one), await stored(other));
		await one.locator("[data-level='64']").click();
		await until(() => scene.desk.levels.at(-1)?.text === "64", "one");
		await other.locator("[data-level='127']").click();
		await until(() => scene.desk.levels.at(-1)?.text === "127", "the other");
		assert.equal(ids(scene).length, 2);
		// A reload is the same tab.
		const before = await stored(one);
		await one.reload();
		await ready(one);
		assert.equal(await stored(one), before);
	});

	it("never 11, 12: nothing from elsewhere, nothing inline, no service worker; markup of a string is refused by the browser itself", async () => {
		const scene = await open();
		for (const route of ["/", "/devices", "/lamp", "/knob"]) {
			const page = await scene.page(route);
			const found = await page.evaluate(() => ({
				inline: document.querySelectorAll("script:not([src]), style").length,
				// Set by CSSOM is allowed, and only on the room.
				styled: [...document.querySelectorAll("[style]")].filter(({ id }) => id !== "room").length,
				elsewhere: [...document.querySelectorAll("[src], link[href]")].filter(
					(element) => !/^\//.test(element.getAttribute("src") ?? element.getAttribute("href") ?? ""),
				).length,
				controlled: navigator.serviceWorker?.controller != null,
			}));
			assert.deepEqual(found, { inline: 0, styled: 0, elsewhere: 0, controlled: false }, route);
			scene.allowed.push(/TrustedHTML|Content Security Policy|unsafe-eval/);
			const refused = await page.evaluate(() => {
				try {
					document.body.innerHTML = "<b>x</b>";
					return false;
				} catch {
					return true;
				}
			});
			assert.equal(refused, true, route);
			await page.close();
		}
	});

	it("never 12, in the built page: no inline script or style, no innerHTML, no eval, no service worker", async () => {
		const folder = await builtPage();
		for (const name of readdirSync(folder).filter((file) => file.endsWith(".html"))) {
			const html = readFileSync(path.join(folder, name), "utf8");
			assert.doesNotMatch(html, /<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|user-scalable|maximum-scale/i, name);
			assert.doesNotMatch(html.replaceAll("http://www.w3.org/2000/svg", ""), /(src|href)="(?!\/)|https?:/, name);
		}
		for (const name of readdirSync(path.join(folder, "assets")).filter((file) => /\.(js|css)$/.test(file))) {
			const text = readFileSync(path.join(folder, "assets", name), "utf8");
			assert.doesNotMatch(
				text,
				/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|serviceWorker|@import|url\(/,
				name,
			);
		}
	});

	it("never 14: a password is kept in this tab alone, and stands in no address", async () => {
		const scene = await open();
		const context = await scene.context();
		const page = await context.newPage();
		await page.addInitScript(() => {
			// A broker that refuses whoever has no name: CONNACK 5, until CONNECT carries one.
			const { send } = WebSocket.prototype;
			WebSocket.prototype.send = function (data) {
				const bytes = new Uint8Array(data as ArrayBuffer);
				const flags = bytes[9] ?? 0;
				if (bytes[0] === 0x10 && (flags & 0x80) === 0) {
					setTimeout(() => this.onmessage?.(new MessageEvent("message", { data: Uint8Array.of(0x20, 2, 0, 5).buffer })));
					return;
				}
				send.call(this, data);
			};
		});
		await page.goto(scene.desk.url);
		await page.waitForFunction(
			() => document.querySelector("[role=status]")?.textContent === "The broker asks for a name and a password that it knows.",
		);
		await page.getByLabel("Name", { exact: true }).fill("anna");
		await page.getByLabel("Password").fill("s3cret-word");
		await page.getByRole("button", { name: "Sign in" }).click();
		await ready(page);
		const kept = await page.evaluate(() => ({
			local: JSON.stringify({ ...localStorage }),
			session: JSON.stringify({ ...sessionStorage }),
			url: location.href,
			text: document.body.innerText,
		}));
		assert.match(kept.session, /s3cret-word/);
		for (const place of ["local", "url", "text"] as const) assert.doesNotMatch(kept[place], /s3cret-word/, place);
	});

	it("never 25: no page can freeze, remove or rename another: there is nothing that asks for it", async () => {
		const scene = await open();
		for (const route of ["/", "/devices", "/lamp", "/knob"]) {
			const page = await scene.page(route);
			const methods: string[] = [];
			page.on("request", (request) => methods.push(request.method()));
			await page.reload();
			await ready(page);
			assert.ok(methods.length > 0 && methods.every((method) => method === "GET"), `${route}: ${methods}`);
			const words = await page.evaluate(() => [...document.querySelectorAll("button, a")].map((element) => element.textContent).join(" "));
			assert.doesNotMatch(words, /\b(freeze|take out|keep out|sweep|remove|clear)\b/i, route);
			await page.close();
		}
	});
});
