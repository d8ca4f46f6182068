// The teacher's orders over HTTP: POST `/api/class` with the key. Without the key, a request changes nothing, and its answer has no data.
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answers } from "../http/answer.js";
import { readObject, textIn } from "../http/body.js";
import { type Invitation, withLogin } from "../http/invitation.js";
import { qrModules } from "../http/qr.js";
import type { Classroom } from "./classroom.js";

/** Pages that a QR code may lead to. */
const ways: readonly string[] = ["lamp", "knob", ""];

interface Order {
	key: string;
	do: string;
	/** A client's id, or a name. */
	id: string;
	label: string;
	level: number;
	/** Where the QR code leads: `lamp`, `knob` or the front page. */
	way: string;
	/** The mark of a tab. */
	mark: string;
}

export class ClassApi {
	readonly #room: Classroom;
	readonly #answers: Answers;
	/** The page's URL for phones, and its credentials; `undefined`: no phone can reach it. */
	readonly #phones: () => Invitation | undefined;
	/** The last code, kept because the teacher's page asks for it once a second. */
	#qr = { text: "", rows: [] as string[] };

	constructor(room: Classroom, answers: Answers, phones: () => Invitation | undefined) {
		this.#room = room;
		this.#answers = answers;
		this.#phones = phones;
	}

	/** An order of the teacher. */
	async order(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const order = await readOrder(request);
		if (order === undefined) return this.#say(request, response, 400, "This is no order.");
		if (!isKey(order.key, this.#room.key)) return this.#say(request, response, 403, "This key is not the one that the desk has printed.");
		const fault = this.#obey(order);
		if (fault !== undefined) return this.#say(request, response, 409, fault);
		this.#answers.json(request, response, { ...this.#room.view(), ...this.#invitation(order.way) });
	}

	/** A phone that was taken out comes back. It sends no key, but its own mark. */
	async join(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const order = await readOrder(request);
		if (order === undefined) return this.#say(request, response, 400, "This is no order.");
		if (!this.#room.joins(order.mark)) return this.#say(request, response, 409, "This phone was not taken out, or is kept out.");
		this.#answers.json(request, response, {});
	}

	/** Carries out the order. Returns why that is not possible. */
	#obey({ do: what, id, label, level }: Order): string | undefined {
		const room = this.#room;
		const missing = "There is nobody of this name any more.";
		if (what === "look") return undefined;
		else if (what === "freeze") room.hold(true);
		else if (what === "let go") room.hold(false);
		else if (what === "close") room.open(false);
		else if (what === "open") room.open(true);
		else if (what === "sweep") room.sweep();
		else if (what === "set") {
			if (!Number.isInteger(level) || level < 0 || level > 254) return "A level is a whole number from 0 to 254.";
			room.set(level);
		} else if (what === "rename") return room.label(id, label.trim()) ? undefined : missing;
		else if (what === "take out" || what === "keep out") return room.takeOut(id, what === "keep out") ? undefined : missing;
		else if (what === "let in") return room.letIn(id) ? undefined : missing;
		else return "This is no order.";
		return undefined;
	}

	/** The URL for phones, the desk's credentials, and the QR code of both: a text of 0 and 1 for each row, its margin included. */
	#invitation(way: string): { url: string | null; login: { user: string; password: string } | null; qr: string[] } {
		const phones = this.#phones();
		if (phones === undefined) return { url: null, login: null, qr: [] };
		const url = `${phones.url}${ways.includes(way) ? way : ""}`;
		const whole = withLogin(url, phones);
		if (this.#qr.text !== whole)
			this.#qr = { text: whole, rows: qrModules(whole).map((row) => row.map((dark) => (dark ? "1" : "0")).join("")) };
		return { url, login: phones.login ?? null, qr: this.#qr.rows };
	}

	#say(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
		this.#answers.json(request, response, { fault: text }, status);
	}
}

/** `undefined`: the body is no order. A field that it lacks is empty. */
async function readOrder(request: IncomingMessage): Promise<Order | undefined> {
	const all = await readObject(request);
	if (all === undefined) return undefined;
	const text = (name: string) => textIn(all, name);
	const level = typeof all.level === "number" ? all.level : -1;
	return { key: text("key"), do: text("do"), id: text("id"), label: text("label"), level, way: text("way"), mark: text("mark") };
}

function isKey(given: string, key: string): boolean {
	const [one, other] = [Buffer.from(given), Buffer.from(key)];
	return one.length === other.length && timingSafeEqual(one, other);
}
