// Credentials of a desk that is open to a network: how they are made, shown, read and asked for, by the command and over HTTP.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { Cli } from "./spawn.js";
import { Wire } from "./wire.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lampwire-credentials-"));
after(() => {
	Cli.killAll();
	fs.rmSync(folder, { recursive: true, force: true });
});

const free = ["--mqtt-port", "0", "--ws-port", "0"];
const users = ["controller", "dimmer", "lamp", "hue", "hue-follow", "recorder", "bridge"];
const given = Object.fromEntries(users.map((user) => [user, `password of ${user}`]));
let files = 0;

function fileWith(text: string, mode = 0o600): string {
	const file = path.join(folder, `${++files}.json`);
	fs.writeFileSync(file, text, { mode });
	return file;
}

async function opened(args: string[]): Promise<{ cli: Cli; mqtt: number; url: string }> {
	const cli = new Cli(args);
	const mqtt = Number((await cli.event("listen", /^mqtt /)).split(" ")[2]);
	const url = (await cli.event("page", /^http/)).replace(/\/$/, "");
	await cli.event("listen", /^ws /);
	return { cli, mqtt, url };
}

const comes = async (port: number, username?: string, password?: string) => {
	const fields = {
		...(username === undefined ? {} : { username }),
		...(password === undefined ? {} : { password: Buffer.from(password) }),
	};
	return (await Wire.ask(port, { clientId: "guest", ...fields })).connack;
};

describe("credentials", { concurrency: 2 }, () => {
	it("are made when a broker is first opened to the network, kept for their owner alone, and asked for", async () => {
		const state = path.join(folder, "made");
		const { cli, mqtt } = await opened(["broker", ...free, "--host", "0.0.0.0", "--no-announce", "--state", state]);
		const file = path.join(state, "credentials.json");
		if (process.platform !== "win32") assert.equal(fs.statSync(file).mode & 0o777, 0o600);
		const made = JSON.parse(fs.readFileSync(file, "utf8"));
		assert.deepEqual(Object.keys(made), users);
		for (const password of Object.values(made)) assert.match(String(password), /^([a-z2-9]{4}-){3}[a-z2-9]{4}$/);
		assert.equal(new Set(Object.values(made)).size, users.length);
		await cli.event("log", /they were made, and are kept in .*credentials\.json; "npx lampwire broker --show-credentials" prints them$/);
		assert.equal(await comes(mqtt), 5);
		assert.equal(await comes(mqtt, "lamp", made.lamp), 0);
		await cli.event("log", /^broker: guest at 127\.0\.0\.1 was refused, it gave no user name; .*mqtt_user=… .*--show-credentials/);
		assert.equal(await cli.end("SIGTERM"), 0);
		for (const password of Object.values(made)) assert.ok(!`${cli.out}${cli.err}`.includes(String(password)), "no password in a log");

		// The next start has the same, and does not speak of them.
		const again = await opened(["broker", ...free, "--host", "0.0.0.0", "--no-announce", "--state", state]);
		assert.equal(await comes(again.mqtt, "dimmer", made.dimmer), 0);
		assert.equal(await again.cli.end("SIGTERM"), 0);
		assert.ok(!again.cli.out.includes("were made"));

		const show = new Cli(["broker", "--show-credentials", "--state", state]);
		assert.equal(await show.end(), 0);
		assert.deepEqual(
			show.out
				.trimEnd()
				.split("\n")
				.map((line) => line.split(/ +/)),
			users.map((user) => [user, made[user]]),
		);
	});

	it("are not asked for on this machine alone, nor with --open-to-all, which warns", async () => {
		const alone = await opened(["broker", ...free]);
		assert.equal(await comes(alone.mqtt), 0);
		assert.equal(await alone.cli.end("SIGTERM"), 0);
		const open = await opened(["broker", ...free, "--host", "0.0.0.0", "--no-announce", "--open-to-all"]);
		assert.equal(await comes(open.mqtt), 0);
		await open.cli.event("log", /open to the network, without a password/);
		assert.equal(await open.cli.end("SIGTERM"), 0);
	});

	it("of a file hold; a file that others can read, or that is wrong, is refused by what is wrong with it", async () => {
		const { cli, mqtt } = await opened(["broker", ...free, "--credentials", fileWith(JSON.stringify(given))]);
		assert.equal(await comes(mqtt, "lamp", "password of lamp"), 0);
		assert.equal(await comes(mqtt, "lamp", "password of dimmer"), 4);
		assert.equal(await cli.end("SIGTERM"), 0);
		const { bridge: _, ...without } = given;
		const wrong: [string, RegExp][] = [
			[path.join(folder, "none.json"), /there is no such file/],
			[fileWith("{"), /it is no JSON object of users and passwords/],
			[fileWith("[]"), /it is no JSON object of users and passwords/],
			[fileWith(JSON.stringify({ ...given, lmap: "x" })), /there is no user "lmap", there are controller, /],
			[fileWith(JSON.stringify({ ...given, lamp: "short" })), /"lamp" needs a password of 8 characters at least/],
			[fileWith(JSON.stringify(without)), /"bridge" needs a password of 8 characters at least/],
		];
		if (process.platform !== "win32") wrong.push([fileWith(JSON.stringify(given), 0o644), /others can read it; say chmod 600 /]);
		for (const [file, why] of wrong) {
			const refused = new Cli(["broker", ...free, "--credentials", file]);
			assert.equal(await refused.end(), 1, refused.err);
			assert.match(refused.err, why);
			assert.ok(!/"short"|password of (?!8)/.test(refused.err), refused.err);
		}
		const both = new Cli(["desk", "--open-to-all", "--credentials", "x"]);
		assert.equal(await both.end(), 2);
		assert.match(both.err, /--open-to-all asks nobody, --credentials asks everybody/);
	});

	it("are those of the desk's own devices, of a lamp by the command line, and of the HTTP port", async () => {
		const { cli, mqtt, url } = await opened(["desk", ...free, "--virtual-hue", "--credentials", fileWith(JSON.stringify(given))]);
		for (const id of ["desk-dimmer", "desk-lamp"]) await cli.event("status", new RegExp(`^${id} online`));
		await cli.event("status", /^hue-\w+ online/);
		const state = path.join(folder, "lamp");
		const lamp = new Cli(["lamp", "--broker", `mqtt://lamp@127.0.0.1:${mqtt}`, "--id", "kitchen", "--state", state], {
			LAMPWIRE_PASSWORD: "password of lamp",
		});
		await cli.event("status", /^kitchen online/);
		cli.say("77");
		await lamp.event("lamp", /^kitchen level=(7\d)/);
		const wrong = new Cli(["lamp", "--broker", `mqtt://lamp@127.0.0.1:${mqtt}`, "--id", "cellar", "--state", state], {
			LAMPWIRE_PASSWORD: "password of dimmer",
		});
		await wrong.event("log", /bad user name or password.*LAMPWIRE_PASSWORD/);

		const get = async (what: string, headers: Record<string, string> = {}) => (await fetch(`${url}${what}`, { headers })).status;
		const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(`${user}:password of ${user}`).toString("base64")}` });
		for (const data of ["/api/level", "/api/kept?filter=light/%23", "/api/events", "/api/history", "/api/wire", "/api/nothing"])
			assert.equal(await get(data), 401, data);
		// Files of the page, and what it must know to ask for the password.
		for (const free of ["/", "/lamp", "/class", "/api/config"]) assert.ok([200, 503].includes(await get(free)), free);
		const asks = async (headers: Record<string, string> = {}) =>
			((await (await fetch(`${url}/api/config`, { headers })).json()) as { login: boolean }).login;
		assert.deepEqual([await asks(), await asks(basic("lamp"))], [true, false]);
		// Each may read what it may subscribe to.
		for (const [user, data, status] of [
			["controller", "/api/level", 200],
			["controller", "/api/kept?filter=light/%23", 200],
			["controller", "/api/kept?filter=%23", 401],
			["controller", "/api/history", 200],
			["recorder", "/api/history", 200],
			["lamp", "/api/level", 200],
			["lamp", "/api/kept?filter=light/%23", 401],
			["lamp", "/api/history", 401],
		] as const)
			assert.equal(await get(data, basic(user)), status, `${user} ${data}`);
		assert.equal(await get("/api/level", { authorization: `Basic ${Buffer.from("lamp:password of dimmer").toString("base64")}` }), 401);
		assert.equal(await get("/api/level", { authorization: "Basic !" }), 401);

		const login = async (user: string, password: string) =>
			fetch(`${url}/api/login`, { method: "POST", body: JSON.stringify({ user, password }) });
		const refused = await login("controller", "password of lamp");
		assert.deepEqual([refused.status, refused.headers.get("set-cookie")], [403, null]);
		const accepted = await login("controller", "password of controller");
		const set = accepted.headers.get("set-cookie") ?? "";
		assert.match(set, /^lampwire-\d+=[\w-]{43}; Path=\/api; HttpOnly; SameSite=Strict$/);
		const cookie = set.replace(/;.*/, "");
		assert.equal(await get("/api/level", { cookie }), 200);
		assert.equal(await get("/api/level", { cookie: `${cookie.slice(0, -1)}${cookie.endsWith("A") ? "B" : "A"}` }), 401);
		await cli.event("log", /^the page at 127\.0\.0\.1 gave a user name or a password that is not right; .*--show-credentials/);
		for (const one of [lamp, wrong, cli]) assert.equal(await one.end("SIGTERM"), 0);
		assert.ok(![cli, lamp, wrong].some(({ out, err }) => `${out}${err}`.includes("password of")), "no password in a log");
	});
});
