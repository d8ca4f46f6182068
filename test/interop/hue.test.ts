// A second opinion on the virtual Hue bridge: node-hue-api (npm), which has no part in this project, pairs with it and moves its lights by API v1.
// It is run where it is installed: HUE_API=FOLDER names a folder with it (npm install --prefix FOLDER node-hue-api). It cannot judge API v2, its
// events, the rate limits, or what a real bridge does: it was written for the same documents.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";
import { VirtualBridge } from "../../hosts/node/hue-bridge/model.js";
import { BridgeServer } from "../../hosts/node/hue-bridge/server.js";

// biome-ignore lint/suspicious/noExplicitAny: it has no types that are ours to know
function second(): any {
	try {
		return createRequire(path.resolve(process.env.HUE_API ?? import.meta.dirname, "x.js"))("node-hue-api").v3;
	} catch {
		return undefined;
	}
}

const v3 = second();

test("node-hue-api pairs with the virtual bridge, lists and moves its lights and rooms, and knows its errors", {
	skip: v3 === undefined && "node-hue-api is not installed (HUE_API=FOLDER)",
}, async () => {
	const bridge = new VirtualBridge({ now: () => performance.now(), rooms: { Hall: ["Desk", "Window"] } });
	const server = new BridgeServer({ bridge, port: 0, httpsPort: 0 });
	await server.start();
	try {
		const connect = (key?: string) => v3.api.createInsecureLocal("127.0.0.1", server.port).connect(key);
		const stranger = await connect();
		const isError = (type: number) => (error: { getHueErrorType?(): number }) => error.getHueErrorType?.() === type;
		await assert.rejects(stranger.users.createUser("lampwire", "second"), isError(101));
		bridge.pressButton();
		const { username } = await stranger.users.createUser("lampwire", "second");
		assert.ok(bridge.admits(username));
		const api = await connect(username);
		const lights: { id: number; name: string }[] = await api.lights.getAll();
		assert.deepEqual(
			lights.map(({ id, name }) => [id, name]),
			[
				[1, "Desk"],
				[2, "Window"],
			],
		);
		assert.equal(await api.lights.setLightState(1, new v3.lightStates.LightState().on(true).bri(154)), true);
		assert.deepEqual([bridge.lights[0]?.on, bridge.lights[0]?.level], [true, 154]);
		assert.equal((await api.lights.getLightState(1)).bri, 154);
		await assert.rejects(api.lights.setLightState(2, new v3.lightStates.LightState().bri(9)), isError(201));
		await assert.rejects(
			connect("nobody").then((other: typeof stranger) => other.lights.getAll()),
			isError(1),
		);
		assert.equal(await api.groups.setGroupState(1, new v3.lightStates.GroupLightState().on(false)), true);
		assert.deepEqual(
			bridge.lights.map(({ on }) => on),
			[false, false],
		);
	} finally {
		await server.stop();
	}
});
