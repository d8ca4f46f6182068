// Draws the pictures of the panel: `node hosts/sim/art.mjs`. They are committed; this is how to change them.
// A picture is a function of a point to a colour, sampled 9 times a pixel. Masks are white: the panel tints them.
import { writeFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";

const folder = new URL("./devices/lampwire/", import.meta.url);
const samples = [-1 / 3, 0, 1 / 3];

function png(name, width, height, colour) {
	const rows = Buffer.alloc(height * (1 + width * 4));
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++) {
			const sum = [0, 0, 0, 0];
			for (const dy of samples)
				for (const dx of samples) {
					const [r, g, b, a] = colour(x + 0.5 + dx - width / 2, y + 0.5 + dy - height / 2);
					sum[0] += r * a;
					sum[1] += g * a;
					sum[2] += b * a;
					sum[3] += a;
				}
			const at = y * (1 + width * 4) + 1 + x * 4;
			for (let i = 0; i < 3; i++) rows[at + i] = sum[3] > 0 ? Math.round((sum[i] / sum[3]) * 255) : 0;
			rows[at + 3] = Math.round((sum[3] / 9) * 255);
		}
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header.set([8, 6, 0, 0, 0], 8);
	const parts = [Buffer.from("\x89PNG\r\n\x1a\n", "latin1")];
	for (const [type, data] of [
		["IHDR", header],
		["IDAT", deflateSync(rows, { level: 9 })],
		["IEND", Buffer.alloc(0)],
	]) {
		const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
		const frame = Buffer.alloc(8);
		frame.writeUInt32BE(data.length, 0);
		frame.writeUInt32BE(crc32(body), 4);
		parts.push(frame.subarray(0, 4), body, frame.subarray(4));
	}
	writeFileSync(new URL(name, folder), Buffer.concat(parts));
}

const clamp = (v, low = 0, high = 1) => Math.min(Math.max(v, low), high);
const mix = (a, b, t) => a + (b - a) * t;
const smooth = (from, to, v) => {
	const t = clamp((v - from) / (to - from));
	return t * t * (3 - 2 * t);
};
const grey = (v, a) => [v * 0.96, v * 0.98, v * 1.04, a];
/** `over` on top of `under`, both with straight alpha. */
function blend(under, over) {
	const a = over[3] + under[3] * (1 - over[3]);
	if (a === 0) return [0, 0, 0, 0];
	return [0, 1, 2].map((i) => (over[i] * over[3] + under[i] * under[3] * (1 - over[3])) / a).concat(a);
}
const box = (x, y, halfWidth, halfHeight, radius) => {
	const dx = Math.abs(x) - halfWidth + radius;
	const dy = Math.abs(y) - halfHeight + radius;
	return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
};
const segment = (x, y, ax, ay, bx, by) => {
	const t = clamp(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2));
	return Math.hypot(x - mix(ax, bx, t), y - mix(ay, by, t));
};

// The knob: a shadow, a knurled skirt, a cap lit from above.
png("knob.png", 260, 260, (x, y) => {
	const r = Math.hypot(x, y);
	const turn = Math.atan2(y, x);
	let c = [0, 0, 0, 0.75 * (1 - smooth(62, 126, Math.hypot(x, y - 12)))];
	const skirt = 101 + 1.6 * smooth(-0.2, 0.2, Math.sin(turn * 54));
	const light = 0.5 - 0.5 * (y / Math.max(r, 1));
	if (r < skirt) c = blend(c, grey(mix(0.07, 0.24, light) * mix(0.72, 1.1, smooth(-0.6, 0.6, Math.sin(turn * 54))), 1));
	if (r < 90) c = blend(c, grey(mix(0.13, 0.42, light), 1));
	if (r < 87.5) {
		const brushed = 0.012 * Math.sin(r * 2.4) + 0.05 * Math.cos(2 * (turn + 0.9)) * smooth(10, 80, r);
		c = blend(c, grey(mix(0.125, 0.215, 0.5 - y / 200) + brushed, 1));
	}
	return c;
});

const bulb = (x, y) => {
	const globe = Math.hypot(x, y + 42) - 84;
	const neck = box(x, y - 52, 33, 40, 8);
	const h = clamp(0.5 + (neck - globe) / 100);
	return mix(neck, globe, h) - 50 * h * (1 - h);
};
const wire = (x, y) =>
	Math.min(
		segment(x, y, -24, -40, -12, -58),
		segment(x, y, -12, -58, 0, -42),
		segment(x, y, 0, -42, 12, -58),
		segment(x, y, 12, -58, 24, -40),
	);

// The bulb, unlit: glass that is brightest at its rim, two supports, a screw base.
png("bulb.png", 220, 320, (x, y) => {
	const d = bulb(x, y);
	let c = [0, 0, 0, 0];
	const support = Math.min(segment(x, y, -10, 92, -24, -40), segment(x, y, 10, 92, 24, -40));
	if (y < 92) c = blend(c, grey(0.42, 0.75 * (1 - smooth(0.7, 1.7, support))));
	c = blend(c, grey(0.5, 1 - smooth(0.8, 1.8, wire(x, y))));
	if (d < 0) c = blend(c, [0.68, 0.75, 0.86, 0.05 + 0.34 * Math.exp(d / 5) + 0.1 * Math.exp(d / 24)]);
	const shine = Math.hypot((x + 34) / 20, (y + 78) / 34);
	if (d < -6) c = blend(c, [1, 1, 1, 0.2 * (1 - smooth(0.1, 1, shine))]);
	const base = box(x, y - 112, 34, 26, 5);
	if (base < 0) {
		const metal = 0.2 + 0.5 * Math.exp(-(((x + 12) / 13) ** 2)) + 0.12 * Math.exp(-(((x - 25) / 6) ** 2));
		c = blend(c, grey(metal * mix(0.55, 1, smooth(-0.5, 0.5, Math.sin((y + x * 0.1) * 0.62))), 1));
	}
	if (box(x, y - 141, 17, 8, 6) < 0) c = blend(c, grey(0.16 + 0.2 * Math.exp(-(((x + 6) / 8) ** 2)), 1));
	return c;
});

// Light inside the glass, the filament, and what the lamp throws on the wall.
png("core.png", 220, 320, (x, y) => {
	const inside = 1 - smooth(-3, 0.5, bulb(x, y));
	return [1, 1, 1, inside * (0.3 + 0.7 * Math.exp(-((x / 62) ** 2) - ((y + 46) / 62) ** 2)) * (1 - smooth(60, 100, y))];
});
png("filament.png", 220, 320, (x, y) => {
	const d = wire(x, y);
	return [1, 1, 1, clamp(1 - smooth(1, 2.2, d) + 0.6 * Math.exp(-d / 7) * (1 - smooth(14, 30, d)))];
});
png("halo.png", 480, 480, (x, y) => {
	const r = Math.hypot(x, y);
	return [1, 1, 1, 0.85 * Math.exp(-((r / 105) ** 1.25)) * (1 - smooth(150, 238, r))];
});
