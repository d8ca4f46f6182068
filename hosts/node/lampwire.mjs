#!/usr/bin/env node
// The command. Works from any folder: everything is found from where this file stands.
import "./ts-node.mjs";

await import("./cli.ts");
