// The lamp: a pendant of black and brass, a long bulb with a cage of filament, and its light in layers that the panel tints.
// All layers but the halo have one size, with the bulb's widest place in the middle.
import { bell, black, blend, box, clamp, inside, join, mix, png, polyline, smooth, white } from "./draw.mjs";

const file = (name) => new URL(`../devices/lamp/${name}.png`, import.meta.url);
const width = 190;
const height = 330;

/** Distance to the glass: a globe that runs up into a neck. */
function glass(x, y) {
	const globe = Math.hypot(x, y * 0.97 - 22) - 69;
	const neck = box(x, y + 66, 23, 66, 8);
	return join(globe, neck, 74);
}

const legs = 9;
/** The cage: long loops between two rings, seen a little from above. */
const cage = Array.from({ length: 2 * legs + 1 }, (_, i) => {
	const turn = (i / (2 * legs)) * 2 * Math.PI + 0.35;
	const low = i % 2 === 0;
	return [(low ? 27 : 19) * Math.cos(turn), (low ? 52 : -34) + (low ? 6 : 4) * Math.sin(turn)];
});
const wire = (x, y) => polyline(x, y, cage);

const supports = (x, y) =>
	Math.min(
		polyline(x, y, [
			[-4, -62],
			[-19, -34],
		]),
		polyline(x, y, [
			[4, -62],
			[19, -34],
		]),
		polyline(x, y, [
			[0, -60],
			[0, 58],
		]),
	);

/** A cylinder that is lit from the upper left: the brightness across it, `t` from -1 to 1. */
const round = (t) => 0.16 + 0.62 * bell(t + 0.42, 0.26) + 0.14 * bell(t - 0.72, 0.16) - 0.1 * t * t;

/** Holder and cap, above the glass. */
function holder(c, x, y) {
	const brass = (v, a) => [clamp(v * 1.32), clamp(v * 1.02), clamp(v * 0.56), a];
	const dark = (v, a) => [v * 0.5, v * 0.49, v * 0.5, a];
	const grip = box(x, y + 156, 6, 9, 3);
	c = blend(c, dark(round(x / 6) * 0.7, inside(grip)));
	const cone = Math.max(Math.abs(x) - mix(9, 22, clamp((y + 150) / 16)), -150 - y, y + 134);
	c = blend(c, brass(round(x / mix(9, 22, clamp((y + 150) / 16))) * 0.95, inside(cone)));
	const shell = box(x, y + 115, 25, 21, 3);
	c = blend(c, dark(round(x / 25) * 0.62, inside(shell)));
	for (const at of [-128, -122, -116]) c = blend(c, black(0.4 * bell(y - at, 1) * inside(shell)));
	const ring = box(x, y + 96, 27.5, 4.5, 2);
	return blend(c, brass(round(x / 27.5) * mix(1.1, 0.75, clamp((y + 100) / 9)), inside(ring)));
}

png(file("pendant"), width, height, (x, y) => {
	let c = [0, 0, 0, 0];
	if (y > -96) {
		// The stem that carries the cage, then the cold wire.
		const stem = Math.min(box(x, y + 78, 7, 22, 5), Math.hypot(x, y + 58) - 7);
		c = blend(c, [0.8, 0.86, 0.95, inside(stem) * (0.12 + 0.3 * bell(stem, 1.6))]);
		c = blend(c, [0.62, 0.6, 0.58, 0.55 * inside(supports(x, y) - 0.7, 1.2)]);
		c = blend(c, [0.42, 0.35, 0.29, 0.95 * inside(wire(x, y) - 0.55, 1.2)]);
	}
	return holder(c, x, y);
});

// Glass is visible at its rim, where it is seen edge on.
png(file("glass"), width, height, (x, y) => {
	const d = glass(x, y);
	const edge = Math.exp(d / 3.2) * 0.5 + 0.13 * Math.exp(d / 16) + 0.03;
	return white(inside(d) * edge * mix(1, 0.65, smooth(-90, 90, y)) * smooth(-93, -89, y));
});

// The reflections on the glass: a window, and a weaker one on the far side.
png(file("shine"), width, height, (x, y) => {
	const d = glass(x, y);
	const pane = inside(d + 9, 4) * (1 - smooth(0, 8, Math.abs(d + 15))) * smooth(2, -22, x) * smooth(-62, -30, y) * (1 - smooth(18, 46, y));
	const echo = inside(d + 5, 3) * (1 - smooth(0, 3, Math.abs(d + 8))) * smooth(6, 34, x) * smooth(30, 52, y) * (1 - smooth(58, 84, y));
	const spot = bell(x + 33, 5) * bell(y + 12, 9);
	return white(clamp(0.42 * pane + 0.22 * echo + 0.22 * spot));
});

// Light: on the wire, in the glass, and on the wall.
png(file("filament"), width, height, (x, y) => {
	const d = wire(x, y);
	return white(clamp(inside(d - 0.9, 1.4) + 0.55 * Math.exp(-d / 3.4)) * smooth(14, 8, d));
});
png(file("core"), width, height, (x, y) => {
	const body = bell(x, 40) * bell(y - 12, 62);
	const fill = 0.26 * smooth(-110, -40, y);
	return white(inside(glass(x, y), 2) * smooth(-98, -80, y) * clamp(fill + 0.78 * body));
});
png(file("halo"), 620, 620, (x, y) => {
	const r = Math.hypot(x, y);
	const far = 0.62 * Math.exp(-((r / 150) ** 1.35));
	const near = 0.35 * bell(r, 78);
	return white((far + near) * (1 - smooth(190, 308, r)));
});
