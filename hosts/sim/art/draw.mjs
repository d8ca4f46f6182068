// A picture is a function of a point to a colour, sampled 9 times a pixel, and written as PNG. Lengths are pixels; (0, 0) is the middle,
// y goes down. A colour is [red, green, blue, alpha], each 0 to 1, alpha straight. Masks are white: the panel tints them.
import { writeFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";

const samples = [-1 / 3, 0, 1 / 3];

export const clamp = (v, low = 0, high = 1) => Math.min(Math.max(v, low), high);
export const mix = (a, b, t) => a + (b - a) * t;
export const smooth = (from, to, v) => {
	const t = clamp((v - from) / (to - from));
	return t * t * (3 - 2 * t);
};
/** 1 inside an edge at 0, 0 outside, with a transition of `width` pixels. */
export const inside = (distance, width = 1) => 1 - smooth(-width / 2, width / 2, distance);
/** 1 at 0, and nearly 0 at two `width`s from there. */
export const bell = (v, width) => Math.exp(-((v / width) ** 2));
export const white = (a) => [1, 1, 1, a];
export const black = (a) => [0, 0, 0, a];
/** A grey that is a little blue, like steel. */
export const steel = (v, a = 1) => [v * 0.97, v * 0.985, v * 1.03, a];

/** `over` on top of `under`. */
export function blend(under, over) {
	const a = over[3] + under[3] * (1 - over[3]);
	if (a === 0) return [0, 0, 0, 0];
	return [0, 1, 2].map((i) => (over[i] * over[3] + under[i] * under[3] * (1 - over[3])) / a).concat(a);
}

/** Distance to a rounded box round the middle: negative inside. */
export function box(x, y, halfWidth, halfHeight, radius) {
	const dx = Math.abs(x) - halfWidth + radius;
	const dy = Math.abs(y) - halfHeight + radius;
	return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
}

/** Distance to a line from a to b. */
export function segment(x, y, ax, ay, bx, by) {
	const t = clamp(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2));
	return Math.hypot(x - mix(ax, bx, t), y - mix(ay, by, t));
}

/** Distance to a line through all of `points`. */
export function polyline(x, y, points) {
	let nearest = Number.POSITIVE_INFINITY;
	for (let i = 1; i < points.length; i++) nearest = Math.min(nearest, segment(x, y, ...points[i - 1], ...points[i]));
	return nearest;
}

/** Joins two distances with a fillet. */
export function join(a, b, fillet) {
	const h = clamp(0.5 + (0.5 * (b - a)) / fillet);
	return mix(b, a, h) - fillet * h * (1 - h);
}

/** A picture of `count` cells, `columns` in a row, each `size` square: `colour(x, y, index)`. */
export function sheet(file, size, columns, count, colour) {
	const rows = Math.ceil(count / columns);
	png(file, size * columns, size * rows, (x, y) => {
		const column = Math.floor((x + (size * columns) / 2) / size);
		const row = Math.floor((y + (size * rows) / 2) / size);
		const index = row * columns + column;
		if (index < 0 || index >= count || column < 0 || column >= columns) return [0, 0, 0, 0];
		return colour(x + (size * columns) / 2 - (column + 0.5) * size, y + (size * rows) / 2 - (row + 0.5) * size, index);
	});
}

function pixels(width, height, colour) {
	const data = Buffer.alloc(width * height * 4);
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++) {
			const sum = [0, 0, 0, 0];
			for (const dy of samples)
				for (const dx of samples) {
					const [r, g, b, a] = colour(x + 0.5 + dx - width / 2, y + 0.5 + dy - height / 2);
					sum[0] += clamp(r) * a;
					sum[1] += clamp(g) * a;
					sum[2] += clamp(b) * a;
					sum[3] += a;
				}
			const at = (y * width + x) * 4;
			const alpha = Math.round((sum[3] / 9) * 255);
			if (alpha > 0) for (let i = 0; i < 3; i++) data[at + i] = Math.round((sum[i] / sum[3]) * 255);
			data[at + 3] = alpha;
		}
	return data;
}

/** Each row as the difference from the pixel to its left, or from the row above: whichever is smaller. PNG §9. */
function filtered(data, width, height) {
	const stride = width * 4;
	const rows = Buffer.alloc(height * (1 + stride));
	for (let y = 0; y < height; y++) {
		let best;
		for (const filter of [1, 2]) {
			const row = Buffer.alloc(stride);
			let cost = 0;
			for (let i = 0; i < stride; i++) {
				const before = filter === 1 ? (i < 4 ? 0 : data[y * stride + i - 4]) : y === 0 ? 0 : data[(y - 1) * stride + i];
				row[i] = data[y * stride + i] - before;
				cost += Math.min(row[i], 256 - row[i]);
			}
			if (!best || cost < best.cost) best = { filter, row, cost };
		}
		rows[y * (1 + stride)] = best.filter;
		best.row.copy(rows, y * (1 + stride) + 1);
	}
	return rows;
}

export function png(file, width, height, colour) {
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header.set([8, 6, 0, 0, 0], 8);
	const parts = [Buffer.from("\x89PNG\r\n\x1a\n", "latin1")];
	for (const [type, data] of [
		["IHDR", header],
		["IDAT", deflateSync(filtered(pixels(width, height, colour), width, height), { level: 9 })],
		["IEND", Buffer.alloc(0)],
	]) {
		const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
		const frame = Buffer.alloc(8);
		frame.writeUInt32BE(data.length, 0);
		frame.writeUInt32BE(crc32(body), 4);
		parts.push(frame.subarray(0, 4), body, frame.subarray(4));
	}
	writeFileSync(file, Buffer.concat(parts));
}
