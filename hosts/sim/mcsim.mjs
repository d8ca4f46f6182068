// Starts mcsim with our panel and one firmware, each in a world of its own, so that a dimmer and a lamp run side by side.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { tool } from "./sdk.mjs";
import { listen } from "./xsbug.mjs";

const devices = fileURLToPath(new URL("./devices", import.meta.url));
const app = "tech.moddable.mcsim";

/** Pixels: both devices fit on a small screen, side by side. */
export const window_default = { x: 40, y: 40, width: 740, height: 560 };

/** Preferences with dark colors, until the user chooses others in the menu of mcsim. */
function firstPreferences(home, { x, y, width, height }, colors) {
	mkdirSync(path.join(home, app), { recursive: true });
	const write = (name, text) => existsSync(path.join(home, name)) || writeFileSync(path.join(home, name), text);
	write(
		`${app}.main.json`,
		JSON.stringify({ colors: colors === "light" ? 0 : 1, controlsCurrent: 250, controlsStatus: true, infoStatus: false }),
	);
	write(`${app}.ini`, `[window]\nfullscreen=false\nmaximized=false\nx=${x}\ny=${y}\nwidth=${width}\nheight=${height}\n`);
}

/**
 * `home` keeps this simulator's preferences; `display` is an X display other than the user's; `colors` is light or dark (default). The handlers are
 * those of xsbug.mjs; with XSBUG_PORT set, mcsim uses the debugger that listens on that port. Resolves with `{ child, ended, collect, stop }`.
 */
export async function startMcsim(sdk, { library, home, display, window = {}, colors, ...handlers }) {
	firstPreferences(home, { ...window_default, ...window }, colors);
	const debuggers = process.env.XSBUG_PORT ? undefined : await listen(handlers);
	const env = {
		...sdk.env,
		GTK_THEME: process.env.GTK_THEME ?? (colors === "light" ? "Adwaita" : "Adwaita:dark"),
		// mcsim copies the firmware to its configuration folder: two simulators must not share a folder.
		XDG_CONFIG_HOME: home,
		// A second mcsim would pass its firmware to the first over D-Bus, and exit.
		DBUS_SESSION_BUS_ADDRESS: "disabled:",
		...(debuggers ? { XSBUG_HOST: "127.0.0.1", XSBUG_PORT: String(debuggers.port) } : {}),
		...(display ? { DISPLAY: display, GDK_BACKEND: "x11" } : {}),
	};
	// A write to a connection that the broker has reset must not end mcsim: it inherits the ignored signal.
	const child = spawn("sh", ["-c", 'trap "" PIPE; exec "$0" "$@"', tool(sdk.bin, "mcsim"), devices, library], {
		env,
		stdio: ["ignore", "ignore", "pipe"],
	});
	let complaints = "";
	child.stderr.setEncoding("utf8").on("data", (text) => {
		complaints = (complaints + text).slice(-2000);
	});
	const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, complaints })));
	ended.then(() => debuggers?.close());
	return {
		child,
		ended,
		collect: debuggers?.collect,
		stop() {
			child.kill();
			return ended;
		},
	};
}
