// Credentials on the HTTP port, where the broker checks them: the same names and passwords. A page sends them once and gets a cookie, since an
// EventSource can send no other credentials; a program sends them with each request (Basic, RFC 7617).
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Permissions, User } from "../broker/permissions.js";
import { users } from "../broker/permissions.js";
import type { Answers } from "./answer.js";
import { readObject, textIn } from "./body.js";

/** A wrong password is answered after this time, so that an attacker cannot try many. */
const wrong_ms = 1_000;

export interface LoginOptions {
	check(name: string, password: string): User | undefined;
	readonly permissions: Permissions;
	/** A client has sent a wrong name or password. */
	refused(request: IncomingMessage): void;
}

export class Login {
	readonly #options: LoginOptions;
	/** The key of this process's cookies: after a restart a page signs in again by itself. */
	readonly #key = randomBytes(32);

	constructor(options: LoginOptions) {
		this.#options = options;
	}

	/** The user of this request, if its credentials are right. */
	userOf(request: IncomingMessage): User | undefined {
		const { authorization = "", cookie = "" } = request.headers;
		const [, basic] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization) ?? [];
		if (basic !== undefined) {
			const [, name = "", password = ""] = /^([^:]*):(.*)$/s.exec(Buffer.from(basic, "base64").toString()) ?? [];
			return this.#options.check(name, password);
		}
		for (const pair of cookie.split(/; */)) {
			const [name, value = ""] = pair.split(/=(.*)/s);
			if (name === cookieName(request)) return users.find((user) => same(value, this.#token(user)));
		}
		return undefined;
	}

	/** Whether the sender of this request may read the messages of `filter`. */
	mayRead(request: IncomingMessage, filter: string): boolean {
		const user = this.userOf(request);
		return user !== undefined && this.#options.permissions.of(user, "").maySubscribe(filter);
	}

	/** POST `/api/login` with `{user, password}`. */
	async signIn(request: IncomingMessage, response: ServerResponse, answers: Answers): Promise<void> {
		const given = (await readObject(request)) ?? {};
		const user = this.#options.check(textIn(given, "user"), textIn(given, "password"));
		if (user === undefined) {
			this.#options.refused(request);
			await pause(wrong_ms);
			return answers.json(request, response, { fault: "This name and this password do not belong together." }, 403);
		}
		// Hidden from scripts, not sent by pages of other sites, and gone with the browser's session.
		response.setHeader("set-cookie", `${cookieName(request)}=${this.#token(user)}; Path=/api; HttpOnly; SameSite=Strict`);
		answers.json(request, response, { user });
	}

	#token(user: User): string {
		return createHmac("sha256", this.#key).update(user).digest("base64url");
	}
}

/** Cookies are the same for all ports of a host: two desks of one machine must not take each other's cookie. */
function cookieName({ socket }: IncomingMessage): string {
	return `lampwire-${socket.localPort}`;
}

function same(one: string, other: string): boolean {
	const [a, b] = [Buffer.from(one), Buffer.from(other)];
	return a.length === b.length && timingSafeEqual(a, b);
}
