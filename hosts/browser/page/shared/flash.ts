// Fast flashing of a whole screen can harm: WCAG 2.3.1 allows three flashes a second. The wire and the lamp's role stay as they are; only the
// picture is softened.

/** In levels of 254: a tenth of the whole range, as WCAG defines a flash. */
const swing_levels = 25;
/** A flash is a pair of opposite swings. Five swings are painted as they are; the sixth is the slow way to the mean. */
const swings_max = 5;
/** WCAG's second, and a quarter: a frame is visible later than its time, by more under load. */
const period_ms = 1_250;
/** Time constants of the softened light while the light is flashing, and on the way back to the true light. */
const slow_ms = 1_000;
const back_ms = 150;

export class FlashGuard {
	/** The light is softened: the painted light is not that of the lamp. */
	soft = false;
	#shown = -1;
	#at = 0;
	/** The last turning point of the raw light, and its direction since. */
	#extreme: number | undefined;
	#up: boolean | undefined;
	/** The times of the last swings, oldest first. */
	readonly #swings: number[] = [];

	/** True while the painted light is on its way to the true light. */
	get active(): boolean {
		return this.soft || this.#shown !== this.#true;
	}
	#true = -1;

	/** The position to paint, 0 to 254, when the lamp is at `raw`; `now` in milliseconds. */
	paint(raw: number, now: number): number {
		this.#watch(raw, now);
		const free = !this.soft && this.#shown === this.#true;
		this.#true = raw;
		const elapsed = Math.min(now - this.#at, 100);
		this.#at = now;
		if (this.#shown < 0 || free) return (this.#shown = raw);
		const share = 1 - Math.exp(-elapsed / (this.soft ? slow_ms : back_ms));
		this.#shown += (raw - this.#shown) * share;
		if (!this.soft && Math.abs(raw - this.#shown) < 1) this.#shown = raw;
		return this.#shown;
	}

	#watch(raw: number, now: number): void {
		this.#extreme ??= raw;
		const away = raw - this.#extreme;
		if (this.#up === undefined ? Math.abs(away) >= swing_levels : this.#up ? away <= -swing_levels : away >= swing_levels) {
			this.#up = away > 0;
			this.#extreme = raw;
			this.#swings.push(now);
			if (this.#swings.length > swings_max) this.#swings.shift();
		} else if (this.#up === undefined ? false : this.#up ? away > 0 : away < 0) this.#extreme = raw;
		const last = this.#swings.at(-1) ?? -Infinity;
		if (now - last >= period_ms) this.soft = false;
		else if (this.#swings.length === swings_max && last - (this.#swings[0] ?? 0) < period_ms) this.soft = true;
	}
}
