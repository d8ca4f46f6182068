// The panels in mcsim as a hand and an eye meet them: what is drawn is what was published, a choice of other colours puts out no lamp, and the knob says
// that it can be turned.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { Broker, type Publication } from "../../hosts/node/broker/broker.js";
import { skip } from "./needs.js";
import { Display, pause, Simulator, until } from "./simulator.js";

const width = 740;
const height = 560;
/** Where things are on the dimmer's window; geometry.js has the rest. */
const axis = { x: 495, y: 256 };
const ring = { radius: 104, count: 61 };
const figure = { x: 600, y: 470, width: 130, height: 64 };
const hint = { x: 300, y: 418, width: 390, height: 20 };
const secondLine = { x: 290, y: 544, width: 430, height: 15 };
const menu = { x: 727, y: 38 };
const colours = { light: { x: 680, y: 67 }, dark: { x: 680, y: 97 } };

type Area = { x: number; y: number; width: number; height: number };

/** A picture of the screen, three bytes a pixel. */
class Picture {
	readonly #pixels: Buffer;
	constructor(display: string, left: number) {
		const args = ["-window", "root", "-crop", `${width}x${height}+${left}+0`, "-depth", "8", "rgb:-"];
		this.#pixels = execFileSync("import", args, { env: { ...process.env, DISPLAY: display }, maxBuffer: 2 ** 26 });
		assert.equal(this.#pixels.length, width * height * 3);
	}
	at(x: number, y: number): [red: number, green: number, blue: number] {
		const at = (Math.round(y) * width + Math.round(x)) * 3;
		return [...this.#pixels.subarray(at, at + 3)] as [number, number, number];
	}
	cut({ x, y, width: across, height: down }: Area): string {
		let text = "";
		for (let row = y; row < y + down; row++) text += this.#pixels.toString("base64", (row * width + x) * 3, (row * width + x + across) * 3);
		return text;
	}
	count({ x, y, width: across, height: down }: Area, is: (red: number, green: number, blue: number) => boolean): number {
		let found = 0;
		for (let row = y; row < y + down; row++) for (let column = x; column < x + across; column++) if (is(...this.at(column, row))) found++;
		return found;
	}
	/** Marks of the scale that are lit: amber, by night and by day. */
	get lit(): number {
		let lit = 0;
		for (let i = 0; i < ring.count; i++) {
			const angle = 0.75 * Math.PI + (i / (ring.count - 1)) * 1.5 * Math.PI;
			const [red, , blue] = this.at(axis.x + ring.radius * Math.cos(angle), axis.y + ring.radius * Math.sin(angle));
			if (red - blue > 90) lit++;
		}
		return lit;
	}
}

describe("panels in mcsim", { skip: skip("Xvfb", "xdotool", "import") }, () => {
	const display = new Display();
	const heard: number[] = [];
	const broker = new Broker({
		mqttPort: 0,
		wsPort: 0,
		log: () => {},
		onPublish: ({ topic, payload }: Publication) => {
			if (topic === "light") heard.push(Number(Buffer.from(payload).toString()));
		},
	});
	let dimmer: Simulator;
	let lamp: Simulator;

	before(async () => {
		await broker.start();
		await display.open();
		const options = { brokerPort: broker.mqttPort };
		dimmer = new Simulator({ ...options, device: "dimmer", id: "knob08", words: ["position=0"], window: { x: 0, y: 0 } });
		lamp = new Simulator({ ...options, device: "lamp", id: "lamp08", window: { x: 780, y: 0 } });
		await dimmer.start(display);
		await lamp.start(display);
		await dimmer.until(() => dimmer.shown.up, "to come online");
		await lamp.until(() => lamp.shown.up, "to come online");
		dimmer.turn({ noise: false });
	});
	after(async () => {
		await dimmer?.stop();
		await lamp?.stop();
		await display.close();
		await broker.stop();
	});

	const mouse = (...words: string[]) => execFileSync("xdotool", words, { env: { ...process.env, DISPLAY: display.name } });
	const click = ({ x, y }: { x: number; y: number }, left = 0) =>
		mouse("mousemove", String(left + x), String(y), "sleep", "0.2", "click", "1", "sleep", "0.4");
	const place = (degrees: number) => {
		const turn = (degrees * Math.PI) / 180;
		return [String(Math.round(axis.x + 60 * Math.cos(turn))), String(Math.round(axis.y + 60 * Math.sin(turn)))];
	};
	const drag = (from: number, to: number) => {
		const way: string[] = [];
		for (let i = 1; i <= 6; i++) way.push("mousemove", ...place(from + ((to - from) * i) / 6), "sleep", "0.03");
		mouse("mousemove", ...place(from), "sleep", "0.1", "mousedown", "1", "sleep", "0.1", ...way, "mouseup", "1");
	};
	const seen = (left = 0) => new Picture(display.name, left);

	/** The level has come to rest: told to the panel, published, and passed on to the lamp. */
	async function rest(what: string, was: number): Promise<number> {
		await dimmer.until(
			() => dimmer.shown.level !== was && heard.at(-1) === dimmer.shown.level && lamp.shown.level === dimmer.shown.level,
			`${what}; ${heard.at(-1)} was published, ${lamp.shown.level} is the lamp's`,
		);
		for (let level = -1; level !== dimmer.shown.level; await pause(600)) level = dimmer.shown.level ?? -1;
		return dimmer.shown.level ?? -1;
	}

	/** What is drawn now is `level`, and nothing of it waits for the mouse to move. */
	async function drawn(level: number): Promise<void> {
		const marks = level === 0 ? 0 : (level / 254) * (ring.count - 1) + 1;
		let picture = seen();
		await until(
			() => {
				picture = seen();
				return Math.abs(picture.lit - marks) <= 1;
			},
			() => `the ring to show ${level}: ${picture.lit} marks of ${Math.round(marks)}`,
		);
		await pause(500);
		const before = seen().cut(figure);
		// what the figure must be: any event makes Piu draw what it has put off
		mouse("mousemove_relative", "1", "0", "sleep", "0.3", "mousemove_relative", "--", "-1", "0", "sleep", "0.3");
		assert.ok(before === seen().cut(figure), `another figure than ${level} was drawn, until the mouse moved`);
	}

	test("it says that the knob can be turned, until somebody has", async () => {
		const said = () => seen().count(hint, (red, green, blue) => red > 150 && green > 120 && blue > 80);
		assert.ok(said() > 100);
		drag(180, 260);
		await drawn(await rest("the first turn", 0));
		assert.equal(said(), 0);
	});

	test("drags and the wheel: figure and ring are those of the level that was published", async () => {
		let from = 260;
		for (const by of [90, -70, 95, -60, 40]) {
			const was = dimmer.shown.level ?? -1;
			drag(from, from + by);
			from += by;
			await drawn(await rest(`turned by ${by} degrees`, was));
		}
		for (const [button, times] of [
			["5", "3"],
			["4", "7"],
		] as const) {
			const was = dimmer.shown.level ?? -1;
			mouse("mousemove", ...place(0), "click", "--repeat", times, "--delay", "40", button);
			await drawn(await rest(`wheel ${button}`, was));
		}
	});

	test("other colours: the dimmer's knob stands where it stood, and no lamp goes out", async () => {
		for (const colour of ["light", "dark"] as const) {
			const level = dimmer.shown.level ?? -1;
			assert.ok(level > 20);
			const starts = () => dimmer.lines.filter((line) => line.includes(": light at ")).length;
			const before = starts();
			const since = heard.length;
			dimmer.shown.up = dimmer.shown.level = undefined;
			click(menu);
			click(colours[colour]);
			await dimmer.until(() => starts() === before + 1 && dimmer.shown.up, "to start anew");
			await dimmer.until(() => Math.abs((dimmer.shown.level ?? -99) - level) <= 2, `its knob at ${level} still`);
			await drawn(dimmer.shown.level ?? -1);
			const [red] = seen().at(280, 80);
			assert.equal(red > 128, colour === "light", `the wall is ${colour}`);
			for (const value of heard.slice(since)) assert.ok(Math.abs(value - level) <= 3, `${value} was published`);
			assert.ok(Math.abs((lamp.shown.level ?? 0) - level) <= 3);
		}
	});

	test("other colours at the lamp: it is lit again", async () => {
		const { level, duty } = lamp.shown;
		const starts = () => lamp.lines.filter((line) => line.includes(": light at ")).length;
		lamp.shown.up = undefined;
		click(menu, 780);
		click(colours.light, 780);
		await lamp.until(() => starts() === 2 && lamp.shown.up, "to start anew");
		await lamp.until(() => lamp.shown.level === level && lamp.shown.duty === duty, `its level ${level}`);
	});

	test("the reason of a fault can be read to its end", async () => {
		const red = () => seen().count(secondLine, (r, g, b) => r > 190 && r - g > 30 && r - b > 30);
		assert.equal(red(), 0);
		await broker.stop();
		await dimmer.until(() => dimmer.shown.up === false && (dimmer.shown.log ?? "").includes("offline"), "to say why");
		await until(
			() => red() > 50,
			() => `the rest of it in the second line: ${dimmer.shown.log}`,
		);
	});
});
