// The hand: pointer, wheel and keys, into levels. This module has no MQTT, and a touch alone sets no level.
// A drag is relative: the place of the touch does not matter, only the way from there. No turn wraps from full to off.
import { level_max } from "../../../../src/light/level/intensity.js";
import { mark } from "./h.js";

/** The control that the hand moves. */
export interface Turned {
	/** The present level, 0 to 254; -1 while unknown. */
	readonly level: number;
	/** The pointer is down. */
	hold(): void;
	/** The hand has moved the control to `level`, with the pointer down, or by a key or the wheel. */
	turn(level: number): void;
	/** The pointer is up, or lost. */
	release(): void;
}

/** The way, in pixels, that a finger or a pen must move before it turns: a touch in passing sets no light. */
const dead_zone = 8;
/** The distance to a knob's middle, in pixels, below which it cannot be turned by an angle. */
const too_near = 24;
/** The least way of a fader for one level, in pixels: with less, a hand could not set a single level. */
const fine = 1.3;
/** The distance beside a fader, in pixels, from which it moves at a quarter of the hand's speed. */
const aside = 80;
/** Degrees of a knob's travel. */
const sweep = 270;
/** Levels for an arrow key, one with Shift, and for a page key, a tenth. As on the desk (hosts/node/turning.ts). */
const step = 2;
const page = 25;
/** Pixels of a wheel for one step: a notch of most mice is 100 to 120. */
const wheel_pixels = 50;

const keys: Readonly<Record<string, number>> = {
	ArrowUp: step,
	ArrowRight: step,
	"+": step,
	ArrowDown: -step,
	ArrowLeft: -step,
	"-": -step,
	PageUp: page,
	PageDown: -page,
};

const clamp = (level: number): number => Math.min(Math.max(level, 0), level_max);

/** The new level for a key, from the present `level`; `undefined`: the key has no meaning. */
export function levelOfKey(key: string, shift: boolean, level: number): number | undefined {
	if (key === "Home") return 0;
	if (key === "End") return level_max;
	if (/^\d$/.test(key)) return Math.round((Number(key) / 10) * level_max);
	const by = Object.hasOwn(keys, key) ? keys[key] : undefined;
	if (by === undefined) return undefined;
	return clamp(level + (shift && Math.abs(by) === step ? Math.sign(by) : by));
}

/** One drag of the pointer. */
interface Drag {
	readonly pointer: number;
	/** The place where the pointer went down, and whether it has left the dead zone. */
	readonly startX: number;
	readonly startY: number;
	moving: boolean;
	/** The level, with fractions. */
	level: number;
	lastY: number;
	/** The pointer's angle round the knob, in degrees; `undefined` where there is none. */
	angle: number | undefined;
}

export class Hand {
	readonly #control: HTMLElement;
	readonly #input: HTMLInputElement;
	readonly #turned: Turned;
	#drag: Drag | undefined;
	#wheel = 0;
	#over = false;

	/** `control` holds the range input, and the drawings `.knob` and `.fader`, where there are any. */
	constructor(control: HTMLElement, input: HTMLInputElement, turned: Turned) {
		this.#control = control;
		this.#input = input;
		this.#turned = turned;
		for (const drawing of control.querySelectorAll<HTMLElement>(".knob, .fader")) {
			drawing.addEventListener("pointerdown", (event) => this.#down(drawing, event));
			drawing.addEventListener("pointermove", (event) => this.#move(drawing, event));
			for (const end of ["pointerup", "pointercancel", "lostpointercapture"] as const)
				drawing.addEventListener(end, (event) => this.#up(event));
			drawing.addEventListener("contextmenu", (event) => event.preventDefault());
			drawing.addEventListener("wheel", (event) => this.#rolled(event), { passive: false });
		}
		control.addEventListener("pointerenter", () => (this.#over = true));
		control.addEventListener("pointerleave", () => (this.#over = false));
		input.addEventListener("keydown", (event) => this.#key(event));
		// A screen reader moves the input by itself.
		input.addEventListener("input", () => turned.turn(Number(input.value)));
	}

	/** Ends every drag: the page is hidden, or left. */
	letGo(): void {
		if (this.#drag === undefined) return;
		this.#drag = undefined;
		mark(this.#control, "data-held", undefined);
		this.#turned.release();
	}

	#down(drawing: HTMLElement, event: PointerEvent): void {
		if (this.#drag !== undefined || (event.pointerType === "mouse" && event.button !== 0)) return;
		// Without this, the browser would take the focus away again.
		event.preventDefault();
		this.#input.focus({ preventScroll: true, focusVisible: false } as FocusOptions);
		drawing.setPointerCapture(event.pointerId);
		this.#drag = {
			pointer: event.pointerId,
			startX: event.clientX,
			startY: event.clientY,
			moving: event.pointerType === "mouse",
			level: Math.max(this.#turned.level, 0),
			lastY: event.clientY,
			angle: angleIn(drawing, event),
		};
		mark(this.#control, "data-held", "");
		this.#turned.hold();
	}

	#move(drawing: HTMLElement, event: PointerEvent): void {
		const drag = this.#drag;
		if (drag === undefined || event.pointerId !== drag.pointer) return;
		// The button was released outside of the window, without an event.
		if (event.pointerType === "mouse" && event.buttons === 0) return this.letGo();
		const knob = drawing.classList.contains("knob");
		if (!drag.moving) {
			const way = knob ? Math.hypot(event.clientX - drag.startX, event.clientY - drag.startY) : Math.abs(event.clientY - drag.startY);
			if (way < dead_zone) return;
			drag.moving = true;
			// The turn begins here, not where the finger went down, so that the level does not jump.
			drag.lastY = event.clientY;
			drag.angle = angleIn(drawing, event);
			// Until now other clients could still move the level.
			drag.level = Math.max(this.#turned.level, 0);
			return;
		}
		const by = knob ? turnOf(drawing, event, drag) : slideOf(drawing, event, drag);
		drag.level = clamp(drag.level + by);
		this.#turned.turn(Math.round(drag.level));
	}

	#up(event: PointerEvent): void {
		if (event.pointerId === this.#drag?.pointer) this.letGo();
	}

	/** Only when the input has the focus and the pointer is above it: scrolling the page sets no light. */
	#rolled(event: WheelEvent): void {
		if (document.activeElement !== this.#input || !this.#over || event.ctrlKey) return;
		event.preventDefault();
		const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 40 : event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? 400 : 1;
		this.#wheel -= event.deltaY * lines;
		const by = Math.trunc(this.#wheel / wheel_pixels);
		if (by === 0) return;
		this.#wheel -= by * wheel_pixels;
		this.#turned.turn(clamp(Math.max(this.#turned.level, 0) + by));
	}

	#key(event: KeyboardEvent): void {
		if (event.ctrlKey || event.altKey || event.metaKey || this.#drag !== undefined) return;
		const level = levelOfKey(event.key, event.shiftKey, Math.max(this.#turned.level, 0));
		if (level === undefined) return;
		event.preventDefault();
		this.#turned.turn(level);
	}
}

/** Degrees, clockwise; `undefined` near the middle, where the hand's direction has no meaning. */
function angleIn(drawing: HTMLElement, event: PointerEvent): number | undefined {
	const { left, top, width, height } = drawing.getBoundingClientRect();
	const x = event.clientX - left - width / 2;
	const y = event.clientY - top - height / 2;
	return Math.hypot(x, y) < too_near ? undefined : (Math.atan2(y, x) * 180) / Math.PI;
}

/** The levels that the hand went round the knob since the last event. */
function turnOf(drawing: HTMLElement, event: PointerEvent, drag: Drag): number {
	const angle = angleIn(drawing, event);
	const before = drag.angle;
	drag.angle = angle;
	if (angle === undefined || before === undefined) return 0;
	let by = angle - before;
	if (by > 180) by -= 360;
	else if (by < -180) by += 360;
	return (by / sweep) * level_max;
}

/** The levels that the hand went up the fader since the last event. */
function slideOf(drawing: HTMLElement, event: PointerEvent, drag: Drag): number {
	const travel = drawing.clientHeight - grip_height;
	const pixels = Math.max(travel / level_max, fine);
	const slow = Math.abs(event.clientX - drag.startX) > aside ? 4 : 1;
	const by = (drag.lastY - event.clientY) / pixels / slow;
	drag.lastY = event.clientY;
	return by;
}

/** As in control.css. */
const grip_height = 56;
