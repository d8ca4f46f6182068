// Lets Node import the project's .ts files: `node --import ./hosts/node/ts-node.mjs FILE.ts`.
// Types are not checked here (that is `npm run check`): the loader only strips them.
import { register } from "node:module";
import { fileURLToPath } from "node:url";

// A path, not a URL's pathname: the checkout may stand in a folder with a space in its name, or on a drive with a letter.
process.env.TS_NODE_PROJECT ??= fileURLToPath(new URL("../../tsconfig.json", import.meta.url));
register("ts-node/esm", import.meta.url);
