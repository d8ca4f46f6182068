// A tab of the same browser that Playwright does not know: those that it knows it keeps visible, and what is visible Chromium never freezes, whatever
// the protocol asks for. So this one is spoken to in the debugger's own words.
import type { Browser, CDPSession } from "playwright-core";
import { patience_ms } from "./chromium.js";

export class LoneTab {
	readonly #browser: CDPSession;
	readonly #context: string;
	readonly #target: string;
	readonly #other: string;
	readonly #session: string;
	readonly #answers = new Map<number, (answer: Answer) => void>();
	#id = 0;

	private constructor(browser: CDPSession, context: string, target: string, other: string, session: string) {
		this.#browser = browser;
		this.#context = context;
		this.#target = target;
		this.#other = other;
		this.#session = session;
		browser.on("Target.receivedMessageFromTarget", ({ message }) => {
			const answer = JSON.parse(message) as Answer;
			this.#answers.get(answer.id)?.(answer);
		});
	}

	/** Opens `url` in a window of its own, with another tab behind it. */
	static async open(browser: Browser, url: string): Promise<LoneTab> {
		const session = await browser.newBrowserCDPSession();
		const { browserContextId } = await session.send("Target.createBrowserContext");
		const other = await session.send("Target.createTarget", { url: "about:blank", browserContextId });
		const { targetId } = await session.send("Target.createTarget", { url, browserContextId });
		const { sessionId } = await session.send("Target.attachToTarget", { targetId, flatten: false });
		const tab = new LoneTab(session, browserContextId, targetId, other.targetId, sessionId);
		await tab.wait(() => location.href !== "about:blank" && document.readyState === "complete");
		return tab;
	}

	/** What `look`, which uses nothing from outside it, returns in the page. Frozen or not. */
	async evaluate<T>(look: () => T): Promise<T> {
		const { result } = await this.#send("Runtime.evaluate", { expression: `(${look})()`, returnByValue: true });
		if (result?.exceptionDetails !== undefined) throw new Error(`${look}: ${JSON.stringify(result.exceptionDetails)}`);
		return result?.result?.value as T;
	}

	/** Waits until `holds` is true in the page. */
	async wait(holds: () => boolean): Promise<void> {
		for (const end = performance.now() + patience_ms; !(await this.evaluate(holds)); await new Promise((next) => setTimeout(next, 20)))
			if (performance.now() > end) throw new Error(`never: ${holds}`);
	}

	/** The user looks at another tab, and the browser freezes this one. */
	async freeze(): Promise<void> {
		await this.evaluate(() => {
			document.addEventListener("freeze", () => Object.assign(window, { frozen: true }));
			document.addEventListener("resume", () => Object.assign(window, { frozen: false }));
		});
		await this.#browser.send("Target.activateTarget", { targetId: this.#other });
		await this.wait(() => document.visibilityState === "hidden");
		await this.#send("Page.setWebLifecycleState", { state: "frozen" });
		await this.wait(() => (window as { frozen?: boolean }).frozen === true);
	}

	/** The user looks at this one again. */
	async thaw(): Promise<void> {
		await this.#send("Page.setWebLifecycleState", { state: "active" });
		await this.#browser.send("Target.activateTarget", { targetId: this.#target });
		await this.wait(() => (window as { frozen?: boolean }).frozen === false && document.visibilityState === "visible");
	}

	async close(): Promise<void> {
		await this.#browser.send("Target.disposeBrowserContext", { browserContextId: this.#context });
		await this.#browser.detach();
	}

	#send(method: string, params: object): Promise<Answer> {
		const id = ++this.#id;
		const answered = new Promise<Answer>((resolve) => this.#answers.set(id, resolve));
		const message = JSON.stringify({ id, method, params });
		return this.#browser.send("Target.sendMessageToTarget", { sessionId: this.#session, message }).then(() => answered);
	}
}

interface Answer {
	id: number;
	result?: { result?: { value?: unknown }; exceptionDetails?: unknown };
}
