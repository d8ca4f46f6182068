/** The name of `names` that is probably meant by `written`. */
export function closest(written: string, names: readonly string[]): string | undefined {
	let best: string | undefined;
	// With changes in more than a third of the letters, it is another word, not a typing mistake.
	let least = Math.max(2, Math.floor(written.length / 3)) + 1;
	for (const name of names) {
		const part = name.startsWith(written) || name.endsWith(`-${written}`);
		const changes = part && written.length > 1 ? 0 : distance(written, name);
		if (changes < least) {
			best = name;
			least = changes;
		}
	}
	return best;
}

/** Levenshtein: letters to insert, delete or replace. */
function distance(from: string, to: string): number {
	let row = Array.from({ length: to.length + 1 }, (_, at) => at);
	for (let i = 1; i <= from.length; i++) {
		const next = [i];
		for (let j = 1; j <= to.length; j++) {
			const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
			next[j] = Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
		}
		row = next;
	}
	return row[to.length] ?? 0;
}
