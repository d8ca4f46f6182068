#!/usr/bin/env node
// The command. Works from any folder: all files are found relative to this file. It runs the program that hosts/build.mjs has built.
import "./needed.mjs";

// aedes imports a JSON file, of which Node.js warned until 20.18. The warning does not concern users.
const [print] = process.listeners("warning");
if (print) {
	process.off("warning", print);
	process.on("warning", (warning) => {
		if (!/JSON modules/.test(warning.message)) print(warning);
	});
}

const cli = new URL("../../dist/cli.js", import.meta.url);

import(cli.href).catch((error) => {
	// Any other exception while the program loads is a bug, and is printed with its stack.
	if (error.code !== "ERR_MODULE_NOT_FOUND" || error.url !== cli.href) throw error;
	console.error("lampwire is not built: run npm run build");
	process.exit(1);
});
