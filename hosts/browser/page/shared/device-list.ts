// The devices as rows: short rows beside the room, rows with all fields on the page of devices.
import { Book, type DeviceEntry } from "./book.js";
import { h, List, mark, type Row, say } from "./h.js";
import { clock, exactly, span } from "./words.js";

export { Book };

export class DeviceList {
	readonly element: HTMLElement;
	readonly #count = h("p");
	readonly #rows = h("ul", { class: "rows", role: "list" });
	readonly #none = h("p", { class: "quiet" });
	readonly #list: List<DeviceEntry>;

	/** `counters`: the counters of a device, in words; undefined: no details. */
	constructor(counters?: Readonly<Record<string, string>>) {
		this.#list = new List(this.#rows, () => makeRow(counters));
		this.element = h("section", {}, h("div", { class: "heading" }, h("h2", {}, "Devices"), this.#count), this.#rows, this.#none);
	}

	/** `known` is false before the first connection, and without a connection. */
	show(book: Book, known: boolean): void {
		const all = book.sorted;
		this.#list.show(all, ({ id }) => id);
		const fresh = all.filter(({ stale }) => !stale);
		const here = fresh.filter(({ presence }) => presence === "online").length;
		const gone = fresh.filter(({ presence }) => presence === "gone").length;
		const old = all.length - fresh.length;
		const parts = [`${here} online`, ...(gone > 0 ? [`${gone} gone`] : []), ...(old > 0 ? [`${old} not known`] : [])];
		say(this.#count, all.length > 0 ? parts.join(" · ") : "");
		const more = book.beyond > 0 ? "There are more devices than this page shows." : "";
		say(this.#none, all.length > 0 ? more : known ? "No device has told its status on this topic yet." : "");
	}
}

function makeRow(counters: Readonly<Record<string, string>> | undefined): Row<DeviceEntry> {
	const dot = h("span", { class: "dot", "aria-hidden": "true" });
	const name = h("b");
	// A name may run from right to left: it must not move the text beside it.
	const bdi = h("bdi", {}, name);
	const state = h("span", { class: "state" });
	const said = h("p", { class: "said" });
	const facts = h("dl", { class: "facts" });
	const element = h("li", { class: "row" }, h("div", { class: "line" }, dot, bdi, state), said, counters && facts);
	const list = new List<readonly [string, string]>(facts, ([label]) => {
		const value = h("dd");
		return {
			element: h("div", {}, h("dt", {}, h("bdi", {}, label)), value),
			update: ([, text]) => say(value, text),
		};
	});
	return {
		element,
		update(device) {
			const { id, presence, stale } = device;
			mark(element, "data-state", stale ? "old" : presence === "online" ? "up" : presence === "gone" ? "lost" : "unknown");
			mark(element, "data-id", id);
			say(name, id);
			say(state, stateWords(device));
			say(said, kindWords(device));
			if (counters) list.show(factsOf(device, counters), ([label]) => label);
		},
	};
}

/** `online`, `gone 14:02:31 (will)`, `not known`. */
function stateWords({ presence, stale, since, before, ending, said }: DeviceEntry): string {
	if (stale) return presence === "online" ? "not known · was online" : "not known";
	if (presence === "unknown") return said === "" ? "not known" : `says “${said}”`;
	if (presence === "online") return before ? "online" : `online since ${exactly(since)}`;
	if (before) return `gone before ${clock(since)}`;
	const how = ending === "will" ? " · its will said so" : ending === "goodbye" ? " · said goodbye" : "";
	return `gone ${exactly(since)}${how}`;
}

function kindWords({ info }: DeviceEntry): string {
	if (info === undefined) return "has told nothing else yet";
	return [info.role, info.host, info.board, ...(info.rssi === undefined ? [] : [`${info.rssi} dBm`])]
		.filter((word) => word !== "")
		.join(" · ");
}

function factsOf(
	{ info, infoAt, presence, stale }: DeviceEntry,
	counters: Readonly<Record<string, string>>,
): (readonly [string, string])[] {
	if (info === undefined) return [];
	const facts: (readonly [string, string])[] = [];
	if (info.version !== "") facts.push(["version", info.version]);
	if (info.rssi !== undefined) facts.push(["signal", `${info.rssi} dBm`]);
	if (info.uptime !== undefined) {
		const since = infoAt > 0 && presence === "online" && !stale ? Date.now() - infoAt : 0;
		facts.push(["uptime", `${span(info.uptime * 1000 + since)}${infoAt === 0 ? " or more" : ""}`]);
	}
	if (info.heap !== undefined) facts.push(["free memory", bytes(info.heap)]);
	// a counter that is 0 is left out
	for (const [name, value] of info.counters)
		if (value !== 0) facts.push([Object.hasOwn(counters, name) ? (counters[name] as string) : name, value.toLocaleString("en")]);
	return facts;
}

function bytes(count: number): string {
	if (count < 10_000) return `${count} B`;
	if (count < 10_000_000) return `${Math.round(count / 1024)} KiB`;
	if (count < 10_000_000_000) return `${Math.round(count / 1024 ** 2)} MiB`;
	return `${Math.round(count / 1024 ** 3)} GiB`;
}
