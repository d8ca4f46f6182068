#!/usr/bin/env node
// The command. Works from any folder: everything is found from where this file stands. It runs what hosts/build.mjs has built.
import "./needed.mjs";

const cli = new URL("../../dist/cli.js", import.meta.url);

import(cli.href).catch((error) => {
	// Whatever else is thrown while the program loads is a bug, and its stack is wanted.
	if (error.code !== "ERR_MODULE_NOT_FOUND" || error.url !== cli.href) throw error;
	console.error("lampwire is not built: run npm run build");
	process.exit(1);
});
