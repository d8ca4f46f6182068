// The roles on XS in mcsim, and the roles in Node, on one topic: the desk's broker first, then Mosquitto in its place.
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { Broker, type Publication } from "../../hosts/node/broker/broker.js";
import { createDevice, Pot } from "../../hosts/node/index.js";
import { Dimmer } from "../../src/light/dimmer/dimmer.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import { freePort } from "../ports.js";
import { skip } from "./needs.js";
import { Display, pause, Simulator, until } from "./simulator.js";

const port = await freePort();
const topic = "light";
/** Levels that a knob may be off its position: noise, and its snap zones at the ends. */
const tolerance = 10;
const silent = () => {};

async function withDesk(body: () => Promise<void>, onPublish: (publication: Publication) => void = silent): Promise<void> {
	const broker = new Broker({ mqttPort: port, wsPort: 0, strictPort: true, log: silent, onPublish });
	await broker.start();
	try {
		await body();
	} finally {
		await broker.stop();
	}
	await bothOffline();
}

async function withMosquitto(body: () => Promise<void>): Promise<void> {
	const folder = mkdtempSync(path.join(os.tmpdir(), "lampwire-mosquitto-"));
	writeFileSync(path.join(folder, "conf"), `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
	const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
	const child: ChildProcess = spawn("mosquitto", ["-c", path.join(folder, "conf")], { env, stdio: "ignore" });
	try {
		await body();
	} finally {
		if (child.exitCode === null) {
			child.kill();
			await once(child, "exit");
		}
		rmSync(folder, { recursive: true, force: true });
	}
	await bothOffline();
}

const display = new Display();
const lamp = new Simulator({ device: "lamp", brokerPort: port, id: "lamp01" });
const dimmer = new Simulator({ device: "dimmer", brokerPort: port, id: "knob01", words: ["position=0"], window: { x: 0, y: 0 } });

function mouse(...words: string[]): void {
	execFileSync("xdotool", words, { env: { ...process.env, DISPLAY: display.name } });
}

/** A place on the drawn knob, as xdotool takes it. */
function knobAt(degrees: number): string[] {
	const turn = (degrees * Math.PI) / 180;
	return [String(Math.round(495 + 60 * Math.cos(turn))), String(Math.round(255 + 60 * Math.sin(turn)))];
}

/** A hand that goes round the knob, clockwise from three o'clock. */
function drag(from: number, to: number): void {
	const way: string[] = [];
	for (let i = 1; i <= 8; i++) way.push("mousemove", ...knobAt(from + ((to - from) * i) / 8), "sleep", "0.1");
	mouse("mousemove", ...knobAt(from), "sleep", "0.2", "mousedown", "1", "sleep", "0.2", ...way, "mouseup", "1", "sleep", "0.1");
}

/** Closes what the body opened, whatever happens in it. */
async function withRole<T extends { close(done: () => void): void }>(role: T, body: (role: T) => Promise<void>): Promise<void> {
	try {
		await body(role);
	} finally {
		await new Promise<void>((resolve) => role.close(resolve));
	}
}

/** Knob in Node, lamp on XS. */
async function nodeToXS(): Promise<void> {
	const pot = new Pot();
	const device = createDevice({ id: "knob02", pot, log: silent });
	const twin = createDevice({ id: "lamp02", log: silent });
	const options = { host: "127.0.0.1", port, topic };
	await withRole(new Lamp({ ...options, device: twin }), (lampInNode) =>
		withRole(new Dimmer({ ...options, device }), async (knob) => {
			await until(
				() => knob.up && lampInNode.up,
				() => "the roles in Node to be online",
			);
			for (const value of [1, 0.5, 0.02, 0.9, 0]) {
				pot.value = value;
				const settled = () =>
					Math.abs(knob.level - value * 254) <= tolerance && lamp.shown.level === knob.level && lampInNode.level === knob.level;
				await lamp.until(
					() => settled() && lamp.shown.duty === lampInNode.duty,
					`the level of a knob in Node at ${value}: ${knob.level}, duty ${lampInNode.duty}`,
				);
			}
			assert.equal(lamp.shown.level, 0, "off is off");
			assert.equal(lamp.shown.duty, 0, "off is dark");
		}),
	);
}

/** Knob on XS, lamp in Node, and the lamp on XS beside it. */
async function xsToNode(): Promise<void> {
	const device = createDevice({ id: "lamp03", log: silent });
	await withRole(new Lamp({ host: "127.0.0.1", port, topic, device }), async (lampInNode) => {
		await until(
			() => lampInNode.up,
			() => "the lamp in Node to be online",
		);
		for (const position of [0.4, 1, 0.7, 0.1, 0]) {
			dimmer.turn({ knob: position });
			const near = () => Math.abs((dimmer.shown.level ?? -9) - position * 254) <= tolerance;
			await dimmer.until(
				() => near() && lampInNode.level === dimmer.shown.level,
				`its knob at ${position}; the lamp in Node has ${lampInNode.level}`,
			);
			await lamp.until(() => lamp.shown.level === lampInNode.level && lamp.shown.duty === lampInNode.duty, `level ${lampInNode.level}`);
		}
		assert.equal(lampInNode.level, 0);
	});
}

async function bothOnline(): Promise<void> {
	await lamp.until(() => lamp.shown.up, "to come online");
	await dimmer.until(() => dimmer.shown.up, "to come online");
}

/** Before the next broker: what it sees online must be its own doing. */
async function bothOffline(): Promise<void> {
	await lamp.until(() => lamp.shown.up === false, "to notice that the broker is gone");
	await dimmer.until(() => dimmer.shown.up === false, "to notice that the broker is gone");
}

describe("mcsim", { skip: skip("Xvfb") }, () => {
	before(async () => {
		await display.open();
		await lamp.start(display);
		await dimmer.start(display);
	});
	after(async () => {
		await lamp.stop();
		await dimmer.stop();
		await display.close();
	});

	test("without a broker the roles run, dark, and try", async () => {
		await lamp.until(() => lamp.lines.some((line) => line.includes("offline:")), "to say that it is offline");
		assert.equal(lamp.shown.up, false);
		assert.equal(lamp.shown.duty, 0);
	});

	test("the desk's broker: Node dimmer → XS lamp, XS dimmer → Node lamp", async () => {
		await withDesk(async () => {
			await bothOnline();
			await nodeToXS();
			await xsToNode();
			dimmer.turn({ knob: 0.6 });
			await lamp.until(
				() => (lamp.shown.level ?? 0) > 140 && lamp.shown.level === dimmer.shown.level,
				"the level that it keeps for the next test",
			);
		});
	});

	test("the broker is gone: the lamp holds its level", async () => {
		const { level } = lamp.shown;
		// A fade under way goes on to its end.
		let written = -1;
		while (written !== lamp.duties.length) {
			written = lamp.duties.length;
			await pause(500);
		}
		const { duty } = lamp.shown;
		await pause(1_000);
		assert.equal(lamp.shown.level, level);
		assert.equal(lamp.shown.duty, duty);
		assert.equal(lamp.duties.length, written, "nothing is written when nothing changes");
	});

	test("Mosquitto in its place: both come back by themselves, and it goes on", { skip: skip("mosquitto") }, async () => {
		await withMosquitto(async () => {
			await bothOnline();
			await nodeToXS();
			await xsToNode();
		});
	});

	test("a hand at the drawn knob, and one at the plug: offline by will, and online again", { skip: skip("xdotool") }, async () => {
		const statuses: string[] = [];
		/** The level at which the knob last came to rest: its dimmer publishes that at QoS 1. A level may also be on its way. */
		let rested = -1;
		const heard = ({ topic: on, payload, QoS }: Publication) => {
			if (on === "light/lamp01/status") statuses.push(Buffer.from(payload).toString());
			if (on === topic && QoS === 1) rested = Number(Buffer.from(payload).toString());
		};
		/** A notch of the wheel is 4.5 levels: where one is still to come, the knob is not near yet. */
		const rests = (level: number, what: string) =>
			dimmer.until(() => dimmer.shown.level === rested && Math.abs(rested - level) <= 3, `${what}: at rest near ${level}`);
		await withDesk(async () => {
			await bothOnline();
			dimmer.turn({ knob: 0.1 });
			await dimmer.until(() => Math.abs((dimmer.shown.level ?? -9) - 25) <= tolerance, "its knob at 0.1");
			// Half round the knob, clockwise, from nine o'clock to three: 180° of its 270°.
			drag(180, 360);
			await dimmer.until(() => Math.abs((dimmer.shown.level ?? 0) - 195) <= 2 * tolerance, "its knob two thirds further");
			await lamp.until(() => lamp.shown.level === dimmer.shown.level, "the knob's level");
			// On, past the right stop and across the gap to the left one: it stays where it was stopped.
			drag(0, 240);
			await dimmer.until(() => dimmer.shown.level === 254, "its knob at the right stop");
			// Back from there, no less than it is turned.
			drag(240, 150);
			await dimmer.until(() => Math.abs((dimmer.shown.level ?? 0) - 169) <= 2 * tolerance, "its knob one third back");
			mouse("mousemove", ...knobAt(0), "click", "--repeat", "6", "--delay", "50", "5");
			await rests(145, "six notches of the wheel back");
			await lamp.until(() => lamp.shown.level === dimmer.shown.level, "the wheel's level");

			// The reset button: it starts anew, and the knob stands where the hand has left it.
			const starts = () => dimmer.lines.filter((line) => line.includes(": light at ")).length;
			const before = starts();
			const level = rested;
			dimmer.shown.up = dimmer.shown.level = undefined;
			mouse("mousemove", "175", "247", "click", "1");
			await dimmer.until(() => starts() === before + 1, "to start anew");
			await dimmer.until(() => dimmer.shown.up && Math.abs((dimmer.shown.level ?? -99) - level) <= 2, `its knob at ${level} still`);
			// The drawn knob too: it is turned on from there.
			mouse("mousemove", ...knobAt(0), "click", "--repeat", "6", "--delay", "50", "4");
			await rests(172, "six notches of the wheel up again");
			await lamp.until(() => lamp.shown.level === dimmer.shown.level, "that level");

			lamp.turn({ plug: false });
			await lamp.until(() => statuses.at(-1) === "offline", "the broker to miss it");
			lamp.turn({ plug: true });
			await lamp.until(() => statuses.at(-1) === "online" && lamp.shown.up, "to come back");
			assert.equal(lamp.shown.level, dimmer.shown.level);
		}, heard);
	});

	test("a role that is not the device's is named, and nothing else happens", async () => {
		const nobody = new Simulator({ device: "lamp", brokerPort: port, id: "none", words: ["role=dimmer"] });
		try {
			await nobody.start(display);
			assert.equal(nobody.lines.at(-1), "stopped: config: role=dimmer, but this is the simulator of a lamp: leave role out");
			assert.deepEqual(nobody.shown, {});
		} finally {
			await nobody.stop();
		}
	});

	test("no exception left a callback, on either", () => {
		for (const { device, lines } of [lamp, dimmer])
			assert.deepEqual(
				lines.filter((line) => /XS abort|^stopped/.test(line)),
				[],
				device,
			);
	});
});
