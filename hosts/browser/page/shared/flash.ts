// Fast flashing of a whole screen can harm: WCAG 2.3.1 allows three flashes a second. The wire and the lamp's role stay as they are; only the
// picture is softened.

/** In levels of 254: just less than a tenth of the whole range, which WCAG takes for a swing. */
const swing_levels = 24;
/** A flash is a pair of opposite swings. Five swings are painted as they are; the sixth is the slow way to the mean. */
const swings_max = 5;
/** Three flashes of the painted light. Late frames may meet the raw light such that even the slow way turns back and forth: a seventh swing waits. */
const painted_max = 6;
/** WCAG's second, and a quarter: a frame is visible later than its time, by more under load. */
const period_ms = 1_250;
/** Time constants of the softened light while the light is flashing, and on the way back to the true light. */
const slow_ms = 1_000;
const back_ms = 150;

/** The swings of a light, from the dark on, for a screen is dark before its first frame. */
class Swings {
	/** The times of the last swings, oldest first. */
	readonly times: number[] = [];
	readonly #most: number;
	/** The last turning point, and the direction since; `undefined` before the first swing. */
	#extreme = 0;
	#up: boolean | undefined;

	/** `most`: the swings that are remembered. */
	constructor(most: number) {
		this.#most = most;
	}

	/** The levels from the last turning point to `level`, where that is a swing; else 0. */
	from(level: number): number {
		const away = level - this.#extreme;
		return Math.abs(away) >= swing_levels && away > 0 !== this.#up ? away : 0;
	}

	/** The light goes to `level` at `now`. */
	take(level: number, now: number): void {
		const away = level - this.#extreme;
		if (this.from(level) !== 0) {
			this.#up = away > 0;
			this.times.push(now);
			if (this.times.length > this.#most) this.times.shift();
		} else if (this.#up === undefined || away > 0 !== this.#up) return;
		this.#extreme = level;
	}

	/** As many swings as are remembered have come within the period. */
	full(now: number): boolean {
		return this.times.length === this.#most && now - (this.times[0] ?? 0) < period_ms;
	}
}

export class FlashGuard {
	/** The light is softened: the painted light is not that of the lamp. */
	soft = false;
	readonly #raw = new Swings(swings_max);
	readonly #painted = new Swings(painted_max);
	#shown = 0;
	#true = 0;
	#at = 0;

	/** True while the painted light is on its way to the true light. */
	get active(): boolean {
		return this.soft || this.#shown !== this.#true;
	}

	/** The position to paint, 0 to 254, when the lamp is at `raw`; `now` in milliseconds. */
	paint(raw: number, now: number): number {
		this.#watch(raw, now);
		const level = this.#toward(raw, now);
		const away = this.#painted.full(now) ? this.#painted.from(level) : 0;
		// Held just short of a swing.
		this.#shown = away === 0 ? level : level - away + Math.sign(away) * (swing_levels - 1);
		this.#painted.take(this.#shown, now);
		return this.#shown;
	}

	#toward(raw: number, now: number): number {
		const free = !this.soft && this.#shown === this.#true;
		this.#true = raw;
		const elapsed = Math.min(now - this.#at, 100);
		this.#at = now;
		if (free) return raw;
		const share = 1 - Math.exp(-elapsed / (this.soft ? slow_ms : back_ms));
		const level = this.#shown + (raw - this.#shown) * share;
		return !this.soft && Math.abs(raw - level) < 1 ? raw : level;
	}

	#watch(raw: number, now: number): void {
		this.#raw.take(raw, now);
		const last = this.#raw.times.at(-1) ?? -Infinity;
		if (now - last >= period_ms) this.soft = false;
		else if (this.#raw.full(last)) this.soft = true;
	}
}
