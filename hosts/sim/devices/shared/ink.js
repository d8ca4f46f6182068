// Colours and type, for a room by night and a room by day: mcsim loads its devices anew when its colours change.
const model = application.behavior;
export const dark = (model.colors === 2 ? model.appearance : model.colors) === 1;

const pick = (night, day) => (dark ? night : day);
const fill = (...colors) => new Skin({ fill: colors });
const type = (font, color, horizontal = "center") => new Style({ font, color, horizontal });

/** A picture beside the module whose address is `base`; with colours, a mask that its state tints. */
export function picture(base, path, width, height, color) {
	const skin = { texture: new Texture({ base, path }), x: 0, y: 0, width, height };
	if (color) skin.color = color;
	return new Skin(skin);
}

export const ink = {
	wall: fill(pick("#14161b", "#c6c0b6")),
	/** Off, on. */
	light: fill("#d9534f", pick("#3fcf8e", "#1fa368")),
	title: type("semibold 16px Open Sans", pick("#f2efe9", "#26231f"), "left"),
	quiet: type("13px Open Sans", pick("#8b909c", "#5a544b"), "left"),
	log: type("12px Open Sans", pick("#a7acb8", "#4d483f"), "left"),
	fault: type("12px Open Sans", pick("#ffb3a7", "#8f1d14"), "left"),
	hint: type("13px Open Sans", pick("#c9b48f", "#5a4a2c")),
	figure: type("light 44px Open Sans", pick("#f7efe2", "#26231f"), "right"),
	small: type("13px Open Sans", pick("#a9a294", "#5a544b"), "right"),
	scale: type("12px Open Sans", pick("#8b909c", "#8d867b")),
	brand: type("semibold 9px Open Sans", pick("#5a5f6a", "#aaa49a")),
};
