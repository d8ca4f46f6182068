// Names and passwords of the users of the desk's broker: one for each role, in a file that only its owner may read. Made once, when the
// broker is first opened to a network.
import { createHash, randomInt, timingSafeEqual } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { type User, users } from "./broker/permissions.js";
import { readSecret } from "./password.js";
import { Refusal } from "./refusal.js";

export const credentialsFile = "credentials.json";

/** Without letters and digits that look alike. */
const letters = "abcdefghjkmnpqrstuvwxyz23456789";
/** Four groups of four: 31^16, 79 bits. */
const groups = 4;
/** The least length of a password that the user sets. */
const password_min = 8;

export class Credentials {
	readonly file: string;
	readonly #passwords: Readonly<Record<User, string>>;

	constructor(file: string, passwords: Readonly<Record<User, string>>) {
		this.file = file;
		this.#passwords = passwords;
	}

	/** The user with this password, or `undefined`. The time that it takes reveals nothing of the password. */
	check(name: string, password: Uint8Array | string): User | undefined {
		const user = users.find((one) => one === name);
		const same = timingSafeEqual(digest(password), digest(this.#passwords[user ?? "bridge"]));
		return same ? user : undefined;
	}

	password(user: User): string {
		return this.#passwords[user];
	}

	/** A line for each user. */
	get table(): string {
		const width = Math.max(...users.map((user) => user.length));
		return users.map((user) => `${user.padEnd(width)}  ${this.#passwords[user]}`).join("\n");
	}
}

/** Reads `file`. Throws a `Refusal` that names the file and what to do, and repeats nothing of its content. */
export function readCredentials(file: string): Credentials {
	let text: string;
	try {
		text = readSecret(file).toString();
	} catch (error) {
		throw new Refusal(`the credentials in ${file} cannot be used: ${(error as Error).message}`, 1);
	}
	return new Credentials(file, understood(text, file));
}

/** Reads the credentials of the state folder, or makes them. */
export function keptCredentials(folder: string): { credentials: Credentials; made: boolean } {
	const file = path.join(folder, credentialsFile);
	if (fs.existsSync(file)) return { credentials: readCredentials(file), made: false };
	const passwords = Object.fromEntries(users.map((user) => [user, makePassword()])) as Record<User, string>;
	try {
		fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
		fs.writeFileSync(file, `${JSON.stringify(passwords, null, "\t")}\n`, { mode: 0o600, flag: "wx", flush: true });
	} catch (error) {
		// Another desk has made credentials meanwhile: those are valid.
		if ((error as NodeJS.ErrnoException).code === "EEXIST") return { credentials: readCredentials(file), made: false };
		const { message } = error as Error;
		throw new Refusal(`the credentials cannot be kept in ${file}: ${message}; choose another --state FOLDER, or say --open-to-all`, 1);
	}
	return { credentials: new Credentials(file, passwords), made: true };
}

function understood(text: string, file: string): Record<User, string> {
	let given: unknown;
	try {
		given = JSON.parse(text);
	} catch {
		given = undefined;
	}
	if (typeof given !== "object" || given === null || Array.isArray(given))
		throw new Refusal(`the credentials in ${file} cannot be used: it is no JSON object of users and passwords`, 1);
	const values = given as Record<string, unknown>;
	for (const name of Object.keys(values)) {
		if (!users.some((user) => user === name))
			throw new Refusal(`the credentials in ${file} cannot be used: there is no user "${name}", there are ${users.join(", ")}`, 1);
	}
	for (const user of users) {
		const password = values[user];
		if (typeof password !== "string" || password.length < password_min)
			throw new Refusal(`the credentials in ${file} cannot be used: "${user}" needs a password of ${password_min} characters at least`, 1);
	}
	return values as Record<User, string>;
}

function makePassword(): string {
	const group = () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join("");
	return Array.from({ length: groups }, group).join("-");
}

function digest(text: Uint8Array | string): Buffer {
	return createHash("sha256").update(text).digest();
}
