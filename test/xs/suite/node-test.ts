// `node:test` for XS: collects tests; `report` runs them.
interface Test {
	name: string;
	body: () => void;
}

const tests: Test[] = [];

export function test(name: string, body: () => void): void {
	tests.push({ name, body });
}

export interface Report {
	passed: string[];
	/** Name and error. */
	failed: string[];
}

/** Runs the tests, but for those whose name holds `without`. */
export function report(...without: string[]): Report {
	const passed: string[] = [];
	const failed: string[] = [];
	for (const { name, body } of tests) {
		if (without.some((text) => name.includes(text))) continue;
		try {
			const result: unknown = body();
			if (result !== undefined) throw new Error("a test that returns something, a promise perhaps, is not known here");
			passed.push(name);
		} catch (error) {
			failed.push(`${name}: ${error}`);
		}
	}
	return { passed, failed };
}
