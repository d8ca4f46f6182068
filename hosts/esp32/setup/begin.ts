// What a board starts with: the words of the mcconfig line, what the setup page has saved, or the page itself.
// The rule is one sentence: who gives ssid on the mcconfig line gives everything there; who leaves it out gives it on the page.
import { type Entered, names } from "./fields.js";
import type { Reason, Saved } from "./saved.js";

/** `mc/config`: words of the line are text, defaults of the manifest may be numbers. */
export type Words = Readonly<Record<string, unknown>>;

export interface PageNeeds {
	/** Of the access point. */
	password: string;
	presets: Entered;
	/** Undefined: nothing is saved yet. Then the page stays open until something is. */
	reason: Reason | undefined;
}

export type Start =
	| { words: Words; page?: undefined /** From the page, and so perhaps wrong. */; saved?: { proven: boolean } }
	| { words?: undefined; page: PageNeeds; saved?: undefined };

function word(words: Words, name: string): string {
	const value = words[name];
	return value === undefined || value === null ? "" : String(value);
}

/**
 * The password of the access point, from the mcconfig line: WPA2's, 8 to 63 printable characters of ASCII. There is no default: one that stands in
 * a public source protects nobody, and neither does none.
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

/** Throws an error whose message begins with `config:` and names the option. Takes the reason to open the page from the storage. */
export function begin(words: Words, saved: Saved): Start {
	// What is given by cable is not overruled by what somebody once typed; and there is no page that could.
	if (word(words, "ssid") !== "") return { words };
	const had = saved.read();
	const reason = saved.takeReason();
	const unable = word(words, "setup_password") === "";
	if (had !== undefined && (reason === undefined || unable)) {
		const { entered, proven } = had;
		return { words: { ...words, ...entered }, saved: { proven } };
	}
	const presets = {} as Entered;
	for (const name of names) presets[name] = word(words, name);
	return { page: { password: passwordOf(words), presets, reason: had === undefined ? undefined : reason } };
}
