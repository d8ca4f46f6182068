// What axe finds in a page.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Violations that axe calls serious or worse, in words. */
export async function violations(page: Page): Promise<string[]> {
	// By the debugger, which the page's policy does not bind. Once a page: to read it takes longer than to run it.
	if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe);
	return page.evaluate(async () => {
		type Result = { impact: string; id: string; nodes: { target: string[]; failureSummary: string }[] };
		const { axe: run } = window as unknown as { axe: { run(): Promise<{ violations: Result[] }> } };
		const all = (await run.run()).violations.filter(({ impact }) => impact === "serious" || impact === "critical");
		return all.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`);
	});
}
