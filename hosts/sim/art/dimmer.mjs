// The dimmer: a wall plate, dark or white, a knurled knob of turned aluminium, the marks of its scale, its pointer.
// Sizes that the panel uses too are in ../devices/dimmer/geometry.js.
import { knob_size, plate_size, pointer, ticks } from "../devices/dimmer/geometry.js";
import { bell, black, blend, box, clamp, inside, mix, png, segment, sheet, smooth, steel, white } from "./draw.mjs";

const file = (name) => new URL(`../devices/dimmer/${name}.png`, import.meta.url);

function plate(name, top, bottom, edge, shadow) {
	png(file(name), plate_size, plate_size, (x, y) => {
		const d = box(x, y + 8, 150, 150, 38);
		let c = black(shadow * (1 - smooth(-20, 22, box(x, y - 2, 148, 148, 40))));
		if (d > 1) return c;
		const down = clamp((y + 158) / 300);
		const body = [0, 1, 2].map((i) => mix(top[i], bottom[i], down));
		c = blend(c, [...body, inside(d)]);
		// The light comes from above: the upper edge is bright, the lower edge is in the shade.
		const rim = bell(d + 1.2, 1.3);
		c = blend(c, [1, 1, 1, rim * edge * (1 - down)]);
		c = blend(c, black(rim * 0.5 * edge * down));
		// A shallow dish round the knob.
		const r = Math.hypot(x, y + 8);
		c = blend(c, black(0.3 * shadow * bell(r - 90, 5) * smooth(-40, 60, -y)));
		c = blend(c, white(0.5 * edge * bell(r - 92.5, 1.2) * smooth(-20, 90, y)));
		return c;
	});
}
plate("plate-dark", [0.168, 0.175, 0.195], [0.105, 0.11, 0.125], 0.3, 0.55);
plate("plate-light", [0.985, 0.98, 0.97], [0.9, 0.89, 0.87], 0.9, 0.34);

const teeth = 72;
png(file("knob"), knob_size, knob_size, (x, y) => {
	const r = Math.hypot(x, y);
	const turn = Math.atan2(y, x);
	let c = black(0.62 * (1 - smooth(52, 108, Math.hypot(x * 1.02, y - 18))));
	if (r > 87) return c;
	const up = 0.5 - 0.5 * (y / Math.max(r, 1));
	// The skirt: grooves whose flanks face the light, or turn away from it.
	const groove = Math.sin(turn * teeth);
	const skirt = 85.5 + 0.7 * groove;
	const flank = 0.5 + 0.5 * Math.sin(turn * teeth + 0.9) * Math.sign(Math.cos(turn) || 1);
	const metal = mix(0.05, 0.34, up ** 1.4) * mix(0.45, 1.25, flank);
	c = blend(c, steel(metal * mix(0.55, 1, smooth(86, 80, r)), inside(r - skirt)));
	// The chamfer between skirt and face, then the face, turned on a lathe: its light is a bow tie.
	c = blend(c, steel(mix(0.1, 0.78, up ** 1.6), inside(r - 76)));
	const bow = Math.cos(2 * (turn + 0.95)) * 0.5 + 0.5;
	const fine = 0.5 + 0.5 * Math.cos(2 * (turn - 0.55));
	const lathe = 0.008 * Math.sin(r * 3.1) + 0.006 * Math.sin(r * 1.7);
	const face = 0.15 + 0.17 * bow ** 3 * smooth(0, 34, r) + 0.06 * fine ** 8 * smooth(6, 40, r) + lathe - 0.0004 * y;
	c = blend(c, steel(face, inside(r - 73.5)));
	// The face is hollow by a hair: dark under the upper rim, bright over the lower one.
	c = blend(c, black(0.35 * bell(r - 73.5, 3) * up * inside(r - 73.5)));
	c = blend(c, white(0.16 * bell(r - 73, 1.2) * (1 - up) * inside(r - 73.5)));
	return c;
});

/** One cell for each place that the pointer takes; `shift` is the error when a cell is put at whole pixels. */
const cell = (size, columns, count, name, place, shape) =>
	sheet(file(name), size, columns, count, (x, y, index) => {
		const { cos, sin, left, top } = place(index);
		const at = (radius) => [radius * cos - left - size / 2, radius * sin - top - size / 2];
		return white(shape(index, x, y, at));
	});

cell(
	pointer.size,
	pointer.columns,
	pointer.count,
	"pointer",
	(index) => pointer.place(index / (pointer.count - 1)),
	(_, x, y, at) => inside(segment(x, y, ...at(pointer.from), ...at(pointer.to)) - 2.6),
);
cell(
	ticks.size,
	ticks.columns,
	ticks.count,
	"ticks",
	(index) => ticks.place(index),
	(index, x, y, at) =>
		ticks.major(index)
			? inside(segment(x, y, ...at(ticks.from - 1), ...at(ticks.to + 3)) - 1.7)
			: inside(segment(x, y, ...at(ticks.from + 1), ...at(ticks.to)) - 1.25),
);
png(file("glow"), ticks.glow, ticks.glow, (x, y) => white(0.5 * bell(Math.hypot(x, y), 8)));
