// node docs/conformance.mjs: writes docs/mqtt-conformance.md anew, from the ids that code and tests cite.
import { writeFileSync } from "node:fs";
import "../hosts/node/ts-node.mjs";

const { render } = await import("../test/conformance.ts");

writeFileSync(new URL("mqtt-conformance.md", import.meta.url), render());
