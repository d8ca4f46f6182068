// The dimmer: a rotary knob of 270°, turned by dragging round it or with the wheel, in a ring of lights that show the level.
import { Face, ink } from "./face.js";

const base = import.meta.uri;
const cap = new Skin({ texture: new Texture({ base, path: "knob.png" }), x: 0, y: 0, width: 260, height: 260 });
const pointer = new Skin({ fill: ["#ffb454"] });

const dots = 49;
const size = 340;
const ring = 146;
const sweep = 1.5 * Math.PI;
const start = 0.75 * Math.PI;
const wheel_step = 1 / 60;

const at = (position, radius, diameter) => ({
	left: Math.round(size / 2 + radius * Math.cos(start + position * sweep) - diameter / 2),
	top: Math.round(size / 2 + radius * Math.sin(start + position * sweep) - diameter / 2),
	width: diameter,
	height: diameter,
});

class KnobBehavior extends Behavior {
	onCreate(_container, $) {
		this.position = $.knob ?? 0;
	}
	onDisplaying(container) {
		this.draw(container);
	}
	angle(container, x, y) {
		return Math.atan2(y - container.y - size / 2, x - container.x - size / 2);
	}
	onTouchBegan(container, id, x, y) {
		container.captureTouch(id, x, y, 0);
		this.last = this.angle(container, x, y);
	}
	onTouchMoved(container, _id, x, y) {
		const angle = this.angle(container, x, y);
		let turn = angle - this.last;
		if (turn > Math.PI) turn -= 2 * Math.PI;
		else if (turn < -Math.PI) turn += 2 * Math.PI;
		this.last = angle;
		this.turn(container, this.position + turn / sweep);
	}
	onMouseScrolled(container, dx, dy) {
		this.turn(container, this.position + Math.sign(dy || dx) * wheel_step);
	}
	turn(container, position) {
		this.position = Math.min(Math.max(position, 0), 1);
		this.draw(container);
		container.bubble("onKnobTurned", this.position);
	}
	draw(container) {
		container.content(dots + 1).coordinates = at(this.position, 68, 13);
	}
	onShow(container, json) {
		if ("knob" in json) {
			this.position = json.knob;
			this.draw(container);
		}
		if ("level" in json) {
			container.content(dots + 2).string = String(json.level);
			container.last.string = `${Math.round(json.level / 2.54)} %`;
			const lit = (json.level / 254) * dots;
			for (let i = 0; i < dots; i++) container.content(i).state = Math.min(Math.max(lit - i, 0), 1);
		}
	}
}

export const KnobFace = Face.template(($) => ({
	contents: [
		new Container($, {
			width: size,
			height: size,
			active: true,
			Behavior: KnobBehavior,
			contents: [
				...Array.from(
					{ length: dots },
					(_, i) => new RoundContent($, { ...at(i / (dots - 1), ring, 7), radius: 3.5, border: 0, skin: ink.dot }),
				),
				new Content($, { left: 40, width: 260, top: 40, height: 260, skin: cap }),
				new RoundContent($, { ...at(0, 68, 13), radius: 6.5, border: 0, skin: pointer }),
				new Label($, { left: 100, width: 140, top: 136, height: 64, style: ink.figure, string: "–" }),
				new Label($, { left: 120, width: 100, top: 296, height: 22, style: ink.small, string: "" }),
			],
		}),
	],
}));
