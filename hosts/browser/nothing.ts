// In the place of modules that a page leaves out: `/` and `/devices` are no devices, publish no info, and have neither LED, knob nor store; `/lamp`
// has no knob, `/knob` no LED, and none of them HTTP. `build.mjs` puts it there, for those modules would be a thirtieth of `/`.

/** In the place of a driver that the page does not open: its constructor throws. */
export default class Nothing {
	constructor() {
		throw new Error("this page was built without the LED, the knob or HTTP");
	}
}

export class Info {
	constructor() {
		throw new Error("info: this page is no device, and publishes none");
	}

	up(): void {}

	close(): void {}

	ended(): number {
		return 0;
	}
}

/** As in src/light/info.ts. */
export const upon_max = Infinity;

export class Pot {}

export class Led {}

export class WebStore {}
