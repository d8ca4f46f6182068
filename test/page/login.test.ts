// A desk that asks for credentials: the page asks for them once, a QR code carries them, and they stand in no address and no log.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Page } from "playwright-core";
import { withLogin } from "../../hosts/node/http/invitation.js";
import { phone, ready, shows, skip } from "./chromium.js";
import { codeOn } from "./code.js";
import { passwordOf } from "./desk.js";
import { suite } from "./suite.js";

const open = suite();
const guarded = { guarded: true };
/** What a browser says of an answer 401 or 403. */
const refused = /status of 40[13]/;
const controller = { user: "controller", password: passwordOf("controller") };

async function signIn(page: Page, password: string): Promise<void> {
	await page.getByLabel("Name", { exact: true }).fill("controller");
	await page.getByLabel("Password", { exact: true }).fill(password);
	await page.getByRole("button", { name: "Sign in" }).click();
}

describe("page: a desk that asks for credentials", { skip }, () => {
	it("is asked for them, says so where they are wrong, and then has everything: level, events, what is kept", async () => {
		const scene = await open(guarded);
		scene.allowed.push(refused);
		await scene.desk.holds("77");
		const page = await (await scene.context()).newPage();
		await page.goto(scene.desk.url);
		await page.getByText("The broker asks for a name and a password that it knows.").waitFor();
		assert.equal(await page.locator("#number").textContent(), "–", "nothing is shown to whoever has not signed in");
		await signIn(page, "wrong");
		await page.getByText("The broker refuses this name or password.").waitFor();
		await signIn(page, controller.password);
		await ready(page);
		await shows(page, 77);
		// Who sets it now is told over /api/events, which has let the page in.
		const ben = await scene.desk.wire("ben");
		ben.publish("light", "200", true);
		await shows(page, 200);
		await page.waitForFunction(() => document.body.textContent?.includes("ben"));
		await page.goto(`${scene.desk.url}/wire`);
		await ready(page);
		await page.getByText("kept: “200”").waitFor();
		assert.ok(!scene.desk.log.join("\n").includes(controller.password));
	});

	it("of the history it tells in a sentence that it asks, without markup", async () => {
		const scene = await open(guarded);
		scene.allowed.push(refused);
		const page = await (await scene.context()).newPage();
		await page.goto(`${scene.desk.url}/history`);
		await page.getByText("This desk asks for a name and a password: sign in under Light.").waitFor();
		assert.doesNotMatch((await page.locator("#connection-words").textContent()) ?? "", /</);
	});

	it("a QR code carries them: the page takes them out of the address, keeps them in this tab, and needs no typing", async () => {
		const scene = await open(guarded);
		scene.allowed.push(refused);
		await scene.desk.holds("77");
		const context = await scene.context(phone);
		for (const route of ["", "lamp", "knob"]) {
			const page = await context.newPage();
			await page.goto(withLogin(`${scene.desk.url}/${route}`, { login: controller }));
			await ready(page);
			assert.equal(page.url(), `${scene.desk.url}/${route}`);
			assert.ok(
				!(await page.evaluate(() => JSON.stringify([location.href, history.state, document.cookie, { ...localStorage }]))).includes(
					"password",
				),
			);
			// Nor where the way back leads.
			await page.reload();
			await ready(page);
			await page.close();
		}
	});

	it("a class is invited by a code that carries them, beside the words for who types", async () => {
		const scene = await open(guarded);
		scene.allowed.push(refused);
		const teacher = await scene.page(scene.desk.classRoute, { viewport: { width: 1280, height: 800 } });
		await teacher.getByText(`${controller.user}, ${controller.password}`).waitFor();
		const { text: read = "" } = await codeOn(teacher);
		assert.equal(read, withLogin(`${scene.desk.url}/lamp`, { login: controller }));
		const pupil = await (await scene.context(phone)).newPage();
		await pupil.goto(read);
		await ready(pupil);
	});

	it("after a restart of the desk the page signs in again by itself", async () => {
		const scene = await open(guarded);
		scene.allowed.push(refused, /WebSocket connection to/, /ERR_/);
		const page = await (await scene.context()).newPage();
		await page.goto(withLogin(`${scene.desk.url}/`, { login: controller }));
		await ready(page);
		await page.context().clearCookies();
		await scene.desk.broker.stop();
		await page.waitForFunction(() => document.getElementById("connection")?.dataset.state === "lost");
		await scene.desk.broker.start();
		await ready(page);
		const ben = await scene.desk.wire("ben");
		ben.publish("light", "99", true);
		await shows(page, 99);
		await page.waitForFunction(() => document.body.textContent?.includes("ben"));
	});
});
