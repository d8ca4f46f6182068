// What the back-off says of a herd: which share of it tries in one second, at the most, once the broker is back. Found by the class itself.
import { backoff_max_ms, backoff_min_ms, backoff_stable_ms } from "../../src/limits.js";
import { Backoff } from "../../src/mqtt/link/backoff.js";

const lamps = 50_000;

/** The largest share of `times` (ms, in order) that lies within one second. */
export function worstSecond(times: readonly number[], all: number): { share: number; at: number } {
	let [most, at, first] = [0, 0, 0];
	for (let last = 0; last < times.length; last++) {
		while ((times[last] as number) - (times[first] as number) >= 1_000) first += 1;
		if (last - first + 1 > most) [most, at] = [last - first + 1, times[first] as number];
	}
	return { share: most / all, at };
}

/** After so many milliseconds without the broker. `refused`: its host is there, and says so at once; else nobody answers, and a try lasts `patience`. */
export function share(away: number, refused = true, patience = 0): number {
	const times = Array.from({ length: lamps }, () => {
		const backoff = new Backoff(backoff_min_ms, backoff_max_ms, backoff_stable_ms, Math.random);
		let at = backoff.next(backoff_stable_ms);
		while (at < away) at += patience + backoff.next(0, refused);
		return at;
	});
	return worstSecond(
		times.sort((a, b) => a - b),
		lamps,
	).share;
}

/** The share that a herd of `count` does not exceed by chance: four standard deviations of a binomial distribution more. */
export const bound = (law: number, count: number) => law + 4 * Math.sqrt((law * (1 - law)) / count);
