// What runs on an ESP32: the role, or the page that asks for what the role needs.
import { guard, run } from "../main.js";
import { beginSetup } from "./index.js";

export default function main(): void {
	guard(() => {
		const setup = beginSetup();
		if (setup !== undefined) run(setup);
	});
}
