// The line of text below both devices: which one it is and whether it is online, its topic, its last word; and the level in figures.
import { ink } from "./ink.js";

export const bar_height = 84;

/** The log has two lines: room for every reason there is, but for a path or a name of extraordinary length. */
const log_width = 427;
const log_lines = 2;

/** What of `text` fits. Words are not cut, so that the last line may be a word short. */
function fitting(text, style) {
	const widest = log_lines * log_width - 60;
	if (style.measure(text).width <= widest) return text;
	let end = text.length;
	while (end > 0 && style.measure(`${text.slice(0, end)}…`).width > widest) end--;
	return `${text.slice(0, end)}…`;
}

/** The firmware's own words for what keeps the light from doing what it is told. */
const trouble = /^stopped|offline|ignored|not kept|fail/;

class IdentityBehavior extends Behavior {
	onShow(container, json) {
		const [row, where, log] = [container.first, container.content(1), container.content(2)];
		if (json.role) {
			row.content(1).string = `${this.title}  ${json.id}`;
			where.string = `${json.topic}  on  ${json.broker}`;
		}
		if ("up" in json) row.first.state = json.up ? 1 : 0;
		if (!json.log) return;
		log.style = trouble.test(json.log) ? ink.fault : ink.log;
		log.string = fitting(json.log, log.style);
	}
	onCreate(_container, $) {
		this.title = $.title;
	}
}

class FiguresBehavior extends Behavior {
	onCreate(_column, $) {
		this.say = $.say;
	}
	onShow(column, json) {
		if ("level" in json) column.first.string = String(json.level);
		const words = this.say(json);
		if (words !== undefined) column.last.string = words;
	}
}

/** `say` gives the words below the level: for what is shown, a string, or undefined where it has no news. */
export const Bar = Container.template(($) => ({
	left: 0,
	right: 0,
	bottom: 0,
	height: bar_height,
	contents: [
		new Container($, {
			left: 0,
			right: 0,
			top: 0,
			bottom: 0,
			clip: true,
			Behavior: IdentityBehavior,
			contents: [
				new Row($, {
					left: 20,
					right: 140,
					top: 8,
					height: 24,
					contents: [
						new RoundContent($, { left: 1, width: 11, height: 11, radius: 5.5, border: 0, skin: ink.light }),
						new Label($, { left: 11, right: 0, style: ink.title, string: $.title }),
					],
				}),
				new Label($, { left: 43, right: 140, top: 31, height: 19, style: ink.quiet, string: "waiting for the firmware" }),
				new Text($, { left: 43, width: log_width, top: 51, height: 33, style: ink.log }),
			],
		}),
		new Column($, {
			right: 22,
			width: 130,
			top: -6,
			Behavior: FiguresBehavior,
			contents: [
				new Label($, { left: 0, right: 0, height: 44, style: ink.figure, string: "–" }),
				new Label($, { left: 0, right: 0, height: 19, style: ink.small }),
			],
		}),
	],
}));
