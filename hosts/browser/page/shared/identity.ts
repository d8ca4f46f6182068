// Which tab this is. An id that two tabs share is an endless duel at the broker: each connection throws the other out. sessionStorage keeps the
// id over a reload, but a duplicated tab gets a copy of it: so each tab claims its id before it uses it, and who has it already says so.
import { utf8Length } from "../../../../src/mqtt/bytes/utf8.js";
import { checkId } from "../../../../src/light/topics.js";

/** `lamp-` and `controller-` before it stay within the 23 bytes that every broker takes, or near it. */
export const name_max_bytes = 16;
const claim_ms = 150;
const key = "lampwire.id";
const channelName = "lampwire.id";

/** Half of a pair of random bytes each: 4 billion ids. */
function fresh(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(4));
	return `tab-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Why `name` cannot be a device's name; `""`: it can. */
export function nameFault(name: string): string {
	try {
		checkId(name);
	} catch (error) {
		return error instanceof Error ? error.message.replace(/^id: /, "") : String(error);
	}
	return utf8Length(name) > name_max_bytes ? `${utf8Length(name)} bytes are too long; ${name_max_bytes} is the most` : "";
}

/** The next name to offer where `name` is taken: anna → anna-2 → anna-3. */
export function nextName(name: string): string {
	const [, stem = name, number = "1"] = /^(.*?)(?:-(\d{1,3}))?$/s.exec(name) ?? [];
	const end = `-${Number(number) + 1}`;
	let start = stem;
	while (utf8Length(start + end) > name_max_bytes) start = [...start].slice(0, -1).join("");
	return start + end;
}

export class Identity {
	/** `""` until it is claimed. */
	id = "";
	#channel: BroadcastChannel | undefined;
	/** Orders those who claim the same id at the same time. */
	readonly #rank = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
	#claiming = "";
	#lost = false;

	/** Resolves to an id that no other tab of this browser has. */
	async claim(): Promise<string> {
		this.#open();
		for (let wanted = kept() ?? fresh(); ; wanted = fresh()) {
			if (await this.#free(wanted)) {
				this.use(wanted);
				return wanted;
			}
		}
	}

	/** The user's own choice: from now on this tab is `id`. */
	use(id: string): void {
		this.id = id;
		this.#claiming = "";
		try {
			sessionStorage.setItem(key, id);
		} catch {
			// Storage may be switched off; then a reload makes another device.
		}
	}

	/** The page is put away: it may come back, and must not keep others from being frozen with it. */
	pause(): void {
		this.#channel?.close();
		this.#channel = undefined;
	}

	resume(): void {
		this.#open();
	}

	async #free(wanted: string): Promise<boolean> {
		this.#lost = false;
		this.#claiming = wanted;
		this.#channel?.postMessage({ claim: wanted, rank: this.#rank });
		await new Promise((resolve) => setTimeout(resolve, claim_ms));
		return !this.#lost;
	}

	#open(): void {
		if (this.#channel !== undefined || typeof BroadcastChannel !== "function") return;
		this.#channel = new BroadcastChannel(channelName);
		this.#channel.onmessage = ({ data }: MessageEvent<{ claim?: string; rank?: number; taken?: string }>) => {
			if (data.taken === this.#claiming) this.#lost = true;
			if (data.claim === undefined) return;
			const mine = data.claim === this.id || (data.claim === this.#claiming && this.#rank > (data.rank ?? 0));
			if (mine) this.#channel?.postMessage({ taken: data.claim });
		};
	}
}

function kept(): string | undefined {
	try {
		const id = sessionStorage.getItem(key);
		return id !== null && nameFault(id) === "" ? id : undefined;
	} catch {
		return undefined;
	}
}
