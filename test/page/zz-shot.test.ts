import { it } from "node:test";
import { phone } from "./chromium.js";
import { suite } from "./suite.js";

const open = suite();
it("shots", async () => {
	const scene = await open({ wire: true });
	await scene.desk.holds("154");
	const wide = await scene.page("/wire", { viewport: { width: 1280, height: 800 } });
	const small = await scene.page("/wire", phone);
	for (const page of [wide, small]) {
		await page.waitForFunction(() => document.querySelectorAll(".packet:not([hidden])").length >= 4);
		await page.getByRole("radio", { name: "QoS 2" }).check();
		await page.getByRole("button", { name: "Send", exact: true }).click();
		await page.waitForFunction(() => document.querySelector('[data-stamp="PUBCOMP"][data-filled]'));
		await page.waitForTimeout(1500);
		await page.screenshot({ path: `/tmp/wirepics/${page === wide ? "wide" : "small"}.png` });
		await page.screenshot({ path: `/tmp/wirepics/${page === wide ? "wide" : "small"}-full.png`, fullPage: true });
	}
});
