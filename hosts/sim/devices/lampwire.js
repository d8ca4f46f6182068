// Lampwire's device in mcsim: a knob or a lamp, whichever role the firmware says it has. Loaded by mcsim itself (its own
// XS, its own Piu globals), so plain JavaScript. What goes over the wire to the firmware is in ../panel.ts.
import { ButtonsRow, ControlsColumn, InfoRow, SwitchRow } from "ControlsPane";
import { DeviceBehavior, DeviceContainer, DeviceScreen } from "DevicePane";
import { Face, ink } from "./lampwire/face.js";
import { KnobFace } from "./lampwire/knob.js";
import { LampFace } from "./lampwire/lamp.js";

class LampwireBehavior extends DeviceBehavior {
	onCreate(container, device) {
		super.onCreate(container, device);
		/** What the hand has set; told to the firmware again when it restarts. */
		this.hand = {};
	}
	onJSON(container, json) {
		if (json.role) {
			container.replace(container.first, new (json.role === "lamp" ? LampFace : KnobFace)(json));
			this.fill({ role: json.role, id: json.id, topic: json.topic, broker: json.broker });
			if (Object.keys(this.hand).length) this.postJSON(container, this.hand);
		}
		container.distribute("onShow", json);
	}
	fill(values) {
		for (const name in values) if (this[name]) this[name].string = String(values[name]);
	}
	turn(container, what) {
		Object.assign(this.hand, what);
		this.postJSON(container, what);
	}
	onKnobTurned(container, position) {
		this.turn(container, { knob: position });
	}
	onNoise(container, data) {
		this.turn(container, { noise: data.value });
	}
	onDeadEnds(container, data) {
		this.turn(container, { deadEnds: data.value });
	}
	onPlug(container, data) {
		this.turn(container, { plug: data.value });
	}
	onRestart() {
		application.defer("doReloadFile");
	}
}

const info = (name, label) => InfoRow({ name, label, value: "–" });

export default {
	applicationName: "lampwire",
	title: "Lampwire",
	ControlsTemplate: ControlsColumn.template(() => ({
		contents: [
			info("role", "Role"),
			info("id", "Id"),
			info("topic", "Topic"),
			info("broker", "Broker"),
			SwitchRow({ label: "Network", event: "onPlug", on: "Plugged in", off: "Plug pulled", value: true }),
			SwitchRow({ label: "Knob noise", event: "onNoise", on: "Real", off: "None", value: true }),
			SwitchRow({ label: "Knob dead ends", event: "onDeadEnds", on: "Real", off: "None", value: true }),
			ButtonsRow({ label: "Board", buttons: [{ label: "Restart", event: "onRestart" }] }),
		],
	})),
	DeviceTemplates: {
		0: DeviceContainer.template(($) => ({
			left: 0,
			right: 0,
			top: 0,
			bottom: 0,
			skin: ink.wall,
			Behavior: LampwireBehavior,
			contents: [new Face({ role: "" }), DeviceScreen($, { left: 0, width: 0, top: 0, height: 0 })],
		})),
	},
};
