// The teacher's orders to the desk, with the key, and the desk's view of the class.

/** A client, as hosts/node/class/classroom.ts sends it. Times are milliseconds since 1970, by the desk's clock. */
export interface Pupil {
	id: string;
	name: string;
	kind: string;
	label: string;
	own: boolean;
	since: number;
	set: string;
	setAt: number;
	sets: number;
	held: number;
	signal: number | null;
}

export interface ClassView {
	now: number;
	open: boolean;
	held: boolean;
	dropped: number;
	knocks: number;
	level: string | null;
	setBy: string | null;
	setAt: number;
	pupils: Pupil[];
	gone: { name: string; since: number }[];
	out: { name: string; kept: boolean }[];
	url: string | null;
	/** The credentials for phones; null: none. */
	login: { user: string; password: string } | null;
	qr: string[];
}

export interface Order {
	do: string;
	id?: string;
	label?: string;
	level?: number;
}

const keyName = "lampwire-class";

/**
 * The key, from the address that the desk has printed, or from this tab's storage. It is removed from the address at once, which everybody can see
 * on a projector.
 */
export function keyOfAddress(): string {
	const given = location.hash.slice(1);
	try {
		if (given !== "") {
			history.replaceState(null, "", location.pathname);
			sessionStorage.setItem(keyName, given);
			return given;
		}
		return sessionStorage.getItem(keyName) ?? "";
	} catch {
		return given;
	}
}

export type Answer = { view: ClassView } | { fault: string; wrongKey: boolean };

/** Sends an order. `way`: the page to which the QR code is to lead. */
export async function give(key: string, way: string, order: Order): Promise<Answer> {
	try {
		const response = await fetch("/api/class", { method: "POST", body: JSON.stringify({ key, way, ...order }) });
		const answer = await response.json();
		if (response.ok) return { view: answer };
		return { fault: String(answer.fault ?? "The desk does not understand this."), wrongKey: response.status === 403 };
	} catch {
		return { fault: "The desk does not answer.", wrongKey: false };
	}
}
