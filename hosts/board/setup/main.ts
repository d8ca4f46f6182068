// The main program of an ESP32: the role, or the page that asks for the settings of the role.
import { setupOpen } from "../../../src/light/status.js";
import { guard, start, tell } from "../main.js";
import { beginSetup } from "./index.js";

export default function main(): void {
	guard((lights) => {
		const setup = beginSetup();
		if (setup === undefined) tell(lights, setupOpen);
		else start(lights, setup);
	});
}
