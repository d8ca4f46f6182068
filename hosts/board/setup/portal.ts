// The answers of the setup page: the routes, the requests that may change settings, and the settings that are saved.
import { brokersOf } from "../../xs/broker-option.js";
import { brokerWarning } from "../checks.js";
import { type Answer, html, notAllowed, plain, redirect } from "./answer.js";
import { type Ca, check, checkCa, type Entered, type Faults, names, type ReadCa } from "./fields.js";
import { escapeHtml, formPage, plainPage } from "./page.js";
import { type Body, type Head, Request } from "./request.js";
import type { Reason, Saved } from "./saved.js";
import { form_max_bytes, parseForm, secureForm_max_bytes } from "./urlencoded.js";

export interface PortalOptions {
	saved: Saved;
	/** This server in a browser's `Host` header: the address, with `:port` unless the port is 80. */
	host: string;
	id: string;
	/** The content of the fields while no settings are saved: the words of the mcconfig line. Its passwords are not shown. */
	presets: Readonly<Entered>;
	networks?: readonly string[];
	reason?: Reason;
	/** Why the board cannot start with the saved settings. */
	fault?: string;
	/** Takes a signed firmware image (hosts/board/update). */
	update?: (head: Head) => Body<Answer> | { answer: Answer };
	/** In an image with TLS: reads the field of the broker's CA. */
	readCa?: ReadCa;
	/** The page is in use: its ten minutes begin anew. */
	onVisit?(): void;
	/** The answer is sent. The saved settings take effect with a restart. */
	onDone(): void;
}

const notices = Object.freeze({
	asked: "",
	failed: "The board did not get into the Wi-Fi with what was entered. Is its name right, and its password?",
	unanswered:
		"The board is in your Wi-Fi, but has not come to the broker with what was entered. Does the broker run, is its address right, and do user and password fit?",
});

const restarting =
	"The board restarts and joins your Wi-Fi; this access point goes away. If it comes back after three minutes, the board did not reach the broker: look here again.";

export class Portal {
	readonly #options: PortalOptions;

	constructor(options: PortalOptions) {
		this.#options = options;
	}

	/** Reads one request. */
	request(): Request<Answer> {
		return new Request<Answer>({
			onHead: (head) => this.#route(head),
			onFault: (status) => plain(status, "This request cannot be read."),
		});
	}

	#route(head: Head): Body<Answer> | { answer: Answer } {
		const { host, saved, onVisit } = this.#options;
		const query = head.path.indexOf("?");
		const path = query < 0 ? head.path : head.path.slice(0, query);
		if (head.method === "GET" || head.method === "HEAD") {
			const answer = this.#get(head.host, path);
			return { answer: head.method === "GET" ? answer : { ...answer, bytes: answer.bytes.subarray(0, answer.head) } };
		}
		const update = head.method === "PUT" && path === "/update" ? this.#options.update : undefined;
		if (head.method !== "POST" && update === undefined) return { answer: notAllowed("GET, HEAD, POST") };
		// A page of another server, open on the same phone, can post here too, but with the origin of that server. curl sends no origin.
		if (head.host !== host || (head.origin !== undefined && head.origin !== `http://${host}`))
			return { answer: plain(403, "Only this page itself may change anything.") };
		onVisit?.();
		if (update !== undefined) {
			// A new firmware that does not reach the broker is taken back: without settings it cannot reach the broker.
			if (saved.read() === undefined) return { answer: plain(409, "Save the settings first.") };
			return update(head);
		}
		const act = path === "/save" ? this.#save : path === "/forget" ? this.#forget : undefined;
		if (act === undefined) return { answer: plain(404, "There is nothing here.") };
		if (head.type !== "application/x-www-form-urlencoded") return { answer: plain(415, "A form is expected.") };
		const most = this.#options.readCa === undefined ? form_max_bytes : secureForm_max_bytes;
		if (head.length > most)
			return {
				answer: plain(
					413,
					`The form is too long: it has ${head.length} bytes, and may have ${most}. Go back; of a CA enter its PEM alone.`,
				),
			};
		const bytes = new Uint8Array(head.length);
		let at = 0;
		return {
			take(part) {
				bytes.set(part, at);
				at += part.length;
			},
			end: () => {
				const fields = parseForm(bytes, most);
				return fields === undefined ? plain(400, "The form cannot be read.") : act.call(this, fields);
			},
		};
	}

	#get(host: string, path: string): Answer {
		// Another host name than ours: a phone tests whether it is online, or another server's name leads here. The answer is a redirect alone.
		if (host !== this.#options.host || path !== "/") return redirect(`http://${this.#options.host}/`);
		this.#options.onVisit?.();
		return html(200, this.#form(this.#values(), {}, false));
	}

	#values(): Readonly<Entered> {
		return this.#options.saved.read()?.entered ?? this.#options.presets;
	}

	/** The CA that is kept for the same broker, if it belongs to the saved settings. */
	#kept(): string | undefined {
		const { saved } = this.#options;
		return saved.authority() === undefined ? undefined : saved.read()?.ca;
	}

	/** The saved CA, for people; empty: the CA of the image is in force. */
	#inForce(readCa: ReadCa): string {
		const pem = this.#options.saved.authority();
		try {
			return pem === undefined ? "" : readCa(pem).shown;
		} catch {
			return "";
		}
	}

	#form(values: Readonly<Entered>, faults: Faults, own: boolean): string {
		const { id, saved, networks = [], reason, fault, readCa } = this.#options;
		const had = saved.read()?.entered;
		return formPage({
			id,
			values,
			faults,
			schemes: saved.schemes,
			ca: readCa && { own, inForce: this.#inForce(readCa) },
			kept: { password: (had?.password ?? "") !== "", mqtt_password: (had?.mqtt_password ?? "") !== "" },
			saved: had !== undefined,
			networks,
			update: had !== undefined && this.#options.update !== undefined,
			notice: fault !== undefined ? `The board cannot start with what was entered. ${fault}` : reason === undefined ? "" : notices[reason],
		});
	}

	#save(fields: ReadonlyMap<string, string>): Answer {
		const { saved, onDone, networks = [], readCa } = this.#options;
		const entered = {} as Entered;
		for (const name of names) entered[name] = fields.get(name) ?? "";
		// A space at the end comes from a phone's keyboard by mistake; but in a password it may be meant, and the name of a listed Wi-Fi is taken as
		// it is.
		for (const name of ["broker", "port", "topic", "mqtt_user"] as const) entered[name] = entered[name].trim();
		if (!networks.includes(entered.ssid)) entered.ssid = entered.ssid.trim();
		// An empty password field keeps the password for the same Wi-Fi or broker alone: no other Wi-Fi or broker may get it.
		const had = saved.read()?.entered;
		if (had !== undefined) {
			if (entered.password === "" && entered.ssid === had.ssid) entered.password = had.password;
			const sameBroker = entered.broker === had.broker && entered.port === had.port && entered.mqtt_user === had.mqtt_user;
			if (entered.mqtt_password === "" && sameBroker) entered.mqtt_password = had.mqtt_password;
		}
		const faults = check(entered, saved.schemes);
		const pem = readCa ? (fields.get("ca") ?? "").trim() : "";
		const own = readCa !== undefined && fields.get("ca_own") === "yes";
		let ca: Ca | string | undefined;
		if (readCa && pem !== "") {
			const found = checkCa(pem, own, entered, saved.schemes, readCa);
			if (typeof found === "string") faults.ca = found;
			else ca = found;
		} else if (!own && had !== undefined && entered.broker === had.broker && entered.port === had.port) ca = this.#kept();
		// a text with a private key was entered by mistake, and is a secret
		const typed = pem.includes("PRIVATE KEY") ? "" : pem;
		if (Object.keys(faults).length > 0) return html(422, this.#form(entered, faults, own), undefined, escapeHtml(typed));
		try {
			saved.save(entered, ca);
		} catch {
			return html(500, plainPage("Not saved", "The board's storage took nothing. What was saved before still stands."));
		}
		const warning = brokerWarning(brokersOf(entered.broker, entered.port, entered.mqtt_user, saved.schemes));
		return html(200, plainPage("Saved", warning === undefined ? restarting : `${warning} ${restarting}`), onDone);
	}

	#forget(fields: ReadonlyMap<string, string>): Answer {
		const { saved, onDone } = this.#options;
		if (fields.get("sure") !== "yes") return plain(400, "Nothing has been forgotten.");
		saved.forget();
		return html(200, plainPage("Forgotten", "The board restarts, and this access point opens again, with empty fields."), onDone);
	}
}
