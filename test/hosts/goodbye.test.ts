// How a process ends, by the order of what it does itself: the clock that counts the seconds is the one that it is measured against.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const hooks = new URL("../../hosts/node/ts-node.mjs", import.meta.url).href;
const goodbye = new URL("../../hosts/node/goodbye.ts", import.meta.url).href;

/** Runs `body` in a process of its own; what it says, in order, and its end last. */
function ends(body: string): Promise<string[]> {
	const source = `
		await import(${JSON.stringify(hooks)});
		const { goodbye } = await import(${JSON.stringify(goodbye)});
		const say = (word) => process.stdout.write(word + "\\n");
		const at = (ms, word) => setTimeout(() => say(word), ms);
		const signal = () => process.kill(process.pid, "SIGTERM");
		setInterval(() => {}, 1_000);
		${body}`;
	const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
		cwd: fileURLToPath(new URL("../..", import.meta.url)),
		stdio: ["ignore", "pipe", "inherit"],
	});
	let said = "";
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		said += text;
	});
	return new Promise((resolve) => child.on("close", (code, signal) => resolve([...said.split("\n").filter(Boolean), `${code ?? signal}`])));
}

const skip = process.platform === "win32" && "no signals";

test("a goodbye that never comes ends the process before 4 s have passed, and not with 0", { skip }, async () => {
	const said = await ends(`goodbye(() => (say("leaving"), at(4_000, "4 s"), new Promise(() => {}))); signal();`);
	assert.deepEqual(said, ["leaving", "1"]);
});

test("after a goodbye that came, what still holds the process holds it no longer than 4 s from the signal", { skip }, async () => {
	const said = await ends(`goodbye(async () => (say("leaving"), at(4_000, "4 s"))); signal();`);
	assert.deepEqual(said, ["leaving", "0"]);
});

test("a goodbye that takes its time has it", { skip }, async () => {
	const said = await ends(`goodbye(() => new Promise((resolve) => setTimeout(() => (say("left"), resolve()), 1_500))); signal();`);
	assert.deepEqual(said, ["left", "0"]);
});

test("a second signal does not wait", { skip }, async () => {
	const said = await ends(`
		process.on("SIGTERM", () => setImmediate(() => say("turned")));
		goodbye(() => (say("leaving"), setTimeout(signal, 10), at(1_500, "waited"), new Promise(() => {})));
		signal();`);
	assert.deepEqual(said, ["leaving", "turned", "130"]);
});
