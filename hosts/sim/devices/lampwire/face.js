// What both faces share: colours, type, the line on top (role, broker, connection light), the last log line.

const fill = (...colours) => new Skin({ fill: colours });
const type = (font, color, horizontal = "center") => new Style({ font, color, horizontal });

export const ink = {
	wall: fill("#14161b"),
	/** Off, on. */
	light: fill("#d9534f", "#3fcf8e"),
	dot: fill("#2a2e37", "#ffb454"),
	title: type("semibold 17px Open Sans", "#f2efe9", "left"),
	quiet: type("13px Open Sans", "#8b909c", "left"),
	log: type("12px Open Sans", "#6b707c", "left"),
	figure: type("light 46px Open Sans", "#f7efe2"),
	small: type("14px Open Sans", "#a9a294"),
};

class LineBehavior extends Behavior {
	onShow(column, json) {
		const light = column.first.first;
		if ("up" in json) light.state = json.up ? 1 : 0;
	}
}

class LogBehavior extends Behavior {
	onShow(label, json) {
		if (json.log) label.string = json.log.length > 78 ? `${json.log.slice(0, 77)}…` : json.log;
	}
}

const names = { dimmer: "Dimmer", lamp: "Lamp" };

export const Face = Container.template(($) => ({
	left: 0,
	right: 0,
	top: 0,
	bottom: 0,
	contents: [
		new Column($, {
			left: 24,
			right: 24,
			top: 18,
			Behavior: LineBehavior,
			contents: [
				new Row($, {
					left: 0,
					right: 0,
					height: 26,
					contents: [
						new RoundContent($, { left: 2, width: 11, height: 11, radius: 5.5, border: 0, skin: ink.light }),
						new Label($, { left: 12, right: 0, style: ink.title, string: $.role ? `${names[$.role]}  ${$.id}` : "Lampwire" }),
					],
				}),
				new Label($, {
					left: 25,
					right: 0,
					height: 20,
					style: ink.quiet,
					string: $.role ? `${$.topic}  on  ${$.broker}` : "waiting for the firmware",
				}),
			],
		}),
		new Label($, { left: 24, right: 24, bottom: 12, height: 20, style: ink.log, Behavior: LogBehavior }),
	],
}));
