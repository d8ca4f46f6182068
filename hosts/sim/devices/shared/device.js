// What both devices have in common: the wire to the firmware (../../panel.ts has the other end), the network plug, the reset button, the
// column of controls. Loaded by mcsim itself (its own XS, its own Piu globals), so plain JavaScript.
import { ButtonsRow, ControlsColumn, InfoRow, SwitchRow } from "ControlsPane";
import { DeviceBehavior, DeviceContainer, DeviceScreen } from "DevicePane";
import { ink } from "./ink.js";

/**
 * What the hand has set; told to the firmware again when it restarts. In mcsim's own object: another choice of colours makes mcsim load this module, make
 * the panel, and start the firmware anew.
 */
export const hand = (application.behavior.lampwireHand ??= {});

/** Milliseconds for which the panel runs after a message. */
const settle_ms = 100;

export class LampwireBehavior extends DeviceBehavior {
	onJSON(container, json) {
		if (json.role) {
			for (const name of ["id", "topic", "broker"]) if (this[name]) this[name].string = String(json[name]);
			if (Object.keys(hand).length) this.postJSON(container, hand);
			// A firmware that begins tells where its own knob would stand.
			if ("knob" in hand) json.knob = hand.knob;
		}
		container.distribute("onShow", json);
		// On Linux, Piu lays out what a message has changed only at the next event or tick of a clock: text would stay as it was until the mouse moves.
		container.duration = settle_ms;
		container.time = 0;
		container.start();
	}
	turn(container, what) {
		Object.assign(hand, what);
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

/** `name` is that of the wire (panel.ts): what the hand has set before stands. */
const toggle = ({ name, ...row }) => SwitchRow({ ...row, value: hand[name] ?? true });

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
				toggle({ name: "plug", label: "Network", event: "onPlug", on: "Plugged in", off: "Plug pulled" }),
				...rows.map(toggle),
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
