// A broker that is killed restores its sessions from its last copy on the disk: one that is older than a subscription has the session, and not the filter.
import assert from "node:assert/strict";
import { test } from "node:test";
import { device } from "../../hosts/node/index.js";
import { Link } from "../../src/mqtt/link/link.js";
import { until } from "../hosts/contract/probe.js";
import { Wire } from "../hosts/wire.js";
import { Keeping, noMosquitto } from "../recorder/load.js";

test("a filter that the restored session lacks is subscribed to again", { skip: noMosquitto ?? false }, async (t) => {
	const broker = await Keeping.open();
	t.after(() => broker.end());
	const heard: string[] = [];
	const present: boolean[] = [];
	let granted = false;
	const link = new Link({
		...device.network.mqtt,
		random: Math.random,
		host: "127.0.0.1",
		port: broker.port,
		id: "restored",
		clean: false,
		onUp: (sessionPresent) => present.push(sessionPresent),
		onGranted: () => {
			granted = true;
		},
	});
	t.after(() => link.close());
	await until(() => link.up, "it is up");
	// Mosquitto makes a copy each second here; one has the session
	await new Promise((resolve) => setTimeout(resolve, 2_500));
	link.subscribe("a", 1, ({ bytes, length }) => heard.push(new TextDecoder().decode(bytes.subarray(0, length))));
	await until(() => granted, "the filter is granted");
	await broker.stop("SIGKILL");
	await until(() => !link.up, "its end is noticed");
	await broker.start();
	await until(() => link.up, "it is up again");
	const wire = await Wire.connect(broker.port, "sender");
	wire.publish("a", "1");
	await until(() => heard.length > 0, "it is heard");
	assert.deepEqual([present, heard], [[false, true], ["1"]]);
	wire.cut();
});
