// The start of a board: with the words of the mcconfig line, with the settings that the setup page has saved, or with the page itself.
// The rule is one sentence: with ssid on the mcconfig line, all settings are on that line; without it, they are entered on the page.
import { type Entered, names } from "./fields.js";
import type { Reason, Saved } from "./saved.js";

/** `mc/config`: words of the mcconfig line are text, defaults of the manifest may be numbers. */
export type Words = Readonly<Record<string, unknown>>;

export interface PageNeeds {
	/** The password of the access point. */
	password: string;
	presets: Entered;
	/** Undefined: no settings are saved yet, or none that the board can start with. Then the page stays open until some are saved. */
	reason: Reason | undefined;
	/** Why the board cannot start with the saved settings. */
	fault?: string;
}

export type Start =
	| { words: Words; page?: undefined /** The words are from the page, and so perhaps wrong. */; saved?: { proven: boolean } }
	| { words?: undefined; page: PageNeeds; saved?: undefined };

function word(words: Words, name: string): string {
	const value = words[name];
	return value === undefined || value === null ? "" : String(value);
}

/**
 * The password of the access point, from the mcconfig line: WPA2's, 8 to 63 printable characters of ASCII. There is no default: a password in a
 * public source does not protect, and neither does an open access point.
 */
function passwordOf(words: Words): string {
	const password = word(words, "setup_password");
	if (password === "")
		throw new Error(
			"config: ssid is missing, as in: mcconfig -d -m -p esp32 role=lamp ssid=… password=… broker=…  or, to enter all that on a phone: mcconfig -d -m -p esp32 setup_password=…",
		);
	let fits = password.length >= 8 && password.length <= 63;
	for (let i = 0; i < password.length; i++) if (password[i] < " " || password[i] > "~") fits = false;
	if (!fits) throw new Error("config: setup_password must have 8 to 63 letters without accents, digits and signs");
	return password;
}

/**
 * `refusal`: why the board cannot start with these words, where other words on the page would mend that; or undefined. Without a page, no words are
 * refused here. Throws an error whose message begins with `config:` and names the option. Takes the reason to open the page from the storage.
 */
export function begin(words: Words, saved: Saved, refusal: (words: Words) => string | undefined): Start {
	// Settings from the page do not overrule those that came by cable; and there is no page to do so.
	if (word(words, "ssid") !== "") return { words };
	const had = saved.read();
	const reason = saved.takeReason();
	const unable = word(words, "setup_password") === "";
	const all = { ...words, ...had?.entered };
	const fault = had === undefined || unable ? undefined : refusal(all);
	if (had !== undefined && fault === undefined && (reason === undefined || unable)) return { words: all, saved: { proven: had.proven } };
	const presets = {} as Entered;
	for (const name of names) presets[name] = word(words, name);
	const page: PageNeeds = { password: passwordOf(words), presets, reason: had === undefined ? undefined : reason };
	return { page: fault === undefined ? page : { ...page, reason: undefined, fault } };
}
