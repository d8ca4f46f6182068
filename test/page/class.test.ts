// `/class`: a teacher and thirty phones, in real tabs. Numbers in the names are those of the points that a page must never do.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BrowserContext, Page, Request } from "playwright-core";
import { WebSocket } from "ws";
import { until } from "../hosts/contract/probe.js";
import { hide, phone, ready, type Scene, skip } from "./chromium.js";
import { codeOn } from "./code.js";
import { topic } from "./desk.js";
import { suite } from "./suite.js";

const open = suite();
const small = { viewport: { width: 320, height: 420 } };
/** What a browser says of a connection that is closed while it is being made. */
const sentAway = /WebSocket connection to/;

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const says = (page: Page, words: string) =>
	page.waitForFunction(
		(text) =>
			document.querySelector("[role=status]")?.textContent?.includes(text) || document.querySelector(".words")?.textContent?.includes(text),
		words,
	);
const nameOf = (page: Page) => page.evaluate(() => document.querySelector("#identity bdi")?.textContent ?? "");
const figures = (page: Page, words: string) =>
	page.waitForFunction((text) => document.getElementById("figures")?.textContent?.includes(text), words);
const isLit = (page: Page, level: number) =>
	page.waitForFunction(
		(wanted) => Math.abs(254 * Number(document.getElementById("room")?.style.getPropertyValue("--lit")) - wanted) < 0.6,
		level,
	);

async function lamp(scene: Scene, context: BrowserContext): Promise<Page> {
	const page = await context.newPage();
	await page.goto(`${scene.desk.url}/lamp`);
	await ready(page);
	return page;
}

const kept = async (scene: Scene) =>
	(await scene.desk.broker.kept("#", 500)).map(({ topic: on, payload }) => `${on} ${Buffer.from(payload)}`);
async function untilKept(scene: Scene, is: (lines: string[]) => boolean): Promise<void> {
	for (let tries = 0; tries < 1_200 && !is(await kept(scene)); tries++) await new Promise((resolve) => setTimeout(resolve, 100));
	assert.ok(is(await kept(scene)), (await kept(scene)).join("\n"));
}

/** The tile of a client, wherever its page stands. */
const order = (page: Page, what: string, id: string) => page.getByRole("button", { name: `${what}: ${id}`, exact: true }).click();

describe("page: a class", { skip }, () => {
	it("thirty lamps, a knob and a teacher: freeze, let go, take out, keep out, sweep, the door", async (t) => {
		const scene = await open();
		scene.allowed.push(sentAway, /ERR_/);
		await scene.desk.holds("20");
		const teacher = await scene.page(scene.desk.classRoute, { viewport: { width: 1280, height: 800 } });
		assert.ok(!teacher.url().includes("#"), "the key is not left in the address, which a projector shows");
		const context = await scene.context(small);
		const before = process.cpuUsage();
		const lamps = await Promise.all(Array.from({ length: 30 }, () => lamp(scene, context)));
		await figures(teacher, "30 in");
		await Promise.all(lamps.map((page) => isLit(page, 20)));

		// Who has set it, and what.
		const ben = await scene.desk.wire("ben");
		ben.publish(topic, "200", true);
		await Promise.all(lamps.map((page) => isLit(page, 200)));
		await figures(teacher, "set by ben");
		await teacher.waitForFunction(() => /^set 200 /.test(document.querySelector('.tile[data-id="ben"] .set')?.textContent ?? ""));

		// The teacher sets it, freezes it, and others' levels go no farther, though they are acknowledged.
		await press(teacher, "All to ½");
		await Promise.all(lamps.map((page) => isLit(page, 127)));
		const light = await scene.page("/", small);
		await press(teacher, "Freeze");
		await says(light, "The teacher holds the light.");
		ben.send({ cmd: "publish", topic, payload: "5", qos: 1, retain: true, dup: false, messageId: 77 });
		await until(() => ben.packets.some((packet) => packet.cmd === "puback" && packet.messageId === 77), "PUBACK");
		await light.locator("[data-level='254']").click();
		await teacher.waitForFunction(() =>
			/held: [2-9]\d* levels did not go through/.test(document.getElementById("figures")?.textContent ?? ""),
		);
		// The page that has tried shows what the light is.
		await light.waitForFunction(() => document.getElementById("number")?.textContent === "127");
		assert.ok((await kept(scene)).includes("light 127"));
		await press(teacher, "All off");
		await Promise.all(lamps.map((page) => isLit(page, 0)));
		assert.deepEqual(
			await Promise.all(
				lamps.map((page) => page.evaluate(() => document.querySelector("#identity [data-state]")?.getAttribute("data-state"))),
			),
			lamps.map(() => "up"),
		);

		await press(teacher, "Let go");
		await light.waitForFunction(() => !document.querySelector("[role=status]")?.textContent?.includes("holds"));
		ben.publish(topic, "60", true);
		await Promise.all(lamps.map((page) => isLit(page, 60)));

		// Taken out: it says so, does not come back by itself, and does when somebody there wants it.
		const [third, fifth, seventh] = [lamps[3] as Page, lamps[5] as Page, lamps[7] as Page];
		const thirdName = await nameOf(third);
		await order(teacher, "Take out", `lamp-${thirdName}`);
		await says(third, "The teacher has taken this phone out.");
		await figures(teacher, "31 in"); // thirty lamps, ben and the light page, without one
		await untilKept(scene, (lines) => lines.includes(`light/${thirdName}/status offline`));
		await press(third, "Join again");
		await ready(third);
		await figures(teacher, "32 in");

		// Kept out: also under another name, and after a reload.
		const fifthName = await nameOf(fifth);
		await order(teacher, "Keep out", `lamp-${fifthName}`);
		await says(fifth, "The teacher keeps this phone out.");
		await fifth.getByRole("button", { name: "Rename" }).click();
		await fifth.getByLabel("New name").fill("angel");
		await press(fifth, "Use this name");
		await says(fifth, "The teacher keeps this phone out.");
		await fifth.reload();
		await says(fifth, "The teacher keeps this phone out.");
		assert.ok(!(await kept(scene)).some((line) => line.startsWith("light/angel/")));

		// A tab is closed; what the broker keeps of it is swept away, after a second word.
		const seventhName = await nameOf(seventh);
		await seventh.close();
		await teacher.waitForFunction((name) => document.getElementById("away")?.textContent?.includes(name), seventhName);
		await press(teacher, "Sweep the gone");
		assert.ok((await kept(scene)).includes(`light/${seventhName}/status offline`));
		await teacher.locator("#sweep", { hasText: "Yes, forget these 2" }).click();
		await untilKept(scene, (lines) => !lines.some((line) => line.includes(`/${seventhName}/`) || line.includes(`/${fifthName}/`)));

		// The door is closed: sixty knock, and change nothing; who is in stays, and may come back.
		await press(teacher, "Close the door");
		const memory = () => Math.round(process.memoryUsage().heapUsed / 1024 / 1024);
		const [heapBefore, cpuBefore] = [memory(), process.cpuUsage()];
		const url = `${scene.desk.url.replace("http", "ws")}/mqtt`;
		const codes = await Promise.all(
			Array.from(
				{ length: 60 },
				(_, index) =>
					new Promise<number>((resolve) => {
						const socket = new WebSocket(`${url}?mark=stranger-${index}`, "mqtt", { origin: scene.desk.url });
						socket.on("error", () => {});
						socket.on("close", resolve);
					}),
			),
		);
		assert.deepEqual([...new Set(codes)], [4004]);
		const knocked = process.cpuUsage(cpuBefore);
		const late = await context.newPage();
		await late.goto(`${scene.desk.url}/lamp`);
		await says(late, "The door of this class is closed. Ask your teacher to open it.");
		await figures(teacher, "30 in");
		await third.reload();
		await ready(third);
		ben.publish(topic, "90", true);
		await Promise.all(lamps.filter((page) => page !== fifth && page !== seventh).map((page) => isLit(page, 90)));

		// Opened, it lets all in, those who were kept out too.
		await press(teacher, "Open the door");
		await ready(late);
		await ready(fifth);
		await figures(teacher, "32 in");
		const { user, system } = process.cpuUsage(before);
		t.diagnostic(
			`the desk (and this test): ${Math.round((user + system) / 1_000)} ms of processor, heap ${memory()} MiB; sixty knocks ${Math.round((knocked.user + knocked.system) / 1_000)} ms, heap ${heapBefore} before`,
		);
	});

	it("never 24: the code is black on white with its margin, in dark colours too, and leads where it says", async () => {
		const scene = await open();
		for (const colorScheme of ["dark", "light"] as const) {
			const page = await scene.page(scene.desk.classRoute, { viewport: { width: 1280, height: 800 }, colorScheme });
			for (const [label, way] of [
				["as a knob", "knob"],
				["with the light page", ""],
				["as a lamp", "lamp"],
			] as const) {
				await page.getByRole("radio", { name: label }).check();
				const address = `${scene.desk.url}/${way}`;
				await page.waitForFunction((text) => document.getElementById("address")?.textContent === text, address);
				await page.evaluate(() => new Promise(requestAnimationFrame));
				const { text, data, width } = await codeOn(page);
				assert.equal(text, address, `${colorScheme} ${way}`);
				// Four modules of white all around.
				const modules = Number((await page.locator("#qr").getAttribute("viewBox"))?.split(" ")[2]);
				const margin = Math.floor((3.5 * width) / modules);
				for (let i = 0; i < width; i++)
					for (const at of [i + margin * width, i * width + margin]) assert.equal(data[4 * at], 255, "the margin is white");
			}
		}
	});

	it("never 25: without the key there is nothing to see and nothing to press, and a wrong one is told", async () => {
		const scene = await open();
		scene.allowed.push(/403/);
		for (const route of ["/class", "/class#wrong-key"]) {
			const page = await (await scene.context()).newPage();
			await page.goto(scene.desk.url + route);
			await page.waitForFunction(() => document.querySelector("[role=status]")?.textContent?.startsWith("This page needs its key."));
			assert.equal(await page.locator("#class").isVisible(), false);
		}
	});

	it("never 13: a name is text on the wall, and in the teacher's own words too", async () => {
		const scene = await open();
		const teacher = await scene.page(scene.desk.classRoute, { viewport: { width: 1280, height: 800 } });
		const name = "<img src=x onerror=alert(1)>";
		const wire = await scene.desk.wire(name);
		wire.publish(topic, name, true);
		await teacher.waitForFunction((text) => [...document.querySelectorAll(".tile b")].some((b) => b.textContent === text), name);
		await teacher.waitForFunction((text) => document.querySelector(".tile .set")?.textContent?.includes(text), name);
		await order(teacher, "Rename", name);
		await teacher.getByLabel(`What to call ${name}`).fill("Anna <b>B</b>.");
		await press(teacher, "Call it so");
		await teacher.waitForFunction(() => document.querySelector(".tile b")?.textContent === "Anna <b>B</b>.");
		assert.equal(await teacher.locator("img, .tile b b, [onerror]").count(), 0);
	});

	it("never 20: hidden, it asks for nothing and draws nothing", async () => {
		const scene = await open();
		const teacher = await (await scene.context(phone)).newPage();
		const asking = new Set<Request>();
		teacher.on("request", (request) => request.url().endsWith("/api/class") && asking.add(request));
		teacher.on("requestfinished", (request) => asking.delete(request));
		teacher.on("requestfailed", (request) => asking.delete(request));
		await teacher.goto(scene.desk.url + scene.desk.classRoute);
		await ready(teacher);
		await hide(teacher);
		await until(() => asking.size === 0, "what was asked before is answered");
		// What the answer has changed is drawn.
		await hide(teacher);
		let asked = 0;
		teacher.on("request", () => asked++);
		const writes = await teacher.evaluateHandle(() => {
			const seen = { count: 0 };
			new MutationObserver((records) => (seen.count += records.length)).observe(document.body, {
				subtree: true,
				childList: true,
				attributes: true,
			});
			return seen;
		});
		await scene.desk.holds("200");
		await teacher.evaluate(() => new Promise((resolve) => setTimeout(resolve, 2_500)));
		assert.equal(asked, 0);
		assert.equal((await writes.jsonValue()).count, 0);
	});
});
