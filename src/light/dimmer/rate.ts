// How many messages a broker takes in a time, written as `30/min` or `2/s`. Adafruit IO takes 30 a minute, then throttles, then cuts the connection.

const per_minute: Readonly<Record<string, number>> = Object.freeze({ s: 60, min: 1, h: 1 / 60 });

/** So many messages a minute of each rate are left to the status and the info. */
const reserved = 2;
/** A lower rate would leave no message for a hand. */
export const rate_min = 4;
/** As many messages a minute as a knob publishes without a rate. */
export const rate_max = 1_500;

/** Messages a minute. Throws in words, without the option's name. */
export function readRate(text: string): number {
	const slash = text.indexOf("/");
	const count = Number(text.slice(0, slash));
	const unit = per_minute[text.slice(slash + 1)];
	const rate = slash > 0 && unit !== undefined ? count * unit : Number.NaN;
	if (!(rate >= rate_min && rate <= rate_max))
		throw new Error(`"${text}" is no rate; give ${rate_min}/min to ${rate_max}/min, or so many a second, as in 30/min or 2/s`);
	return rate;
}

/** Milliseconds between two levels, so that with status and info no more than `rate` messages go out in any minute. */
export function intervalOf(rate: number): number {
	return 60_000 / (rate - reserved);
}
