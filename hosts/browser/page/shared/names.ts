// The names that a device may have.
import { checkId } from "../../../../src/light/topics.js";
import { utf8Length } from "../../../../src/mqtt/bytes/utf8.js";

/** `lamp-`, the name, and `-2` behind it, are 23 bytes: every broker takes a client id of that length [MQTT-3.1.3-5]. */
export const name_max_bytes = 16;

/** Why `name` cannot be a device's name; `""`: it can. */
export function nameFault(name: string): string {
	try {
		checkId(name);
	} catch (error) {
		return (error as Error).message.replace(/^id: /, "");
	}
	const bytes = utf8Length(name);
	return bytes > name_max_bytes ? `${bytes} bytes are too long; ${name_max_bytes} is the most` : "";
}

/** The next name to offer where `name` is taken: anna, anna-2, anna-3. */
export function nextName(name: string): string {
	const [, stem = name, number = "1"] = /^(.*?)(?:-(\d{1,3}))?$/s.exec(name) ?? [];
	const end = `-${Number(number) + 1}`;
	const letters = [...stem];
	while (utf8Length(letters.join("") + end) > name_max_bytes) letters.pop();
	return letters.join("") + end;
}
