// The knob: 270° of travel, turned by dragging round it or with the wheel, in a scale whose marks light up to the level.
import { bar_height } from "../shared/bar.js";
import { hand } from "../shared/device.js";
import { dark, ink, picture } from "../shared/ink.js";
import { angle_at, figures, knob_size, plate_size, pointer, sweep, ticks } from "./geometry.js";

const base = import.meta.uri;
const middle = plate_size / 2;
/** The plate's picture has more shadow below than above. */
const lift = -8;
const wheel_step = 1 / 60;
/** Pixels: so near to the axis, the hand's direction means nothing. */
const too_near = 14;

const plate = picture(base, dark ? "plate-dark.png" : "plate-light.png", plate_size, plate_size);
const cap = picture(base, "knob.png", knob_size, knob_size);
const glow = picture(base, "glow.png", ticks.glow, ticks.glow, dark ? ["#ffa53c00", "#ffa53cff"] : ["#ffa53c00", "#ffa53ca0"]);
/** A skin for each cell of a sheet. */
function cells(path, { size, columns, count }, color) {
	const texture = new Texture({ base, path });
	const at = (i) => ({ x: (i % columns) * size, y: Math.floor(i / columns) * size });
	return Array.from({ length: count }, (_, i) => new Skin({ texture, ...at(i), width: size, height: size, color }));
}
const tickSkins = cells("ticks.png", ticks, dark ? ["#3b404a", "#ffb85c"] : ["#c3beb4", "#f08a00"]);
const pointerSkins = cells("pointer.png", pointer, ["#ffb454"]);

const box = ({ left, top, size }) => ({ left: middle + left, top: middle + lift + top, width: size, height: size });

class KnobBehavior extends Behavior {
	onCreate() {
		this.position = hand.knob ?? 0;
	}
	onDisplaying(container) {
		this.draw(container);
	}
	onTouchBegan(container, id, x, y) {
		container.captureTouch(id, x, y, 0);
		this.last = undefined;
		this.onTouchMoved(container, id, x, y);
	}
	onTouchMoved(container, _id, touchX, touchY) {
		const x = touchX - container.x - middle;
		const y = touchY - container.y - middle - lift;
		if (Math.hypot(x, y) < too_near) {
			this.last = undefined;
			return;
		}
		const angle = Math.atan2(y, x);
		// By how far the hand went round, not to where it is: nothing jumps, and the stops cannot be passed.
		if (this.last !== undefined) {
			let turn = angle - this.last;
			if (turn > Math.PI) turn -= 2 * Math.PI;
			else if (turn < -Math.PI) turn += 2 * Math.PI;
			this.turn(container, this.position + turn / sweep);
		}
		this.last = angle;
	}
	onMouseScrolled(container, dx, dy) {
		this.turn(container, this.position + Math.sign(dy || dx) * wheel_step);
	}
	turn(container, position) {
		const was = this.position;
		this.position = Math.min(Math.max(position, 0), 1);
		if (this.position === was) return;
		this.draw(container);
		container.content("hint").visible = false;
		container.bubble("onKnobTurned", this.position);
	}
	draw(container) {
		const index = Math.round(this.position * (pointer.count - 1));
		const mark = container.last;
		mark.coordinates = box({ ...pointer.place(index / (pointer.count - 1)), size: pointer.size });
		mark.skin = pointerSkins[index];
	}
	onShow(container, json) {
		if ("knob" in json) {
			this.position = json.knob;
			this.draw(container);
		}
		if (!("level" in json)) return;
		const lit = json.level === 0 ? 0 : (json.level / 254) * (ticks.count - 1) + 1;
		for (let i = 0; i < ticks.count; i++) {
			const state = Math.min(Math.max(lit - i, 0), 1);
			container.content(1 + i).state = state;
			container.content(1 + ticks.count + i).state = state;
		}
	}
}

const figure = (value) => {
	const angle = angle_at(value / 254);
	return new Label(null, {
		left: Math.round(middle + figures * Math.cos(angle)) - 20,
		width: 40,
		top: Math.round(middle + lift + figures * Math.sin(angle)) - 10,
		height: 20,
		style: ink.scale,
		string: String(value),
	});
};

const spread = Array.from({ length: ticks.count }, (_, i) => ticks.place(i));
const halo = ({ left, top }) =>
	box({ left: left + (ticks.size - ticks.glow) / 2, top: top + (ticks.size - ticks.glow) / 2, size: ticks.glow });

export const KnobFace = Container.template(($) => ({
	left: 0,
	right: 0,
	top: 0,
	bottom: bar_height,
	contents: [
		new Container($, {
			width: plate_size,
			height: plate_size,
			active: true,
			Behavior: KnobBehavior,
			contents: [
				new Content($, { left: 0, top: 0, width: plate_size, height: plate_size, skin: plate }),
				...spread.map((place) => new Content($, { ...halo(place), skin: glow, state: 0 })),
				...spread.map((place, i) => new Content($, { ...box({ ...place, size: ticks.size }), skin: tickSkins[i], state: 0 })),
				...[0, 64, 127, 190, 254].map(figure),
				new Label($, { left: middle - 60, width: 120, top: middle + lift + 122, height: 14, style: ink.brand, string: "L A M P W I R E" }),
				new Label($, {
					name: "hint",
					left: 0,
					width: plate_size,
					top: plate_size - 22,
					height: 18,
					style: ink.hint,
					string: "Drag the knob, or turn the mouse wheel over it",
					visible: hand.knob === undefined,
				}),
				new Content($, { ...box({ left: -knob_size / 2, top: -knob_size / 2, size: knob_size }), skin: cap }),
				new Content($, { left: 0, top: 0, width: pointer.size, height: pointer.size, skin: pointerSkins[0] }),
			],
		}),
	],
}));
