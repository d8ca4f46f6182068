// Connections in the order in which they came, each for the one who asks next.
export class Accepting<T> {
	readonly #came: T[] = [];
	readonly #asked: ((one: T) => void)[] = [];

	came(one: T): void {
		const taker = this.#asked.shift();
		if (taker) taker(one);
		else this.#came.push(one);
	}

	next(): Promise<T> {
		const one = this.#came.shift();
		return one ? Promise.resolve(one) : new Promise((resolve) => this.#asked.push(resolve));
	}
}
