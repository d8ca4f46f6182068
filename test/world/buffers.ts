// Counts the bytes that are taken for buffers while something is done: every ArrayBuffer, and every typed array that makes one of its own.

const names = ["Uint8Array", "Int8Array", "Uint16Array", "Int32Array", "Uint32Array", "Float64Array"] as const;

type Construct = new (...values: unknown[]) => ArrayBufferView | ArrayBuffer;

/** Does `work`. Returns the byte lengths of the buffers that were made meanwhile, in order. */
export function buffersMade(work: () => void): number[] {
	const made: number[] = [];
	const restore: (() => void)[] = [];
	const globals = globalThis as unknown as Record<string, Construct>;
	const watch = (name: string, size: (result: never, first: unknown) => number | undefined) => {
		const original = globals[name];
		const watched: Construct = new Proxy(original, {
			construct(target, values, newTarget) {
				const result = Reflect.construct(target, values, newTarget === watched ? target : newTarget);
				const bytes = size(result as never, values[0]);
				if (bytes !== undefined) made.push(bytes);
				return result;
			},
		});
		globals[name] = watched;
		// what `slice` and its like make is made by the constructor that the prototype names
		original.prototype.constructor = watched;
		restore.push(() => {
			globals[name] = original;
			original.prototype.constructor = original;
		});
	};
	const Buffer_ = ArrayBuffer;
	watch("ArrayBuffer", (buffer: ArrayBuffer) => buffer.maxByteLength);
	for (const name of names)
		watch(name, (view: ArrayBufferView, first) =>
			first instanceof Buffer_ || first instanceof SharedArrayBuffer ? undefined : view.byteLength,
		);
	try {
		work();
	} finally {
		for (const put of restore) put();
	}
	return made;
}
