#!/usr/bin/env node
// The command. Works from any folder: everything is found from where this file stands. It runs what hosts/build.mjs has built.
import "./needed.mjs";

// aedes imports a JSON file, of which Node.js warned until 20.18. It concerns nobody who turns a knob.
const [print] = process.listeners("warning");
if (print) {
	process.off("warning", print);
	process.on("warning", (warning) => {
		if (!/JSON modules/.test(warning.message)) print(warning);
	});
}

const cli = new URL("../../dist/cli.js", import.meta.url);

import(cli.href).catch((error) => {
	// Whatever else is thrown while the program loads is a bug, and its stack is wanted.
	if (error.code !== "ERR_MODULE_NOT_FOUND" || error.url !== cli.href) throw error;
	console.error("lampwire is not built: run npm run build");
	process.exit(1);
});
