// Whether the desk's broker checks credentials, by the options of the command line, and everything that follows from it.
import { Guard } from "./broker/guard.js";
import { Permissions, type User } from "./broker/permissions.js";
import { type Credentials, keptCredentials, readCredentials } from "./credentials.js";
import type { Emit } from "./events.js";
import { Login } from "./http/login.js";
import { isLoopback } from "./listen.js";
import type { Settings } from "./options.js";

/** The preset of Home Assistant. */
const discovery_prefix = "homeassistant";
/** The command that prints the credentials. */
export const showCommand = "npx lampwire broker --show-credentials";

export class Protection {
	readonly guard: Guard;
	readonly login: Login;
	readonly #credentials: Credentials;

	/** `undefined`: no credentials are checked, because only this machine can connect, or because of `openToAll`. Throws a `Refusal`. */
	static of(settings: Settings, emit: Emit): Protection | undefined {
		const { host, openToAll, credentials: file, state } = settings;
		if (openToAll || (file === undefined && isLoopback(host))) return undefined;
		if (file !== undefined) return new Protection(readCredentials(file), settings, emit);
		const { credentials, made } = keptCredentials(state);
		if (made) tellMade(credentials, emit);
		return new Protection(credentials, settings, emit);
	}

	private constructor(credentials: Credentials, { topic, discovery = discovery_prefix, filter }: Settings, emit: Emit) {
		this.#credentials = credentials;
		const permissions = new Permissions(topic, discovery, filter);
		const check = (name: string, password: Uint8Array | string) => credentials.check(name, password);
		const advice = `a board is flashed with mqtt_user=… mqtt_password=…, the page asks for them; "${showCommand}" prints them`;
		this.guard = new Guard({ check, permissions, advice });
		this.login = new Login({
			check,
			permissions,
			refused: ({ socket }) =>
				emit("log", `the page at ${socket.remoteAddress} gave a user name or a password that is not right; ${advice}`),
		});
	}

	/** The credentials of a client in this process. */
	as(user: User): { user: string; password: string } {
		return { user, password: this.#credentials.password(user) };
	}
}

/** Prints new credentials, once, and only on a terminal: elsewhere they would end up in a log. */
function tellMade(credentials: Credentials, emit: Emit): void {
	emit(
		"log",
		`whoever comes by the network needs a user name and its password; they were made, and are kept in ${credentials.file}; "${showCommand}" prints them`,
	);
	if (process.stdout.isTTY) process.stdout.write(`\n${credentials.table}\n\n`);
}
