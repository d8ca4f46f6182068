// The package as a user installs it: nothing is compiled, every export is there with its types, and the firmware's sources too.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { build } from "../../hosts/build.mjs";
import { filesBelow, installPacked, type Project } from "./packed.js";
import { Cli, withoutNpm } from "./spawn.js";

const root = path.join(import.meta.dirname, "../..");
const run = promisify(execFile);

/** What a user writes with the package. Its types are checked, and it is run. */
const program = `import { Broker, createDevice, Dimmer, Lamp, Led, Link, Pot, type Publication } from "lampwire";
import { Client, matches, type Message } from "lampwire/mqtt";
import { WebSocketStream } from "lampwire/websocket";
import { WebSocket } from "ws";

const levels: string[] = [];
const broker = new Broker({
	mqttPort: 0,
	wsPort: 0,
	log: (line: string) => console.error(line),
	onPublish: ({ topic, payload }: Publication) => {
		if (matches("light", topic)) levels.push(new TextDecoder().decode(payload));
	},
});
await broker.start();

const pot = new Pot({ position: 1 });
const led = new Led();
const device = createDevice({ pot, led, log: () => {} });
const common = { device, host: "127.0.0.1", port: broker.mqttPort, topic: "light" };
const lamp = new Lamp({ ...common, id: "lamp" });
const dimmer = new Dimmer({ ...common, id: "dimmer" });

const { dns, time } = device.network.mqtt;
const heard = await new Promise<number>((resolve) => {
	const socket = { io: WebSocketStream, WebSocket, time };
	const link = new Link({ socket, dns, time, host: "127.0.0.1", port: broker.wsPort, id: "link", random: Math.random });
	link.subscribe("light", 1, ({ length }: Message) => {
		link.close(() => resolve(length));
	});
});
while (led.duty !== led.dutyMax) await new Promise((resolve) => setTimeout(resolve, 10));
await new Promise<void>((resolve) => dimmer.close(resolve));
await new Promise<void>((resolve) => lamp.close(resolve));
await broker.stop();
console.log(JSON.stringify({ heard, level: levels.at(-1), same: device.network.mqtt.io === Client }));
`;

/** For a host of one's own: nothing of Node in it. */
const portable = `import { Client, type ClientOptions, Link, type MqttProvider } from "lampwire/mqtt";
import { WebSocketStream, type WebSocketLike } from "lampwire/websocket";

declare const WebSocket: new (url: string, protocol: string) => WebSocketLike;
export function connect(provider: Omit<MqttProvider, "io" | "socket">, options: Pick<ClientOptions, "host" | "id" | "onReadable">): Link {
	const socket = { io: WebSocketStream, WebSocket, time: provider.time };
	const client = new Client({ ...provider, ...options, socket });
	client.write(new Uint8Array([1]), { operation: Client.PUBLISH, topic: "light", QoS: 1 });
	return new Link({ ...provider, socket, host: "broker", id: "link", random: () => 0.5 });
}
`;

describe("the package", () => {
	let project: Project;

	before(async () => {
		await build({ types: true });
		project = installPacked();
	});
	after(() => {
		Cli.killAll();
		project.remove();
	});

	it("brings what runs, the firmware's sources and the docs; no compiler, no tests, no tools of ours", (t) => {
		const files = filesBelow(project.lampwire);
		const folder = path.join(project.folder, "node_modules");
		const installed = fs.readdirSync(folder).filter((name) => !name.startsWith("."));
		for (const name of ["typescript", "ts-node", "esbuild"]) assert.ok(!installed.includes(name), name);
		const tracked = execFileSync("git", ["ls-files", "src", "hosts/board", "hosts/xs", "hosts/sim", "adapters"], {
			cwd: root,
			encoding: "utf8",
		});
		const firmware = tracked
			.trim()
			.split("\n")
			.filter((name) => !/tsconfig\.json$|^hosts\/sim\/art/.test(name));
		for (const name of [...firmware, "manifest.json", "README.md", "LICENSE", "CHANGELOG.md", "docs/options.md", "dist/cli.js"])
			assert.ok(files.includes(name), `${name} is missing`);
		const foreign = files.filter((name) => /(^|\/)(test|bench|node_modules|build)\/|tsconfig|ts-node|\.(pem|log|tgz)$/.test(name));
		assert.deepEqual(foreign, []);
		const bytes = (names: string[], where: string) => names.reduce((sum, name) => sum + fs.statSync(path.join(where, name)).size, 0);
		const all = filesBelow(folder);
		t.diagnostic(
			`installed: ${bytes(all, folder)} bytes in ${all.length} files and ${installed.length} packages; of it lampwire ${bytes(files, project.lampwire)} bytes in ${files.length} files`,
		);
	});

	it("has a source for every source map", () => {
		for (const name of filesBelow(path.join(project.lampwire, "dist")).filter((file) => file.endsWith(".map"))) {
			const map = path.join(project.lampwire, "dist", name);
			const { sources, sourcesContent = [] } = JSON.parse(fs.readFileSync(map, "utf8"));
			// a library's stands in the map itself
			for (const [i, source] of sources.entries())
				assert.ok(sourcesContent[i] || fs.existsSync(path.join(path.dirname(map), source)), `${name}: ${source}`);
		}
	});

	it("npx lampwire answers", { skip: process.platform === "win32" && "npx needs npm's own links" }, async () => {
		const { stdout } = await run("npx", ["--offline", "lampwire", "--version"], { cwd: project.folder, env: withoutNpm() });
		assert.equal(stdout, `${JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")).version}\n`);
	});

	it("starts the desk, whose advice is for who has installed it", async () => {
		const desk = new Cli(["--mqtt-port", "0", "--ws-port", "0"], {}, path.join(project.lampwire, "hosts/node/lampwire.mjs"));
		await desk.event("link", /^desk-lamp up$/);
		await desk.event("hint", /let boards in, and phones: npx lampwire --host 0\.0\.0\.0/);
		assert.equal(await desk.end("SIGTERM"), 0);
		assert.doesNotMatch(desk.out, /npm (start|run)/);
		assert.equal(desk.err, "");
	});

	it("records by itself, and lampwire history reads it: no compiler was needed", async () => {
		const program = path.join(project.lampwire, "hosts/node/lampwire.mjs");
		const state = path.join(project.folder, "state");
		const desk = new Cli(["--mqtt-port", "0", "--ws-port", "0", "--state", state], {}, program);
		await desk.event("log", /history: recording to .*history\.sqlite \((node:sqlite|libsql)\)/);
		const kept = /^[\d-]+ [\d:.]+,127,/m;
		let read: Cli;
		let tries = 0;
		do {
			read = new Cli(["history", "--state", state, "--format", "csv"], {}, program);
			assert.deepEqual([await read.end(), read.err], [0, ""]);
		} while (!kept.test(read.out) && ++tries < 60);
		assert.match(read.out, kept);
		assert.equal(await desk.end("SIGTERM"), 0);
		assert.equal(desk.err, "");
		const drawn = new Cli(["history", "--state", state], {}, program);
		assert.equal(await drawn.end(), 0);
		assert.deepEqual([drawn.err, /^light · /.test(drawn.out)], ["", true]);
	});

	it("type-checks a user's programs, without looking away from our declarations", async () => {
		fs.writeFileSync(path.join(project.folder, "program.ts"), program);
		fs.writeFileSync(path.join(project.folder, "portable.ts"), portable);
		// As `npm i -D @types/node @types/ws` would.
		fs.cpSync(path.join(root, "node_modules/@types/ws"), path.join(project.folder, "node_modules/@types/ws"), { recursive: true });
		const tsc = (name: string, types: string[]) => {
			const compilerOptions = {
				strict: true,
				target: "es2022",
				module: "nodenext",
				exactOptionalPropertyTypes: true,
				types,
				outDir: "made",
			};
			fs.writeFileSync(path.join(project.folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [name] }));
			return run(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", "."], { cwd: project.folder }).catch(
				(error: { stdout: string }) => assert.fail(error.stdout),
			);
		};
		await tsc("portable.ts", []);
		await tsc("program.ts", ["node"]);
	});

	it("runs a user's program: broker, dimmer, lamp, link over a WebSocket", async () => {
		// Node 20.11 warns of a JSON file that aedes imports.
		const quiet = "--disable-warning=ExperimentalWarning";
		const { stdout, stderr } = await run(process.execPath, [quiet, "made/program.js"], { cwd: project.folder });
		assert.deepEqual([JSON.parse(stdout), stderr], [{ heard: 3, level: "254", same: true }, ""]);
	});

	it("shows nothing else", async () => {
		const script = 'import("lampwire/dist/cli.js").catch(({ code }) => console.log(code))';
		const { stdout } = await run(process.execPath, ["-e", script], { cwd: project.folder });
		assert.equal(stdout, "ERR_PACKAGE_PATH_NOT_EXPORTED\n");
	});
});
