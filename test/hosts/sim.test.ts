// What `npm run sim` says before it asks anything of the SDK.
import assert from "node:assert/strict";
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
