// The wire between this firmware and its panel in mcsim (devices/shared/device.js): JSON both ways. A test is on the same
// wire through `control`, and can do and see everything that a user can.

/** mcsim's own object, in the firmware's machine. */
declare const screen: { postMessage(message: string): void; onMessage?: (message: string) => void };

/** A message of the panel. */
export interface Turned {
	/** The position of the knob: 0 to 1 of its travel. */
	knob?: number;
	/** The potentiometer's flaws, on or off. */
	noise?: boolean;
	deadEnds?: boolean;
	/** The network cable. */
	plug?: boolean;
	/** Show nothing: to measure the memory of the firmware without a panel. */
	quiet?: boolean;
	/** The knob goes to and fro by itself. */
	sweep?: boolean;
}

/** A message to the panel. */
export interface Shown {
	role?: string;
	id?: string;
	topic?: string;
	broker?: string;
	/** The knob was turned by a test. */
	knob?: number;
	duty?: number;
	dutyMax?: number;
	level?: number;
	up?: boolean;
	log?: string;
}

export class Panel {
	position: number;
	noise = true;
	deadEnds = true;
	plugged = true;
	/** Every message to the panel costs memory: while this is true, the caller of `show` must not even make one. */
	quiet = false;
	sweep = false;
	/** Called with every message to the panel, as a line. */
	onShow: ((line: string) => void) | undefined;
	onPlug: ((plugged: boolean) => void) | undefined;
	/** The panel shows again: it has missed messages. */
	onLoud: (() => void) | undefined;

	constructor(position: number) {
		this.position = position;
		screen.onMessage = (message) => this.receive(JSON.parse(message));
	}

	show(what: Shown): void {
		const line = JSON.stringify(what);
		screen.postMessage(line);
		this.onShow?.(line);
	}

	receive(turned: Turned): void {
		if (typeof turned.knob === "number") this.position = Math.min(Math.max(turned.knob, 0), 1);
		if (typeof turned.noise === "boolean") this.noise = turned.noise;
		if (typeof turned.deadEnds === "boolean") this.deadEnds = turned.deadEnds;
		if (typeof turned.sweep === "boolean") this.sweep = turned.sweep;
		if (typeof turned.quiet === "boolean") {
			this.quiet = turned.quiet;
			if (!turned.quiet) this.onLoud?.();
		}
		if (typeof turned.plug === "boolean" && turned.plug !== this.plugged) {
			this.plugged = turned.plug;
			this.onPlug?.(turned.plug);
		}
	}
}
