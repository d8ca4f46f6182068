// `node:assert/strict` for XS: what the tests use of it.
function show(value: unknown): string {
	if (typeof value === "string") return JSON.stringify(value);
	if (typeof value !== "object" || value === null || value instanceof Error) return String(value);
	try {
		return (JSON.stringify(ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value) ?? String(value)).slice(0, 500);
	} catch {
		return String(value);
	}
}

function same(a: unknown, b: unknown): boolean {
	if (Object.is(a, b)) return true;
	if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
	if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
	if (a instanceof Map || a instanceof Set || a instanceof Date || a instanceof ArrayBuffer) throw new Error("deepEqual: not known here");
	if (ArrayBuffer.isView(a) && !(a instanceof DataView)) {
		const [one, other] = [a as Uint8Array, b as Uint8Array];
		if (one.length !== other.length) return false;
		for (let i = 0; i < one.length; i++) if (!Object.is(one[i], other[i])) return false;
		return true;
	}
	const names = Object.keys(a);
	if (names.length !== Object.keys(b).length) return false;
	for (const name of names)
		if (!Object.hasOwn(b, name) || !same((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name])) return false;
	return true;
}

function fail(message?: unknown): never {
	if (message instanceof Error) throw message;
	throw new Error(`assert: ${String(message ?? "failed")}`);
}

function ok(value: unknown, message?: unknown): void {
	if (!value) fail(message ?? `${show(value)} is not true`);
}

function equal(actual: unknown, expected: unknown, message?: unknown): void {
	if (!Object.is(actual, expected)) fail(`${message ?? ""} ${show(actual)} is not ${show(expected)}`);
}

function deepEqual(actual: unknown, expected: unknown, message?: unknown): void {
	if (!same(actual, expected)) fail(`${message ?? ""} ${show(actual)} is not ${show(expected)}`);
}

function match(text: string, pattern: RegExp, message?: unknown): void {
	if (!pattern.test(text)) fail(`${message ?? ""} ${show(text)} does not match ${pattern}`);
}

function doesNotMatch(text: string, pattern: RegExp, message?: unknown): void {
	if (pattern.test(text)) fail(`${message ?? ""} ${show(text)} matches ${pattern}`);
}

type Expected = RegExp | { message: RegExp | string } | (abstract new (...values: never[]) => Error);

function throws(body: () => unknown, expected?: Expected, message?: unknown): void {
	let thrown: unknown;
	try {
		body();
	} catch (error) {
		thrown = error;
		if (expected === undefined) return;
		if (expected instanceof RegExp) return match(String(error), expected, message);
		if (typeof expected === "function") return ok(error instanceof expected, `${error} is not a ${expected.name}`);
		if (Object.keys(expected).join() !== "message") fail("throws: not known here");
		const said = (error as Error).message;
		return typeof expected.message === "string" ? equal(said, expected.message, message) : match(said, expected.message, message);
	}
	fail(`${message ?? ""} nothing was thrown, ${thrown}`);
}

function doesNotThrow(body: () => unknown): void {
	body();
}

export default { fail, ok, equal, deepEqual, match, doesNotMatch, throws, doesNotThrow };
