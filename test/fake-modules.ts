// Modules that only XS has, for the hosts' sources in Node.
import * as module from "node:module";

type Resolve = (specifier: string, context: { parentURL?: string }) => unknown;
// Later Nodes deprecate `register`, earlier ones have nothing else.
const { registerHooks } = module as unknown as {
	registerHooks?(hooks: { resolve(...args: [...Parameters<Resolve>, Resolve]): unknown }): void;
};

/** From here on, sources below `hosts/` that import `name` get the module that `fakes[name]` is the text of. */
export function fakeModules(fakes: Readonly<Record<string, string>>): void {
	const urls = Object.fromEntries(Object.entries(fakes).map(([name, text]) => [name, `data:text/javascript,${encodeURIComponent(text)}`]));
	if (registerHooks)
		registerHooks({
			resolve(specifier, context, next) {
				const url = context.parentURL?.includes("/hosts/") ? urls[specifier] : undefined;
				return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
			},
		});
	else {
		// Runs in another thread: all that it knows is its text.
		const hook = `const urls = ${JSON.stringify(urls)};
export async function resolve(specifier, context, next) {
	const url = context.parentURL?.includes("/hosts/") ? urls[specifier] : undefined;
	return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
}`;
		module.register(`data:text/javascript,${encodeURIComponent(hook)}`);
	}
}

/** The text of modules whose default export is a global of the same name: `import x from "wifi"` gives `globalThis.wifi`. */
export function fromGlobals(...names: string[]): Record<string, string> {
	return Object.fromEntries(names.map((name) => [name, `export default globalThis[${JSON.stringify(name)}]`]));
}
