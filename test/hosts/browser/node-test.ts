// `node:test` for a page: collects tests, with the name of their suite in front; `report` runs them one after the other.
type Body = () => unknown;

interface Suite {
	after: Body[];
}

const tests: { name: string; body: Body; suite: Suite }[] = [];
let path: string[] = [];
let suite: Suite = { after: [] };

export function describe(name: string, body: () => void): void {
	const outer = { path, suite };
	path = [...path, name];
	suite = { after: [...suite.after] };
	body();
	({ path, suite } = outer);
}

export function it(name: string, body: Body): void {
	tests.push({ name: [...path, name].join(": "), body, suite });
}

export const test = it;

export function afterEach(body: Body): void {
	suite.after.push(body);
}

/** Names of the tests that passed, and names and errors of those that failed. */
export async function report(): Promise<{ passed: string[]; failed: string[] }> {
	const passed: string[] = [];
	const failed: string[] = [];
	for (const { name, body, suite } of tests) {
		try {
			await body();
			for (const after of suite.after) await after();
			passed.push(name);
		} catch (error) {
			failed.push(`${name}: ${error instanceof Error ? error.stack : error}`);
			for (const after of suite.after) await Promise.resolve(after()).catch(() => {});
		}
	}
	return { passed, failed };
}
