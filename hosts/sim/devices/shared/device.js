// What both devices have in common: the wire to the firmware (../../panel.ts has the other end), the network plug, the reset button, the
// column of controls. Loaded by mcsim itself (its own XS, its own Piu globals), so plain JavaScript.
import { ButtonsRow, ControlsColumn, InfoRow, SwitchRow } from "ControlsPane";
import { DeviceBehavior, DeviceContainer, DeviceScreen } from "DevicePane";
import { ink } from "./ink.js";

export class LampwireBehavior extends DeviceBehavior {
	onCreate(container, device) {
		super.onCreate(container, device);
		/** What the hand has set; told to the firmware again when it restarts. */
		this.hand = {};
	}
	onJSON(container, json) {
		if (json.role) {
			for (const name of ["id", "topic", "broker"]) if (this[name]) this[name].string = String(json[name]);
			if (Object.keys(this.hand).length) this.postJSON(container, this.hand);
			// A firmware that begins tells where its own knob would stand.
			if ("knob" in this.hand) json.knob = this.hand.knob;
		}
		container.distribute("onShow", json);
	}
	turn(container, what) {
		Object.assign(this.hand, what);
		this.postJSON(container, what);
	}
	onPlug(container, data) {
		this.turn(container, { plug: data.value });
	}
	onReset() {
		application.defer("doReloadFile");
	}
}

const info = (name, label) => InfoRow({ name, label, value: "–" });

/** A device as mcsim wants it. `rows` come after the rows that both have; `contents` is what is seen of the device itself. */
export function device({ name, title, Behavior, rows = [], contents }) {
	return {
		// What mcconfig builds for `-p sim/<name>` is shown on this device.
		applicationName: `/${name}/.*lampwire`,
		title,
		ControlsTemplate: ControlsColumn.template(() => ({
			contents: [
				info("id", "Id"),
				info("topic", "Topic"),
				info("broker", "Broker"),
				SwitchRow({ label: "Network", event: "onPlug", on: "Plugged in", off: "Plug pulled", value: true }),
				...rows.map((row) => SwitchRow(row)),
				ButtonsRow({ label: "Board", buttons: [{ label: "Reset", event: "onReset" }] }),
			],
		})),
		DeviceTemplates: {
			0: DeviceContainer.template(($) => ({
				left: 0,
				right: 0,
				top: 0,
				bottom: 0,
				skin: ink.wall,
				Behavior,
				// The firmware has no screen; mcsim wants to know where it is.
				contents: [...contents(), DeviceScreen($, { left: 0, width: 0, top: 0, height: 0 })],
			})),
		},
	};
}
