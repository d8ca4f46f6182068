// `/wire`: packets as they pass, on the desk's broker and on Mosquitto. Numbers in the names are those of the points that a page must never do.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import http from "node:http";
import { describe, it } from "node:test";
import type { Page } from "playwright-core";
import { Log } from "../../hosts/browser/page/wire/log.js";
import { Setters } from "../../hosts/browser/page/wire/others.js";
import { until } from "../hosts/contract/probe.js";
import { Wire } from "../hosts/wire.js";
import { mosquittoForPages } from "../interop/brokers.js";
import { ready, type Scene, skip } from "./chromium.js";
import { topic } from "./desk.js";
import { suite } from "./suite.js";
import { noTshark, tshark } from "./tshark.js";

const open = suite();

/** A desk, or Mosquitto with the page beside it. */
interface Place {
	name: string;
	skip: string | false;
	/** Runs with a scene, and a client of the test's own on the same broker. */
	with(test: (scene: Scene, connect: (id: string) => Promise<Wire>) => Promise<void>): Promise<void>;
}

const places: Place[] = [
	{
		name: "the desk's broker",
		skip: false,
		async with(test) {
			const scene = await open();
			await test(scene, (id) => scene.desk.wire(id));
		},
	},
	{
		name: "Mosquitto",
		skip: mosquittoForPages.missing ?? false,
		async with(test) {
			const broker = await mosquittoForPages.start();
			const wires: Wire[] = [];
			try {
				const scene = await open({ brokerUrl: () => `ws://127.0.0.1:${broker.webSocketPort}/mqtt` });
				await test(scene, async (id) => {
					const wire = await Wire.connect(broker.port, id);
					wires.push(wire);
					return wire;
				});
				// Mosquitto goes before the scene is over.
				scene.allowed.push(/WebSocket connection to/);
			} finally {
				for (const wire of wires) wire.cut();
				await broker.stop();
			}
		},
	},
];

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const stamped = (page: Page, type: string) =>
	page.waitForFunction((name) => document.querySelector(`[data-stamp="${name}"][data-filled]`), type);

interface Row {
	type: string;
	side: string;
	way: string;
	exchange: string | undefined;
	step: string | undefined;
	who: string;
	words: string;
}

/** The rows that are there, oldest first. */
const rows = (page: Page): Promise<Row[]> =>
	page.evaluate(() =>
		[...document.querySelectorAll<HTMLElement>(".packet:not([hidden])")]
			.sort((a, b) => Number(a.dataset.number) - Number(b.dataset.number))
			.map((row) => ({
				type: row.dataset.type ?? "",
				side: row.dataset.side ?? "",
				way: row.dataset.way ?? "",
				exchange: row.dataset.exchange,
				step: row.dataset.step,
				who: row.querySelector(".who")?.textContent ?? "",
				words: row.querySelector(".sentence")?.textContent ?? "",
			})),
	);

/** How many the list has, seen or not. */
const listed = async (page: Page) => Number(await page.locator(".packet:not([hidden])").first().getAttribute("aria-setsize"));

/** Tall enough for all rows of a short visit. */
const tall = { viewport: { width: 1200, height: 6_000 } };
const hasRow = (page: Page, words: string) =>
	page.waitForFunction(
		(text) => [...document.querySelectorAll(".packet:not([hidden]) .sentence")].some((sentence) => sentence.textContent?.includes(text)),
		words,
	);
const count = (page: Page) => page.locator("#count").textContent();

for (const place of places)
	describe(`wire view on ${place.name}`, { skip: skip === false ? place.skip : skip }, () => {
		it("a visit fills all fourteen stamps, each by its own button, and the counts are the client's own", async () => {
			await place.with(async (scene) => {
				const page = await scene.page("/wire", tall);
				await stamped(page, "SUBACK");
				for (const type of ["PUBLISH", "PUBACK", "PUBREC", "UNSUBACK", "PINGRESP", "DISCONNECT"]) {
					await page.locator(`[data-stamp="${type}"] button`).click();
					await stamped(page, type);
				}
				await page.waitForFunction(() => document.querySelectorAll("[data-stamp][data-filled]").length === 14);
				await page.waitForFunction(
					() => document.getElementById("stamps-words")?.textContent === "All fourteen types of packet that MQTT 3.1.1 has.",
				);
				await page.waitForFunction(() =>
					/ messages: 3 sent, [1-9]\d* received, as the client counts$/.test(document.getElementById("count")?.textContent ?? ""),
				);
			});
		});

		it("a QoS 2 handshake is drawn with its four arrows, in order; and one of QoS 1 with two", async () => {
			await place.with(async (scene) => {
				const page = await scene.page("/wire", tall);
				await stamped(page, "SUBACK");
				for (const QoS of [2, 1]) {
					await page.getByRole("radio", { name: `QoS ${QoS}` }).check();
					await page.locator("#send-text").fill(`at ${QoS}`);
					await press(page, "Send");
					await page.waitForFunction(
						([text, steps]) => {
							const all = [...document.querySelectorAll<HTMLElement>(".packet:not([hidden])")];
							const first = all.find((row) => row.dataset.way === "right" && row.textContent?.includes(text as string));
							return first && all.filter((row) => row.dataset.exchange === first.dataset.exchange).length === steps;
						},
						[`at ${QoS}`, 2 * QoS] as const,
					);
					const all = await rows(page);
					const first = all.find(({ way, words }) => way === "right" && words.includes(`at ${QoS}`));
					const drawn = all
						.filter(({ exchange }) => exchange === first?.exchange)
						.map(({ type, side, way, step }) => `${step} ${side} ${way} ${type}`);
					const whole = ["1 you right PUBLISH", "2 you left PUBREC", "3 you right PUBREL", "4 you left PUBCOMP"];
					assert.deepEqual(drawn, QoS === 2 ? whole : ["1 you right PUBLISH", "2 you left PUBACK"]);
				}
			});
		});

		it("two endings: who leaves politely has no will; when the plug is pulled, the broker tells it, and not before its law", async () => {
			await place.with(async (scene, connect) => {
				const page = await scene.page("/wire", tall);
				await stamped(page, "SUBACK");
				const watcher = await connect("watcher");
				await watcher.subscribe("#");
				const wills = () => watcher.seen.filter(({ text }) => text === "offline").length;
				await press(page, "Let a guest come");
				await press(page, "Leave politely");
				await hasRow(page, "Goodbye. A will is not needed.");
				assert.ok((await rows(page)).some(({ type, side, way }) => type === "DISCONNECT" && side === "others" && way === "left"));
				// The next guest: the broker has done with the first one by then.
				await press(page, "Let a guest come");
				await page.locator("#guest-plug").waitFor();
				assert.equal(wills(), 0);
				const seen = await page.evaluateHandle(() => performance.now());
				await press(page, "Pull the plug");
				await hasRow(page, "“offline” on light/guest-");
				await hasRow(page, "sent by the broker: it is the will of guest-");
				await hasRow(page, "The broker has waited long enough, and gives the guest up.");
				const waited = await page.evaluate((from) => performance.now() - from, seen);
				// [MQTT-3.1.2-24]: one and a half keep-alives of 2 s; its last packet may have gone out a little before.
				assert.ok(waited > 2_000, `the will came after ${Math.round(waited)} ms`);
				await until(() => wills() === 1, "one will");
				const all = await rows(page);
				const silence = all.findIndex(({ words }) => words.startsWith("The plug is pulled"));
				assert.ok(silence > 0);
				assert.deepEqual(
					all.slice(silence + 1).filter(({ type, who }) => type !== "note" && who.includes("guest")),
					[],
					"nothing more is drawn of who is silent",
				);
			});
		});

		it("never 23: what is kept is true after the first message, too, and is not told by its flag", async () => {
			await place.with(async (scene, connect) => {
				const wire = await connect("teller");
				await wire.subscribe("#");
				const say = async (text: string, retain: boolean) => {
					wire.publish(`${topic}/x`, text, retain);
					await wire.says(`${topic}/x`, text);
				};
				await say("100", true);
				const page = await scene.page("/wire", tall);
				const kept = (words: string) =>
					page.waitForFunction(
						([name, text]) => document.querySelector(`[data-topic="${name}"] .kept`)?.textContent === text,
						[`${topic}/x`, words],
					);
				const lastIs = (text: string) =>
					page.waitForFunction(
						(words) => document.querySelector('[data-topic="light/x"] .last')?.textContent?.startsWith(words),
						`“${text}”`,
					);
				await kept("kept: “100”");
				// News that is not kept: the broker keeps what it kept.
				await say("20", false);
				await lastIs("20");
				const desk = place.name === "the desk's broker";
				await kept(desk ? "kept: “100”" : "kept when we came: “100”; not known now");
				// News that is kept has the same flag.
				await say("30", true);
				await lastIs("30");
				if (desk) await kept("kept: “30”");
				else {
					await kept("kept when we came: “100”; not known now");
					await press(page, "Ask again what is kept");
					await kept("kept: “30”");
				}
				// It is taken away.
				await say("", true);
				await page.waitForFunction(() => document.querySelector('[data-topic="light/x"] .last')?.textContent?.startsWith("nothing"));
				if (desk) await kept("not kept");
				else {
					await press(page, "Ask again what is kept");
					await page.waitForFunction(() =>
						/^nothing was kept at \d\d:\d\d:\d\d$/.test(document.querySelector('[data-topic="light/x"] .kept')?.textContent ?? ""),
					);
				}
			});
		});
	});

describe("wire view", { skip }, () => {
	it("never 13: no topic, payload or name becomes markup, nor a name that is yours", async () => {
		const scene = await open({ wire: true });
		const page = await scene.page("/wire", tall);
		await stamped(page, "SUBACK");
		const dialogs: string[] = [];
		page.on("dialog", (dialog) => {
			dialogs.push(dialog.message());
			void dialog.dismiss();
		});
		const hostile = [
			"<img src=x onerror=alert(1)>",
			'"><script>alert(1)</script>',
			"\u202egnp.exe",
			"' onmouseover='alert(1)",
			"{{alert(1)}}",
			"you",
		];
		for (const text of hostile) {
			const wire = await scene.desk.wire(text);
			wire.publish(`${topic}/${text.replaceAll(/[+#]/g, "")}`, text, true);
			wire.publish(topic, text);
		}
		await hasRow(page, "“{{alert(1)}}” on light,");
		await page.waitForFunction(() => document.querySelectorAll(".topics li").length >= 8);
		await page.waitForFunction(() => document.querySelectorAll("#who option").length >= 7);
		for (const row of await page.locator(".packet:not([hidden])").all()) await row.click({ position: { x: 20, y: 20 } });
		assert.equal(await page.locator("img, iframe, object, embed, body script, [onerror], [onmouseover], [style*=url]").count(), 0);
		assert.deepEqual(dialogs, []);
		const names = await page.locator("#who option").allTextContents();
		assert.equal(names.filter((name) => name === "you").length, 1, names.join(" "));
		assert.ok(names.includes("“you”"), names.join(" "));
	});

	it("never 14: no password is among the bytes that leave the server, on the screen or in a file", async () => {
		const secret = "correct-horse-battery";
		const scene = await open({ wire: true });
		// What the server sends to who listens, as it is.
		const heard: Buffer[] = [];
		const stream = http.get({ host: "127.0.0.1", port: scene.desk.broker.wsPort, path: "/api/wire" }, (response) =>
			response.on("data", (chunk) => heard.push(chunk)),
		);
		await until(() => heard.length > 0, "the stream");
		const context = await scene.context(tall);
		await context.addInitScript((password) => {
			if (location.protocol !== "about:") sessionStorage.setItem("lampwire-login", JSON.stringify({ user: "anna", password }));
		}, secret);
		const page = await context.newPage();
		await page.goto(`${scene.desk.url}/wire`);
		await ready(page);
		await stamped(page, "SUBACK");
		const other = await Wire.ask(scene.desk.broker.mqttPort, { clientId: "ben", username: "ben", password: Buffer.from(secret) });
		await hasRow(page, "I am ben");
		await hasRow(page, `password •• ${secret.length} bytes`);
		await press(page, "Pause");
		const files: Buffer[] = [];
		for (const name of ["Save for Wireshark", "Save as text"]) {
			const [download] = await Promise.all([page.waitForEvent("download"), press(page, name)]);
			files.push(await readFile(await download.path()));
		}
		for (const row of await page.locator('.packet[data-type="CONNECT"]:not([hidden])').all()) {
			await row.click();
			assert.ok(!((await page.locator("body").innerText()) + (await page.content())).includes(secret));
		}
		const hex = Buffer.from(secret)
			.toString("hex")
			.replaceAll(/(..)(?!$)/g, "$1 ");
		assert.ok(!(await page.content()).includes(hex));
		const packets = Buffer.concat(heard)
			.toString()
			.split("\n")
			.filter((line) => line.startsWith("data: ["))
			.flatMap((line) => JSON.parse(line.slice("data: ".length)));
		assert.ok(packets.some(([, client]) => client === "ben"));
		const decoded = packets.map(([, , , , text]) => Buffer.from(text, "base64"));
		for (const bytes of [...heard, ...files, ...decoded]) assert.ok(!bytes.includes(secret));
		// The user and the length are there, so that it was not left out altogether.
		assert.ok(files[0]?.includes("*".repeat(secret.length)));
		assert.ok(files[1]?.includes(`user ben, password •• ${secret.length} bytes`));
		stream.destroy();
		other.cut();
	});

	it("never 26: it names who has sent a level only where the desk has said it, and one message alone can be meant", async () => {
		const scene = await open();
		const page = await scene.page("/wire", tall);
		await stamped(page, "SUBACK");
		const ben = await scene.desk.wire("ben");
		ben.publish(topic, "154", true);
		await hasRow(page, "“154” on light, QoS 0; news, not a replay; sent by ben");
		// A will does not say that it is one, and the desk does.
		const carl = await Wire.connect(scene.desk.broker.mqttPort, "carl", { topic: `${topic}/carl/status`, text: "offline" });
		carl.cut();
		await hasRow(page, "“offline” on light/carl/status, QoS 0; news, not a replay; sent by the broker: it is the will of carl");
		// A repeat is not set by anybody that is told.
		ben.publish(topic, "154", true);
		await hasRow(page, "“154” on light, QoS 0; news, not a replay; who sent it is not known");

		const log = new Log();
		const you = log.connection("you", "", true);
		const level = (text: string, at: number) =>
			log.packet(you, false, Uint8Array.of(0x30, 3 + text.length, 0, 1, 0x61, ...Buffer.from(text)), 5 + text.length, at);
		const setter = (client: string, level: number, at: number) => ({ name: client, client, level, at });
		const setters = new Setters("a");
		const [first, second] = [level("5", 0), level("5", 10)];
		setters.saw(first);
		setters.saw(second);
		assert.equal(setters.told(setter("ben", 5, 5), 20), false);
		assert.deepEqual([first.by, second.by], [undefined, undefined], "two could be meant");
		const third = level("6", 30);
		assert.equal(setters.told(setter("ben", 6, 25), 25), false);
		setters.saw(third);
		assert.equal(third.by, "ben", "told before it came");
		const fourth = level("6", 40);
		setters.saw(fourth);
		assert.equal(fourth.by, undefined);
		setters.told(setter("carl", 7, 50), 50);
		const late = level("7", 5_000);
		setters.saw(late);
		assert.equal(late.by, undefined, "too late to be the same");
	});

	it("pauses without losing count, shows what was seen since, and filters by type and by client", async () => {
		const scene = await open({ wire: true });
		const page = await scene.page("/wire", tall);
		await stamped(page, "SUBACK");
		const wire = await scene.desk.wire("ben");
		wire.publish(`${topic}/a`, "before");
		await hasRow(page, "“before” on");
		await press(page, "Pause");
		const then = await listed(page);
		for (let i = 0; i < 83; i++) wire.publish("elsewhere", String(i));
		await page.waitForFunction(() => document.getElementById("pause")?.textContent === "Go on (83 more)");
		assert.equal(await listed(page), then);
		await press(page, "Go on (83 more)");
		await page.waitForFunction(
			(length) => document.querySelector(".packet:not([hidden])")?.getAttribute("aria-setsize") === length,
			String(then + 83),
		);
		await page.locator("#type").selectOption("PUBLISH");
		await page.locator("#who").selectOption("you");
		await page.waitForFunction(() =>
			[...document.querySelectorAll<HTMLElement>(".packet:not([hidden])")].every(
				(row) => row.dataset.type === "PUBLISH" && row.dataset.side === "you",
			),
		);
		await page.locator("#who").selectOption("ben");
		await page.waitForFunction(() => document.querySelector(".packet:not([hidden])")?.getAttribute("aria-setsize") === "84");
		await page.locator("#type").selectOption("CONNECT");
		await hasRow(page, "I am ben");
	});

	it("a field that is pointed at, or has the focus, lights in the sentence, among the bytes and in its line", async () => {
		const scene = await open();
		const page = await scene.page("/wire", tall);
		await stamped(page, "SUBACK");
		await page.locator("#send-text").fill("154");
		await press(page, "Send");
		await page.locator('.packet[data-type="PUBLISH"][data-way="right"]:not([hidden])').click();
		const lit = () => page.locator(".inspector .lit").allTextContents();
		await page.locator(".inspector .field", { hasText: "topic" }).focus();
		const name = Buffer.from("\0\x0clight/lesson")
			.toString("hex")
			.replaceAll(/(..)(?!$)/g, "$1 ");
		assert.deepEqual((await lit()).sort(), [name, "light/lesson", "topic"].sort());
		await page.locator(".inspector .bytes", { hasText: "31 35 34" }).hover();
		assert.deepEqual((await lit()).sort(), ["31 35 34", "payload", "“154”"].sort());
	});

	it("never 20: while it is hidden nothing is drawn, and everything is counted", async () => {
		const scene = await open();
		const page = await scene.page("/wire", tall);
		await stamped(page, "SUBACK");
		const wire = await scene.desk.wire("ben");
		const hide = (hidden: boolean) =>
			page.evaluate(async (now) => {
				Object.defineProperty(document, "visibilityState", { configurable: true, get: () => (now ? "hidden" : "visible") });
				// Chromium gives no frame to what is hidden; here it is only said to be.
				const window = globalThis as unknown as {
					requestAnimationFrame: typeof requestAnimationFrame;
					held: typeof requestAnimationFrame;
					waiting?: FrameRequestCallback[];
				};
				if (now) {
					window.held = window.requestAnimationFrame;
					window.waiting = [];
					window.requestAnimationFrame = (callback: FrameRequestCallback) => window.waiting?.push(callback) ?? 0;
				} else {
					window.requestAnimationFrame = window.held;
					for (const callback of window.waiting ?? []) requestAnimationFrame(callback);
				}
				document.dispatchEvent(new Event("visibilitychange"));
				// One may have been asked for before.
				for (let frame = 0; now && frame < 2; frame++) await new Promise((resolve) => window.held(resolve));
			}, hidden);
		await hide(true);
		const writes = await page.evaluateHandle(() => {
			const seen = { count: 0 };
			new MutationObserver((records) => (seen.count += records.length)).observe(document.body, {
				subtree: true,
				childList: true,
				attributes: true,
				characterData: true,
			});
			return seen;
		});
		const before = await count(page);
		for (let i = 0; i < 200; i++) wire.publish(`${topic}/a`, String(i));
		await wire.subscribe(topic);
		// The page has it all: it answers what is asked of it after that.
		wire.send({ cmd: "publish", topic: `${topic}/a`, payload: "last", qos: 0, retain: false, dup: false });
		await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1_500)));
		assert.equal((await writes.jsonValue()).count, 0);
		assert.equal(await count(page), before);
		await hide(false);
		await hasRow(page, "“last” on");
		await page.waitForFunction(() => /, 201 received, as the client counts$/.test(document.getElementById("count")?.textContent ?? ""));
	});

	it("says what it costs: over TCP, over WebSocket, and by HTTP as this browser has asked", async () => {
		const scene = await open();
		await scene.desk.holds("154");
		const page = await scene.page("/wire", tall);
		await stamped(page, "SUBACK");
		await page.locator("#send-topic").fill("light");
		await page.locator("#send-text").fill("154");
		await press(page, "Send");
		// 2 + 2 + 5 + 3
		await page.waitForFunction(() => document.getElementById("cost")?.innerText.includes("18 B out, 14 B in"));
		await press(page, "Ask over HTTP");
		await page.waitForFunction(() => /\d B asked \+ [\d,]+ B answered/.test(document.getElementById("cost")?.innerText ?? ""));
		const [, asked = ""] = /([\d,]+) B asked/.exec((await page.locator("#cost").innerText()) ?? "") ?? [];
		assert.ok(Number(asked.replaceAll(",", "")) > 200, asked);
	});

	it("20,000 packets: the heap is flat, a frame draws once what came, and Wireshark dissects all that was kept", {
		skip: noTshark,
	}, async (t) => {
		const scene = await open();
		const page = await scene.page("/wire", { viewport: { width: 1200, height: 800 } });
		await stamped(page, "SUBACK");
		const session = await page.context().newCDPSession(page);
		await page.evaluate(() => {
			const counts = { frames: 0, draws: 0, long: [] as number[] };
			Object.assign(window, { counts });
			const tick = () => {
				counts.frames++;
				requestAnimationFrame(tick);
			};
			requestAnimationFrame(tick);
			new PerformanceObserver((list) => counts.long.push(...list.getEntries().map(({ duration }) => duration))).observe({
				type: "longtask",
			});
			new MutationObserver(() => counts.draws++).observe(document.querySelector(".packets") as Element, {
				subtree: true,
				childList: true,
				attributes: true,
				characterData: true,
			});
		});
		const wire = await scene.desk.wire("flood");
		const heap = async () => {
			await session.send("HeapProfiler.collectGarbage");
			return (await session.send("Runtime.getHeapUsage")).usedSize / 1024;
		};
		const sizes: number[] = [];
		let said = 0;
		for (const upTo of [4_000, 12_000, 20_000]) {
			for (; said < upTo; said++) {
				wire.publish(`${topic}/t${said % 50}`, String(said));
				if (said % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 5));
			}
			await page.waitForFunction(
				(text) => document.getElementById("count")?.textContent?.includes(`, ${text} received, as the client counts`),
				said.toLocaleString("en"),
			);
			sizes.push(await heap());
		}
		const { frames, draws, long } = await page.evaluate(
			() => (window as unknown as { counts: { frames: number; draws: number; long: number[] } }).counts,
		);
		t.diagnostic(
			`heap after a collection, KiB: ${sizes.map(Math.round).join(", ")}; ${draws} draws in ${frames} frames; ${long.length} tasks over 50 ms`,
		);
		assert.ok((sizes[2] ?? 0) < (sizes[1] ?? 0) + 256, `heap, KiB: ${sizes.join(", ")}`);
		assert.ok(draws <= frames, `${draws} draws in ${frames} frames`);
		const [download] = await Promise.all([page.waitForEvent("download"), press(page, "Save for Wireshark")]);
		const lines = tshark(await readFile(await download.path()), "mqtt.msgtype", "_ws.malformed", "tcp.len").map((line) => line.split("|"));
		const packets = lines.filter(([, , length]) => length !== "0");
		assert.ok(packets.length >= 20_000, `${packets.length} packets`);
		assert.deepEqual(
			packets.filter(([type, malformed]) => type === "" || malformed !== ""),
			[],
		);
	});
});
