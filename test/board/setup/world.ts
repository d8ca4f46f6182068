// A board under setup, in Node: its storage, its server's sockets, and settings that are well.
import type { Entered } from "../../../hosts/board/setup/fields.js";
import { Portal, type PortalOptions } from "../../../hosts/board/setup/portal.js";
import { Saved, type Store } from "../../../hosts/board/setup/saved.js";

export const good: Readonly<Entered> = Object.freeze({
	role: "lamp",
	ssid: "home",
	password: "wifi-secret",
	broker: "192.168.1.10",
	port: "1883",
	topic: "light",
	mqtt_user: "anna",
	mqtt_password: "broker-secret",
});
export const secrets = [good.password, good.mqtt_password];
export const presets: Readonly<Entered> = Object.freeze({
	...good,
	role: "",
	ssid: "",
	password: "",
	broker: "",
	mqtt_user: "",
	mqtt_password: "",
});

/** A storage that forgets nothing, keeps what `Store` demands, and can lose its power before any write. */
export class Flash implements Store {
	readonly values = new Map<string, string>();
	/** Writes until the power goes. */
	left = Number.POSITIVE_INFINITY;
	writes = 0;

	read(key: string): string | undefined {
		return this.values.get(key);
	}

	write(key: string, value: string): void {
		if (!/^[a-z0-9_]{1,15}$/.test(key)) throw new Error(`store: ${key} is no key`);
		if (Buffer.byteLength(value) > 3_999 || value.includes("\0")) throw new Error("store: too long");
		if (this.values.get(key) === value) return;
		if (this.left-- <= 0) throw new PowerCut();
		this.writes++;
		this.values.set(key, value);
	}
}

export class PowerCut extends Error {}

export class Board {
	readonly flash: Flash;
	readonly saved: Saved;
	done = 0;
	visits = 0;
	readonly portal: Portal;

	constructor(options: Partial<PortalOptions> = {}, flash = new Flash()) {
		this.flash = flash;
		this.saved = options.saved ?? new Saved(flash);
		this.portal = new Portal({
			saved: this.saved,
			host: "192.168.4.1",
			id: "a1b2c3",
			presets,
			onVisit: () => this.visits++,
			onDone: () => this.done++,
			...options,
		});
	}

	/** Sends bytes in pieces of `size`, and gives what comes back. */
	raw(text: string, size = Number.POSITIVE_INFINITY): Reply | undefined {
		const bytes = new TextEncoder().encode(text);
		const request = this.portal.request();
		for (let at = 0; at < bytes.length; at += size) {
			const answer = request.take(bytes.subarray(at, at + size));
			if (answer) return new Reply(new TextDecoder().decode(answer.bytes), answer.whenSent);
		}
		return undefined;
	}

	get(path = "/", headers: Record<string, string> = {}): Reply {
		return this.raw(head("GET", path, { Host: "192.168.4.1", ...headers })) as Reply;
	}

	post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}, size?: number): Reply {
		const body = new URLSearchParams(fields).toString();
		const all = {
			Host: "192.168.4.1",
			Origin: "http://192.168.4.1",
			"Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
			"Content-Length": String(body.length),
			...headers,
		};
		return this.raw(head("POST", path, all) + body, size) as Reply;
	}
}

function head(method: string, path: string, headers: Record<string, string>): string {
	return `${method} ${path} HTTP/1.1\r\n${Object.entries(headers)
		.filter(([, value]) => value !== "-")
		.map(([name, value]) => `${name}: ${value}\r\n`)
		.join("")}\r\n`;
}

export class Reply {
	readonly text: string;
	readonly whenSent: (() => void) | undefined;

	constructor(text: string, whenSent?: () => void) {
		this.text = text;
		this.whenSent = whenSent;
	}

	get status(): number {
		return Number(/^HTTP\/1\.1 (\d{3}) [A-Z]/.exec(this.text)?.[1]);
	}

	header(name: string): string | undefined {
		return new RegExp(`^${name}: (.*)\r$`, "im").exec(this.text.slice(0, this.text.indexOf("\r\n\r\n") + 2))?.[1];
	}

	get body(): string {
		return this.text.slice(this.text.indexOf("\r\n\r\n") + 4);
	}
}
