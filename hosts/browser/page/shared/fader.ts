// A controller in a page: connects it, wakes it, and shows the situation in words. The pages `/` and `/devices` use it.
import { Controller } from "../../../../src/light/controller/controller.js";
import { claimId, createDevice } from "../../index.js";
import type { Book } from "./book.js";
import { askConfig, type Config, insecureUrl, keptLogin, type Login, readConfig, signIn } from "./config.js";
import { Watch } from "./connection.js";
import { Events } from "./events.js";
import { find, mark, say } from "./h.js";
import { watchLifecycle } from "./lifecycle.js";
import { NoticeView } from "./notice-view.js";
import { everySecond } from "./tick.js";
import { connectionWords, notice, type Situation } from "./words.js";

/** The time for which a message that was no level is shown. */
const refused_ms = 10_000;
/** The longest quotation of a payload. */
const quoted_max = 24;

export interface Fader {
	readonly config: Config;
	readonly id: string;
	/** Changes when the user signs in. */
	readonly controller: Controller;
	/** Writes the messages of the devices into `book` from now on. */
	listen(book: Book): void;
	readonly events: Events;
	/** The level that is shown is known to be valid now. */
	readonly fresh: boolean;
	/** When the shown level was received, in milliseconds since 1970; 0: never. */
	readonly heard: number;
}

export interface FaderOptions {
	/** Something has changed. */
	changed(): void;
	/** A second has passed. */
	second(): void;
	/** The page is hidden: a drag that holds the controller ends. */
	letGo(): void;
}

export async function openFader(options: FaderOptions): Promise<Fader> {
	const started = Date.now();
	let [heard, heardAt, slept] = [0, -Infinity, 0];
	let refused = { payload: "", why: "", at: -Infinity };
	let events: Events | undefined;
	let config: Config | undefined;
	let controller: Controller | undefined;
	let book: Book | undefined;
	/** The time of the next request for the desk's configuration, after one that failed; 0: none has failed. */
	let asks = 0;
	let updated = false;
	const connectionLine = find("connection");
	const view = new NoticeView(find("notice"), {
		tryNow: () => controller?.wake(),
		signIn(user, password) {
			void signIn({ user, password }).then(() => events?.resume());
			connect({ user, password });
		},
	});

	const situation = (): Situation => {
		const { reason, retry } = watch.connection;
		return {
			state: controller?.state ?? "connecting",
			topic: config?.topic ?? "",
			now: Date.now(),
			started,
			heard,
			retry: config === undefined ? asks : retry,
			reason: config === undefined && asks > 0 ? "transport" : reason,
			pending: controller?.pending ?? false,
			slept,
			notPassedOn: controller?.notPassedOn ?? -1,
			refused: Date.now() - refused.at < refused_ms ? refusal(refused, events) : "",
			insecure: config === undefined ? "" : insecureUrl(config),
			broker: config?.notice ?? "",
			updated,
			held: events?.held ?? false,
		};
	};
	const tell = () => {
		const now = situation();
		const short = { known: "up", empty: "up", lost: "lost", checking: "checking", connecting: "starting" } as const;
		mark(connectionLine, "data-state", short[now.state]);
		say(find("connection-words"), connectionWords(now));
		view.show(notice(now), performance.now());
	};
	const changed = () => {
		if (controller !== undefined && controller.heardAt !== heardAt) {
			heardAt = controller.heardAt;
			heard = Date.now();
			if (controller.state === "known") slept = 0;
		}
		tell();
		options.changed();
	};
	const watch = new Watch(() => {
		if (!watch.connection.up) book?.stale();
		// The desk that answers again may have another version.
		if (config !== undefined) void lookAgain(config);
	});
	const lookAgain = async (before: Config) => {
		const after = await askConfig();
		if (after === undefined) return;
		events?.resume();
		updated = after.build !== before.build;
		before.notice = after.notice;
		tell();
	};
	everySecond(() => {
		tell();
		options.second();
	});
	tell();

	const [id, read] = await Promise.all([
		claimId(),
		readConfig((retry) => {
			asks = retry;
		}),
	]);
	config = read;
	const { topic, host, port, path, secure } = read;
	const told = new Events(read.events, changed);
	events = told;
	told.onEnded = (device, ending) => book?.ended(device, ending);

	function connect(login: Login | undefined): void {
		controller?.close();
		const made = new Controller({
			device: createDevice({ id, path, secure, log: () => {} }),
			host,
			port,
			topic,
			...login,
			link: watch.link,
			onChange: () => made === controller && changed(),
			onRefused(why, message) {
				const payload = new TextDecoder().decode(message.bytes.slice(0, Math.min(message.length, quoted_max)));
				refused = { payload, why, at: Date.now() };
				changed();
			},
		});
		controller = made;
		subscribe();
	}
	function subscribe(): void {
		if (book === undefined) return;
		const { status, info } = book;
		controller?.subscribe(`${topic}/+/status`, 1, status);
		controller?.subscribe(`${topic}/+/info`, 0, info);
	}

	connect(keptLogin());
	watchLifecycle({
		sleep() {
			options.letGo();
			controller?.sleep();
		},
		wake(length) {
			slept = length;
			controller?.wake();
			changed();
		},
		leave: () => told.pause(),
		back: () => told.resume(),
	});
	return {
		config: read,
		id,
		get controller() {
			return controller as Controller;
		},
		listen(given) {
			book = given;
			subscribe();
		},
		events: told,
		get fresh() {
			return controller?.state === "known" || controller?.state === "empty";
		},
		get heard() {
			return heard;
		},
	};
}

/** `ben sent "abc": the text is no level; …`. The sender is named only where it is known. */
function refusal({ payload, why }: { payload: string; why: string }, events: Events | undefined): string {
	const known = events?.refused?.payload.slice(0, quoted_max) === payload ? events.refused.name : "Somebody";
	return `${known} sent “${payload}”: ${why}.`;
}
