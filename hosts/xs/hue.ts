// The settings of the Hue bridge on the mcconfig line, for every host on XS.
import config from "mc/config";
import type { HueOptions } from "../../src/hue/hue.js";

export type HueSettings = Pick<HueOptions, "bridge" | "lights" | "follow">;

function word(name: string): string {
	const value = config[name];
	return value === undefined || value === null ? "" : String(value);
}

function fail(fault: string): never {
	throw new Error(`config: ${fault}`);
}

/** Throws an error whose message begins with `config:` and names the option. No message has the key. */
export function readHue(): HueSettings {
	const bridge = word("hue_bridge");
	const key = word("hue_key");
	const lights = word("hue_lights");
	if (bridge === "") fail("hue_bridge is missing: the Hue bridge's name or address, as in hue_bridge=192.168.1.20");
	const [, host, port = "80"] =
		/^([^\s/:@]+)(?::(\d{1,5}))?$/.exec(bridge) ?? fail("hue_bridge must be NAME or ADDRESS, or either with :PORT");
	if (!/^[A-Za-z0-9-]{1,64}$/.test(key)) fail('hue_key must be what `lampwire hue pair` has kept under "key": letters, digits and -');
	if (word("hue_http") !== "1")
		fail(
			"hue_http=1 is needed: a board speaks plain http to the bridge. One that takes https only (Bridge Pro) needs lampwire hue on a computer",
		);
	const list = lights.split(",").map((each) => each.trim());
	if (lights === "" || list.some((each) => !/^(\/?(lights|groups)\/)?\d{1,9}$/.test(each)))
		fail("hue_lights must name lights by number, as in hue_lights=1,3 or groups/2: for the list of all names a board has no room");
	const follow = word("hue_follow");
	if (follow !== "" && follow !== "0" && follow !== "1") fail("hue_follow must be 0 or 1");
	return { bridge: { host, port: Number(port), key, version: "v1" }, lights: list, follow: follow === "1" };
}
