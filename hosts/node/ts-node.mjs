// Lets Node import the project's .ts files: `node --import ./hosts/node/ts-node.mjs FILE.ts`. For tests and tools; programs for users are built
// (hosts/build.mjs).
import * as module from "node:module";

// A Node that runs TypeScript by itself would still not find ./x.ts under the name ./x.js.
if (module.registerHooks) module.registerHooks(await import("./ts-node-hooks.mjs"));
// Node 20: hooks live in a thread of their own. Later Nodes deprecate this.
else module.register("./ts-node-hooks.mjs", import.meta.url);
process.setSourceMapsEnabled(true);
