// The QR code on a page, as a camera sees it: its pixels by the browser's own canvas, decoded by jsqr.
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

type Decode = (
	data: Uint8ClampedArray,
	width: number,
	height: number,
	options: { inversionAttempts: "dontInvert" },
) => { data: string } | null;
const jsqr: Decode = createRequire(import.meta.url)("jsqr");

export interface Code {
	text: string | undefined;
	/** Red, green, blue and opacity of each pixel. */
	data: Uint8ClampedArray;
	width: number;
}

/**
 * The code in `#qr`. Pixels come and go as base64: as arrays of numbers they kept this process, and with it the desk in it, busy for so long
 * that its HTTP server refused requests as too late (408).
 */
export async function codeOn(page: Page): Promise<Code> {
	const png = (await page.locator("#qr").screenshot()).toString("base64");
	// a page without a policy
	const blank = await page.context().newPage();
	const { pixels, width, height } = await blank.evaluate(async (text) => {
		const image = await createImageBitmap(new Blob([Uint8Array.from(atob(text), (character) => character.charCodeAt(0))]));
		const context = new OffscreenCanvas(image.width, image.height).getContext("2d") as OffscreenCanvasRenderingContext2D;
		context.drawImage(image, 0, 0);
		const { data } = context.getImageData(0, 0, image.width, image.height);
		let binary = "";
		for (let at = 0; at < data.length; at += 8192) binary += String.fromCharCode(...data.subarray(at, at + 8192));
		return { pixels: btoa(binary), width: image.width, height: image.height };
	}, png);
	await blank.close();
	const data = Uint8ClampedArray.from(Buffer.from(pixels, "base64"));
	return { text: jsqr(data, width, height, { inversionAttempts: "dontInvert" })?.data, data, width };
}
