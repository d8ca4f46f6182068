// The tree of topics, as rows: a pin marks a topic with a retained message.
import { h, List, mark, type Row, say } from "../shared/h.js";
import { span } from "../shared/words.js";
import type { Topic, Topics } from "./kept-messages.js";

/** A level of the tree; `topic` where messages have come on it. */
interface Branch {
	readonly path: string;
	readonly name: string;
	readonly depth: number;
	topic: Topic | undefined;
}

/** Deeper levels have the same indentation. */
const depth_max = 6;

export class TopicsView {
	readonly #list: List<Branch>;
	/** The desk sends its retained messages. */
	told = false;
	readonly #topics: Topics;

	constructor(parent: HTMLElement, topics: Topics) {
		this.#topics = topics;
		this.#list = new List<Branch>(parent, () => this.#row());
	}

	show(): void {
		this.#list.show(branches(this.#topics.sorted), ({ path }) => path);
	}

	#row(): Row<Branch> {
		const name = h("bdi", { class: "level" });
		const last = h("span", { class: "last" });
		const kept = h("span", { class: "kept" });
		const element = h("li", {}, h("p", {}, name, last), kept);
		return {
			element,
			update: (branch) => {
				const { topic } = branch;
				say(name, branch.name);
				mark(element, "data-depth", String(Math.min(branch.depth, depth_max)));
				mark(element, "data-topic", branch.path);
				const at = topic === undefined || topic.at === 0 ? "" : ` ${span(Date.now() - topic.at)} ago`;
				say(last, at === "" ? "" : `${topic?.text === "" ? "nothing" : `“${topic?.text}”`}${at}`);
				const words = topic === undefined ? "" : this.#topics.words(topic, this.told);
				say(kept, words);
				const pinned = topic?.kept !== undefined && topic.kept.text !== "";
				mark(element, "data-pin", words === "" || !pinned ? undefined : topic?.kept?.sure ? "sure" : "unsure");
			},
		};
	}
}

/** The topics, and the levels above them that have none of their own. */
function branches(topics: readonly Topic[]): Branch[] {
	const all = new Map<string, Branch>();
	for (const topic of topics) {
		const levels = topic.topic.split("/");
		let path = "";
		for (const [depth, name] of levels.entries()) {
			path = depth === 0 ? name : `${path}/${name}`;
			if (!all.has(path)) all.set(path, { path, name: depth === 0 ? name : `/${name}`, depth, topic: undefined });
		}
		(all.get(topic.topic) as Branch).topic = topic;
	}
	// by level, not by letter: "a-b" comes before "a/b" in the alphabet, and would separate "a" from the levels below it
	const key = ({ path }: Branch) => path.replaceAll("/", "\0");
	return [...all.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
