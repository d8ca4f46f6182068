// Every error of the API: what is said of it, and what follows. v1 says them inside HTTP 200, v2 by the status. No line holds the key.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { key, makeHue } from "./world.js";

const error = (type: number, description: string) =>
	JSON.stringify([{ error: { type, address: `/api/${key}/lights/1/state`, description } }]);
const success = '{"success":{"/lights/1/state/on":true}}';

/** `stops`: the role ends. `again`: the command is repeated until it is taken; else it is not repeated. */
const cases: {
	name: string;
	secure: boolean;
	status?: number;
	body: string;
	says: RegExp;
	stops?: boolean;
	again?: boolean;
	gone?: boolean;
}[] = [
	{
		name: "v1 error 1",
		secure: false,
		body: error(1, "unauthorized user"),
		says: /does not know this key any more; pair again/,
		stops: true,
	},
	{
		name: "v1 error 2",
		secure: false,
		body: error(2, "body contains invalid json"),
		says: /refused a request for Desk: body contains inv/,
	},
	{
		name: "v1 error 3",
		secure: false,
		body: error(3, "resource, /lights/1, not available"),
		says: /the bridge has no light Desk \(1\) any more; it is looked for again in a minute/,
		gone: true,
	},
	{
		name: "v1 error 4, whose description repeats the path",
		secure: false,
		body: error(4, `method, PUT, not available for resource, /api/${key}/lights/1`),
		says: /refused a request for Desk: method, PUT, not available for resource, \/api\/KEY\/lights\/1/,
	},
	{
		name: "v1 error 7 beside a success",
		secure: false,
		body: error(7, "invalid value, 300, for parameter, bri").replace("[", `[${success},`),
		says: /refused a request for Desk: invalid value, 300, for parameter, bri/,
	},
	{
		name: "v1 error 101",
		secure: false,
		body: error(101, "link button not pressed"),
		says: /refused a request for Desk: link button not pressed/,
	},
	{
		name: "v1 error 201",
		secure: false,
		body: error(201, "parameter, bri, is not modifiable. Device is set to off."),
		says: /refused a request for Desk: parameter, bri, is not modifiable/,
	},
	{ name: "v1 error 901", secure: false, body: error(901, "Internal error, 404"), says: /Desk: Internal error, 404/, again: true },
	{ name: "v1 error without a description", secure: false, body: '[{"error":{"type":5}}]', says: /Desk: error 5/ },
	{ name: "v1, no JSON", secure: false, body: "<html>", says: /Desk: the answer is not JSON/, again: true },
	{ name: "v1 500", secure: false, status: 500, body: "", says: /Desk: HTTP 500/, again: true },
	{ name: "v1 503", secure: false, status: 503, body: "", says: /no room for more commands/, again: true },
	{ name: "v1 301", secure: false, status: 301, body: "", says: /speaks https only; leave out --hue-http \(hue_http=1\)/, stops: true },
	{ name: "v1 418", secure: false, status: 418, body: "", says: /Desk: HTTP 418/ },
	{
		name: "v2 207",
		secure: true,
		status: 207,
		body: '{"data":[{"rid":"1"}],"errors":[{"description":"device (light) has communication issues, command (on) may not have effect"}]}',
		says: /the bridge has not done all for Desk: device \(light\) has communication issues/,
	},
	{
		name: "v2 200 with an error",
		secure: true,
		body: '{"data":[],"errors":[{"description":"dynamics is not supported"}]}',
		says: /Desk: dynamics is not supported/,
	},
	{ name: "v2 400", secure: true, status: 400, body: '{"errors":[{"description":"invalid"}]}', says: /Desk: invalid/ },
	{ name: "v2 401", secure: true, status: 401, body: "", says: /pair again/, stops: true },
	{ name: "v2 403", secure: true, status: 403, body: "", says: /pair again/, stops: true },
	{ name: "v2 404", secure: true, status: 404, body: "", says: /the bridge has no light Desk \(.*\) any more/, gone: true },
	{
		name: "v2 429",
		secure: true,
		status: 429,
		body: "",
		says: /no room for more commands; the newest level follows in 1000 ms/,
		again: true,
	},
	{ name: "v2 500", secure: true, status: 500, body: "{}", says: /Desk: HTTP 500/, again: true },
	{ name: "v2 502", secure: true, status: 502, body: "", says: /Desk: HTTP 502/, again: true },
	{ name: "v2 503", secure: true, status: 503, body: "", says: /no room for more commands/, again: true },
	{ name: "v2 507", secure: true, status: 507, body: "", says: /Desk: HTTP 507/, again: true },
];

describe("every error of the API", () => {
	for (const { name, secure, status = 200, body, says, stops = false, again = false, gone = false } of cases)
		test(`${name}: is said, and ${stops ? "ends the role" : again ? "the newest level is said again" : "is not asked for again"}`, () => {
			const world = makeHue({ secure });
			world.clock.run(1_000);
			let answers = 0;
			world.weather.answer = (method) => {
				if (method !== "PUT" || answers >= 1) return undefined;
				answers++;
				return { status, body };
			};
			const before = world.log.length;
			world.link.deliver("50");
			world.clock.run(20_000);
			const lines = world.log.slice(before);
			assert.match(lines.filter((line) => !/^hue( a1b2c3|-)/.test(line)).join("\n"), says);
			assert.equal(world.stopped.length, stops ? 1 : 0);
			assert.equal(world.asked.filter(({ method }) => method === "PUT").length, again ? 2 : 1);
			assert.equal(world.hue.lights[0]?.gone, gone);
			if (stops) return;
			// what comes next is another command
			world.link.deliver("60");
			world.clock.run(70_000);
			assert.equal(world.bridge.lights[0]?.level, 60);
			for (const line of [...world.log, ...world.stopped]) assert.ok(!line.includes(key), line);
		});
});
