// The vectors of what a client sends: in any room exactly these bytes or none; a payload in every split; a second time, by the shortcut too.
import assert from "node:assert/strict";
import { test } from "node:test";
import { transmit_reserve_bytes } from "../../src/limits.js";
import { connects, sent } from "../vectors/outbound.js";
import { connected } from "../world/connected.js";
import { toHex } from "../world/virtual.js";

for (const { name, options, bytes } of connects)
	test(name, () => {
		assert.equal(toHex(connected(options).connect), bytes);
	});

for (const { name, options, payload, bytes, length = bytes.split(" ").length } of sent) {
	const { operation = 3, QoS = 0 } = options;
	// what answers or ends may use the room that is kept for it
	const reserve = operation === 3 || operation === 8 || operation === 10 ? transmit_reserve_bytes : 0;

	test(`${operation === 3 ? "PUBLISH: " : ""}${name}: whole where there is room, not a byte of it where there is none`, () => {
		for (const room of new Set([0, 1, length - 1])) {
			const { client, network } = connected();
			network.socket.take();
			network.socket.room(room + reserve);
			assert.throws(() => client.write(payload, options), /overflow/, `room for ${room}`);
			assert.deepEqual(network.socket.take(), []);
		}
		const { client, network } = connected();
		network.socket.room(length + reserve);
		client.write(payload, options);
		const out = network.socket.take();
		assert.deepEqual([out.length, toHex(out).slice(0, bytes.length)], [length, bytes]);
	});

	if (operation === 3)
		test(`PUBLISH: ${name}: its payload in every split, and again with frozen options`, () => {
			const whole = (() => {
				const { client, network } = connected();
				client.write(payload, options);
				return network.socket.take();
			})();
			const step = Math.max(1, Math.floor(payload.length / 40));
			for (let split = 0; split < payload.length; split += step) {
				const { client, network } = connected();
				client.write(payload.subarray(0, split), { ...options, byteLength: payload.length });
				client.write(payload.subarray(split));
				assert.deepEqual(network.socket.take(), whole, `split at ${split}`);
			}
			const { client, network } = connected();
			const frozen = Object.freeze({ ...options });
			for (let id = 1; id < 4; id++) {
				client.write(payload, frozen);
				const out = network.socket.take();
				// all but the packet id is as the first time
				if (QoS !== 0 && options.id === undefined) out.splice(5, 2, 0, 1);
				assert.deepEqual(out, whole);
				if (options.id !== undefined) return; // in flight, and given only where it is sent again
			}
		});
}
