// Admits clients where the broker checks credentials: with a user's name and its password, and with an id that belongs to no other user.
import { bad_credentials, not_authorized } from "./connack.js";
import type { Hello } from "./packets.js";
import type { Permissions, Rights, User } from "./permissions.js";

export interface GuardOptions {
	/** The user with this password; `undefined`: there is none. */
	check(name: string, password: Uint8Array | string): User | undefined;
	readonly permissions: Permissions;
	/** Where the passwords are, in words for the log. */
	readonly advice: string;
}

export class Guard {
	readonly #options: GuardOptions;

	constructor(options: GuardOptions) {
		this.#options = options;
	}

	/**
	 * The client's rights; or the CONNACK return code that refuses it, and why. `owner`: the user to whom its id belongs, as long as that id is
	 * connected or has a session: another user would get its messages, and publish in its name.
	 */
	admit({ id, user, password }: Hello, owner: User | undefined): Rights | { code: number; why: string } {
		const { check, permissions, advice } = this.#options;
		if (user === undefined || password === undefined)
			return { code: not_authorized, why: `gave no ${user === undefined ? "user name" : "password"}; ${advice}` };
		const known = check(user, password);
		if (known === undefined) return { code: bad_credentials, why: `gave a user name or a password that is not right; ${advice}` };
		if (owner === undefined || owner === known) return permissions.of(known, id);
		return { code: not_authorized, why: `came as ${known}, but its id belongs to a ${owner}: give it another id` };
	}
}
