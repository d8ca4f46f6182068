// npm test [-- FILTER ...]: builds, then runs every test/**/*.test.ts whose path holds one of the filters, with Node's own runner.
// The tests that build with the Moddable SDK or run on an XS engine (test/xs) take minutes and are left to `npm run test:xs`, unless --all
// is given. They keep every processor busy: one of them at a time (test/xs/turn.ts). The last line says what was not run.
import "../hosts/node/needed.mjs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { buildOrExit } from "../hosts/build.mjs";
import { notes } from "./not-run.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const words = process.argv.slice(2);
const filters = words.filter((word) => !word.startsWith("--"));
const xs = words.includes("--xs");
const all = words.includes("--all");
const unknown = words.find((word) => word.startsWith("--") && word !== "--xs" && word !== "--all");
if (unknown !== undefined) {
	console.error(`npm test: there is no option ${unknown}; there are --all and --xs`);
	process.exit(2);
}

const isXs = (name) => name.startsWith("test/xs/");
const present = readdirSync(new URL(".", import.meta.url), { recursive: true })
	.map((name) => `test/${name.replaceAll("\\", "/")}`)
	.filter((name) => name.endsWith(".test.ts") && !name.includes("node_modules"));
const files = present
	.filter((name) => all || isXs(name) === xs)
	.filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
	// those of test/xs last, when nothing else runs: mcsim under load says nothing for minutes
	.sort((one, other) => Number(isXs(one)) - Number(isXs(other)) || (one < other ? -1 : 1));
if (files.length === 0) {
	console.error(`no test file's path holds ${filters.join(" or ")}`);
	process.exit(1);
}

// The tests that start the command start what people start.
await buildOrExit();
if (!existsSync(new URL("../node_modules/ts-node", import.meta.url))) {
	console.error("npm test: the development dependencies are missing (npm ci without --omit=dev installs them)");
	process.exit(1);
}
// Node's own default leaves one processor free; but most tests wait more than they compute.
const concurrency = [`--test-concurrency=${xs ? 1 : Math.max(4, availableParallelism())}`];
// no measure: a process that does not come to its end fails by its name, in place of the whole run
const hang_ms = 900_000;
const node = ["--disable-warning=ExperimentalWarning", "--import", "./hosts/node/ts-node.mjs"];
const { reporters, lastLine } = notes();
const turns = createServer(takeTurns()).listen(0, "127.0.0.1");
await once(turns, "listening");
const env = { ...process.env, LAMPWIRE_TEST_TURNS: String(turns.address().port) };
const runner = spawn(process.execPath, [...node, "--test", `--test-timeout=${hang_ms}`, ...concurrency, ...reporters, ...files], {
	cwd: root,
	stdio: "inherit",
	env,
});
runner.on("exit", (code, signal) => {
	const last = lastLine(left());
	if (last !== "") console.log(last);
	process.exit(code ?? (signal ? 1 : 0));
});

/** Who comes first gets a byte; who comes later gets one when the connections before have ended. */
function takeTurns() {
	const waiting = [];
	const next = () => waiting[0]?.write("!");
	return (socket) => {
		waiting.push(socket);
		if (waiting.length === 1) next();
		socket.on("error", () => {});
		socket.on("close", () => {
			const had = waiting[0] === socket;
			waiting.splice(waiting.indexOf(socket), 1);
			if (had) next();
		});
	};
}

function left() {
	if (filters.length > 0) return `every file whose path does not hold ${filters.join(" or ")} (npm test runs them)`;
	if (xs) return "all that is outside of test/xs (npm test runs it)";
	const count = present.length - files.length;
	return count > 0 ? `the ${count} files of test/xs, which build the firmware and run it (npm run test:xs, with the Moddable SDK)` : "";
}
