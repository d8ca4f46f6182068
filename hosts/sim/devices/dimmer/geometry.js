// Where things are on the dimmer, for the panel and for what draws its pictures. Pixels; the middle of the knob is (0, 0).

/** Both have room for their shadow. */
export const plate_size = 352;
export const knob_size = 272;

/** Radians from the left stop to the right one, and where the left one is: half past seven. */
export const sweep = 1.5 * Math.PI;
const first = 0.75 * Math.PI;

/** `position` 0 to 1 of the knob's travel → radians, clockwise from three o'clock. */
export const angle_at = (position) => first + position * sweep;

/** The cell of a sheet whose middle is nearest to `radius` at `position`. */
function cell(position, radius, size) {
	const cos = Math.cos(angle_at(position));
	const sin = Math.sin(angle_at(position));
	return { cos, sin, left: Math.round(radius * cos - size / 2), top: Math.round(radius * sin - size / 2) };
}

/** One cell a level. */
export const pointer = {
	size: 32,
	columns: 16,
	count: 255,
	from: 43,
	to: 64,
	place: (position) => cell(position, 53.5, 32),
};

export const ticks = {
	size: 28,
	columns: 8,
	count: 61,
	from: 99,
	to: 109,
	glow: 36,
	major: (index) => index % 15 === 0,
	place: (index) => cell(index / 60, 105, 28),
};

/** Radius of the scale's figures. */
export const figures = 127;
