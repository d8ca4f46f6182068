// Our client in the place of the Moddable SDK's `embedded:network/mqtt/client`: the SDK's own example, and its `mqtt/js`, unchanged, run on it
// in mcsim against Mosquitto.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { freePort } from "../ports.js";
import { Mosquitto, Program } from "./dropin/program.js";
import { skip } from "./needs.js";
import { Display } from "./simulator.js";

const folder = path.join(import.meta.dirname, "dropin");
const payload = "XXL".length + 16 * 1024;

const control = /^(SUBACK|UNSUBACK|PUB|Ping)/;

/** What the example says of control packets, but for the ids of which each class makes its own. */
const controls = (lines: readonly string[]) =>
	[...new Set(lines.filter((line) => control.test(line)))].map((line) => line.replace(/ - (?!1234).*/, "")).sort();

/** The payload of `foo/bar/xxl` as it came, however it was cut into fragments. */
const large = (lines: readonly string[]) => lines.filter((line) => /^(XXL)?[A-K]+$/.test(line)).join("");

describe("drop-in for the SDK's class", { skip: skip("Xvfb", "mosquitto") }, () => {
	const broker = new Mosquitto();
	const display = new Display();
	const programs: Program[] = [];
	let port = 0;

	async function start(name: string, manifest = name): Promise<Program> {
		const words = [`port=${port}`];
		const program = new Program(path.join(folder, `${manifest}.json`), name, `dropin-${manifest}`, words);
		programs.push(program);
		await program.start(display);
		return program;
	}

	before(async () => {
		port = await freePort();
		await broker.start(port);
		await display.open();
	});
	after(async () => {
		for (const program of programs) await program.stop();
		await display.close();
		await broker.stop();
	});

	test("the SDK's example says the same on ours as on the SDK's own class", async () => {
		const run = async (manifest: string) => {
			const program = await start("example", manifest);
			await program.line("SMALL");
			await program.line(/^PUBACK - 1234/);
			await program.line(/^PUBCOMP/);
			await program.line(/^PUBREL/);
			await program.until(() => large(program.lines).length >= payload, `to receive ${payload} bytes, not ${large(program.lines).length}`);
			await program.stop();
			assert.deepEqual(program.exceptions, []);
			assert.equal(large(program.lines).length, payload);
			assert.match(large(program.lines), /^XXLA+B+C+/);
			return program.lines;
		};
		const ours = await run("example");
		const theirs = await run("example-sdk");
		assert.deepEqual(controls(ours), ["PUBACK - 1234", "PUBCOMP", "PUBREC", "PUBREL", "Ping response", "SUBACK", "UNSUBACK"]);
		assert.deepEqual(controls(theirs), controls(ours));
	});

	test("mqtt/js: QoS 0, 1 and 2, large and empty messages, a burst, a lost broker, unsubscribe, end", async () => {
		const program = await start("layer");
		await program.line("received the first");
		for (const name of ["zero", "one", "two", "big1", "big2", "empty", "after"]) await program.line(`acknowledged ${name} `);
		assert.ok(program.lines.includes("granted  xs/#=2 other/+=2"));
		await program.line("acknowledged the burst");
		const received = await program.line(/^received the burst/);

		// A debug build of mcsim dies of SIGPIPE when it writes to what is gone (the SDK's fxConnect takes back that it is ignored), so let it
		// write what is left: the acknowledgements of what it received.
		await new Promise((resolve) => setTimeout(resolve, 1_000));
		await broker.kill();
		const offline = await program.line("event offline ", received);
		await program.line("event close ", offline);
		await program.line("event reconnect ", offline);
		await broker.start(port);
		await program.line("event connect ", offline);
		await program.line("received what was published while away", offline);
		await program.line("acknowledged while away ", offline);

		await program.line("unsubscribed ", offline);
		const silent = await program.line("acknowledged in silence", offline);
		await program.line("ended", silent);
		assert.deepEqual(program.exceptions, []);
		assert.deepEqual(
			program.lines.filter((line) => /^unexpected|XS abort/.test(line)),
			[],
		);
	});
});
