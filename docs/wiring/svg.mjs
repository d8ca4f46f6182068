// What both kinds of picture are made of: tags, text, and a sheet of paper of their own, so that they read on a dark page too.

export const ink = "#1f2328";
const font = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

const round = (value) => (typeof value === "number" ? Math.round(value * 100) / 100 : value);
const escaped = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");

/** `tag("circle", { cx: 1, stroke_width: 2 }, "…")`: an underscore becomes a hyphen; undefined is left out. */
export function tag(name, attributes = {}, ...inside) {
	const list = Object.entries(attributes)
		.filter(([, value]) => value !== undefined)
		.map(([key, value]) => ` ${key.replaceAll("_", "-")}="${escaped(round(value))}"`)
		.join("");
	return inside.length === 0 ? `<${name}${list}/>` : `<${name}${list}>${inside.join("")}</${name}>`;
}

export const rect = (x, y, width, height, attributes) => tag("rect", { x, y, width, height, ...attributes });
export const circle = (cx, cy, r, attributes) => tag("circle", { cx, cy, r, ...attributes });
export const line = (x1, y1, x2, y2, attributes) => tag("line", { x1, y1, x2, y2, ...attributes });
export const path = (d, attributes) => tag("path", { d, fill: "none", ...attributes });
export const group = (transform, ...inside) => tag("g", { transform }, ...inside);

/** Text at (x, y); `size` in px. */
export function text(x, y, words, { size = 15, bold, anchor, fill = ink, ...more } = {}) {
	const attributes = { x, y, font_size: size, font_weight: bold ? 700 : undefined, text_anchor: anchor, fill, ...more };
	return tag("text", attributes, escaped(words));
}

/** A polyline through `points` whose corners have the radius `r`. */
export function rounded(points, r) {
	let d = `M${points[0].map(round).join(" ")}`;
	for (let i = 1; i < points.length - 1; i++) {
		const [x, y] = points[i];
		const toward = ([tx, ty]) => {
			const length = Math.hypot(tx - x, ty - y);
			const part = Math.min(r, length / 2) / length;
			return `${round(x + (tx - x) * part)} ${round(y + (ty - y) * part)}`;
		};
		d += ` L${toward(points[i - 1])} Q${round(x)} ${round(y)} ${toward(points[i + 1])}`;
	}
	return `${d} L${points.at(-1).map(round).join(" ")}`;
}

/** A label on white at (x, y), its lines centred, with a pointer to `to` where one is given. */
export function label(x, y, lines, to) {
	const width = Math.max(...lines.map((words) => words.length)) * 7.1 + 16;
	const height = lines.length * 17 + 9;
	// From the middle sideways; up and down from where the way is straight.
	const steep = to && Math.abs(to[1] - y) > Math.abs(to[0] - x);
	const from = steep ? Math.max(x - width / 2 + 12, Math.min(to[0], x + width / 2 - 12)) : x;
	const pointer = to ? line(from, y, ...to, { stroke: ink, stroke_width: 1.4 }) + circle(...to, 3.2, { fill: ink, stroke: "#fff" }) : "";
	return [
		pointer,
		rect(x - width / 2, y - height / 2, width, height, { rx: 6, fill: "#fff", stroke: "#8c959f" }),
		...lines.map((words, i) => text(x, y + 5 + (i - (lines.length - 1) / 2) * 17, words, { size: 13.5, anchor: "middle" })),
	].join("");
}

/** The whole file. `title` also stands in the picture; `description` is for those who hear it. */
export function sheet({ width, height, title, description, inside }) {
	return `${tag(
		"svg",
		{
			xmlns: "http://www.w3.org/2000/svg",
			viewBox: `0 0 ${width} ${height}`,
			width,
			height,
			role: "img",
			aria_labelledby: "title description",
			font_family: font,
		},
		"\n",
		[
			tag("title", { id: "title" }, escaped(title)),
			tag("desc", { id: "description" }, escaped(description)),
			rect(0.5, 0.5, width - 1, height - 1, { rx: 14, fill: "#fff", stroke: "#d0d7de" }),
			text(28, 44, title, { size: 23, bold: true }),
			...inside,
		].join("\n"),
		"\n",
	)}\n`;
}
