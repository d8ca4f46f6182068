// The panel's wire for a test: connects to `control=PORT` on this machine, sends a line for everything that the panel shows,
// and takes the same lines as the panel sends: {"knob":0.7}, {"plug":false}, …
import { connectLines } from "./lines.js";
import type { Panel } from "./panel.js";

export function control(panel: Panel, port: number): void {
	panel.onShow = connectLines(
		port,
		(line) => {
			const turned = JSON.parse(line);
			panel.receive(turned);
			// The drawn knob turns too.
			if ("knob" in turned) panel.show({ knob: turned.knob });
		},
		() => {
			panel.onShow = undefined;
		},
	);
}
