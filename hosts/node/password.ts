// The source of a password: the environment, or a file that its owner alone can read. Never the command line or a URL, which process lists and
// shell histories show.
import fs from "node:fs";
import { Refusal } from "./refusal.js";

/** The limit of MQTT 3.1.1 §3.1.3.5, in bytes. */
const password_max_bytes = 65_535;

/** Reads a file that holds a secret. Throws an `Error` in words, without its content, when it cannot be read, or others can read it too. */
export function readSecret(file: string): Buffer {
	try {
		const { mode } = fs.statSync(file);
		if (process.platform !== "win32" && mode & 0o077) throw new Error(`others can read it; say chmod 600 ${file}`);
		return fs.readFileSync(file);
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		throw new Error(code === "ENOENT" ? "there is no such file" : message);
	}
}

/** The password of `--password-file` or `LAMPWIRE_PASSWORD`; `undefined` where there is none. Throws a `Refusal` that does not repeat it. */
export function readPassword(file: string | undefined): string | undefined {
	// In a shell, an unset variable may become an empty text.
	const password = process.env.LAMPWIRE_PASSWORD || undefined;
	if (file === undefined) return password;
	if (password !== undefined) throw new Refusal("both --password-file and LAMPWIRE_PASSWORD are given: give one of them", 2);
	try {
		// an editor adds the end of the line
		const text = new TextDecoder("utf-8", { fatal: true }).decode(readSecret(file)).replace(/\r?\n$/, "");
		if (text === "") throw new Error("it is empty");
		if (/[\r\n]/.test(text)) throw new Error("it has more than one line");
		if (Buffer.byteLength(text) > password_max_bytes) throw new Error(`it has more than ${password_max_bytes} bytes`);
		return text;
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		throw new Refusal(
			`--password-file: ${file} cannot be used: ${code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "it is no UTF-8" : message}`,
			1,
		);
	}
}
