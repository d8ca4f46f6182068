// The sentence under the bar. It is a live region: its words change at most once a second, and a countdown beside them is not spoken.
import { join } from "./config.js";
import { h, mark, say } from "./h.js";
import type { Notice } from "./words.js";

const quiet_ms = 1_000;

export interface Answers {
	tryNow(): void;
	rename?(name: string): void;
	signIn(user: string, password: string): void;
}

export class NoticeView {
	readonly #element: HTMLElement;
	readonly #answers: Answers;
	readonly #words = h("p");
	readonly #aside = h("span", { "aria-hidden": "true", class: "quiet" });
	readonly #rest = h("div", { class: "rest" });
	#shown: Notice | undefined;
	#at = -Infinity;

	/** `element` has the words; buttons and forms are put behind it. */
	constructor(element: HTMLElement, answers: Answers) {
		this.#element = element;
		this.#answers = answers;
		element.setAttribute("role", "status");
		element.hidden = false;
		element.append(this.#words);
		const box = h("div", { class: "notice", "data-empty": true });
		element.classList.remove("notice");
		element.replaceWith(box);
		box.append(element, this.#aside, this.#rest);
	}

	/** `now` in milliseconds; called again by the page's clock, so that words that came too soon are shown later. */
	show(notice: Notice | undefined, now: number): void {
		const words = notice?.words ?? "";
		if (words !== (this.#shown?.words ?? "")) {
			if (now - this.#at < quiet_ms) return;
			this.#at = now;
			say(this.#words, words);
			const box = this.#element.parentElement as HTMLElement;
			mark(box, "data-empty", words === "" ? "" : undefined);
		}
		say(this.#aside, notice?.aside ?? "");
		const kind = notice?.form ?? notice?.button;
		if (kind !== (this.#shown?.form ?? this.#shown?.button)) this.#offer(notice);
		this.#shown = notice;
	}

	#offer(notice: Notice | undefined): void {
		this.#rest.replaceChildren();
		if (notice?.form === "login") this.#rest.append(this.#login());
		else if (notice?.button !== undefined) {
			const { button, act } = notice;
			const click = () => {
				if (act === "rename") this.#answers.rename?.(button);
				else if (act === "reload") location.reload();
				else if (act === "join") void join().then(() => this.#answers.tryNow());
				else this.#answers.tryNow();
			};
			this.#rest.append(h("button", { type: "button", click }, button));
		}
	}

	#login(): HTMLElement {
		const field = (label: string, type: string, autocomplete: "username" | "current-password") => {
			const input = h("input", { type, autocomplete, "aria-label": label, placeholder: label, required: true, name: autocomplete });
			return input;
		};
		const user = field("Name", "text", "username");
		const password = field("Password", "password", "current-password");
		const submit = (event: Event) => {
			event.preventDefault();
			this.#answers.signIn(user.value, password.value);
		};
		return h(
			"form",
			{ class: "login", submit },
			user,
			password,
			h("button", { type: "submit" }, "Sign in"),
			h("span", { class: "quiet" }, "Kept in this tab only."),
		);
	}
}
