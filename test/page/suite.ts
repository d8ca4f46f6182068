// What every file of the page's tests needs: one browser for the file, and for each test a scene that is closed, and judged, when it is over.
import { after, afterEach, before } from "node:test";
import type { Browser } from "playwright-core";
import { executablePath, launch, Scene } from "./chromium.js";
import { type DeskOptions, removeBuilt } from "./desk.js";

/** Returns what opens a scene. */
export function suite(options?: Parameters<typeof launch>[0]): (desk?: DeskOptions) => Promise<Scene> {
	let browser: Browser | undefined;
	const scenes: Scene[] = [];
	before(async () => {
		const path = options && "executablePath" in options ? options.executablePath : executablePath;
		if (path !== undefined) browser = await launch(options);
	});
	after(async () => {
		await browser?.close();
		await removeBuilt();
	});
	afterEach(async () => {
		for (const scene of scenes.splice(0)) await scene.close();
	});
	return async (desk) => {
		const scene = await Scene.open(browser as Browser, desk);
		scenes.push(scene);
		return scene;
	};
}
