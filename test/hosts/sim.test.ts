// What `npm run sim` says before it asks anything of the SDK.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { folderProblem } from "../../hosts/sim/sdk.mjs";

test("a folder that make cannot work in is named, with what is wrong with it", {
	skip: process.platform === "win32" && "another make",
}, () => {
	assert.equal(folderProblem("/srv/lampwire/", "/opt/moddable"), undefined);
	assert.match(
		folderProblem("/srv/My Projects/lampwire", "/opt/moddable") ?? "",
		/^make, .* a space in its name: move \/srv\/My Projects\/lampwire to/,
	);
	assert.match(folderProblem("/srv/lampwire", "/opt/c#/moddable") ?? "", /a folder with # in its name: move \/opt\/c#\/moddable/);
});

test("an IPv6 address of the broker stands in brackets, as in a URL", () => {
	const says = (broker: string) =>
		spawnSync(process.execPath, [join(import.meta.dirname, "../../hosts/sim/run.mjs"), `broker=${broker}`, "id=x"], { encoding: "utf8" })
			.stderr;
	for (const good of ["[::1]", "[::1]:1884", "mqtt://[::1]:1884/", "192.0.2.1:1884", "broker.local", "ws://broker/x,mqtt://broker"])
		assert.match(says(good), /^no two devices may share an id/, good);
	for (const bad of ["::1", "[::1", "[]", "a:b", "tcp://a", ""]) assert.match(says(bad), /^broker=\S*: .*; write mqtt:\/\//, bad);
	assert.match(says("anna:s3cret@a"), /^broker=…: a password does not belong/);
});
