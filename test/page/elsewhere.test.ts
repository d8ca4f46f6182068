// `lampwire page`: the same page for a broker that is not ours, Mosquitto with a WebSocket listener; and for a desk that does not admit it.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { Mosquitto, noMosquitto } from "../e2e/mosquitto.js";
import { until } from "../hosts/contract/probe.js";
import { Cli } from "../hosts/spawn.js";
import { Wire } from "../hosts/wire.js";
import { launch, ready, shows, skip } from "./chromium.js";

const topic = "home/desk/light";

describe("lampwire page", { skip: skip || noMosquitto }, () => {
	const mosquitto = new Mosquitto();
	let browser: Browser;
	before(async () => {
		await mosquitto.start();
		browser = await launch();
	});
	after(async () => {
		await browser?.close();
		Cli.killAll();
		await mosquitto.end();
	});

	const serve = async (broker: string) => {
		const cli = new Cli(["page", "--broker", broker, "--port", "0", "--topic", topic]);
		await cli.event("page", /^http/);
		return { cli, url: cli.events("page")[0] as string };
	};

	it("shows and sets the level of Mosquitto, names nobody whom it does not know, and is a lamp there with a will", async () => {
		const { cli, url } = await serve(`ws://127.0.0.1:${mosquitto.wsPort}`);
		const wire = await Wire.connect(mosquitto.port, "outside");
		await wire.subscribe(`${topic}/#`, 1);
		wire.publish(topic, "154", true);
		const page = await browser.newPage();
		const complaints: string[] = [];
		page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
		await page.goto(url);
		await ready(page);
		await shows(page, 154);
		wire.publish(topic, "20", true);
		await shows(page, 20);
		assert.match((await page.textContent("body")) ?? "", /Who set it is not known/);
		await page.locator("input[type=range]").focus();
		await page.keyboard.press("End");
		await wire.says(topic, "254");

		const tab = await browser.newPage();
		await tab.goto(`${url}lamp`);
		await ready(tab);
		const status = () => wire.seen.findLast(({ topic: on }) => /\/lamp-?\w+\/status$|\/\w+\/status$/.test(on));
		await until(() => status()?.text === "online", "the tab's status");
		const where = status()?.topic as string;
		await tab.close();
		await wire.says(where, "offline");
		assert.deepEqual(complaints, []);
		await page.close();
		assert.equal(await cli.end("SIGTERM"), 0);
	});

	it("at a desk that does not admit it, the page says what to start that desk with", async () => {
		const desk = new Cli(["broker", "--mqtt-port", "0", "--ws-port", "0"]);
		const [, port = ""] = /^ws \S+ (\d+)$/.exec(await desk.event("listen", /^ws /)) ?? [];
		const { cli, url } = await serve(`ws://127.0.0.1:${port}`);
		const page = await browser.newPage();
		await page.goto(url);
		await page.waitForFunction(() =>
			/lets no page of .* in \(403\): start that desk with --ws-origin http/.test(document.body.textContent ?? ""),
		);
		assert.equal(await cli.end("SIGTERM"), 0);
		assert.equal(await desk.end("SIGTERM"), 0);
		await page.close();
	});
});
