// `lampwire history`: queries a file, a database or a desk, and prints or draws the answer.
import type { Settings } from "../options.js";
import { readPassword } from "../password.js";
import { Refusal } from "../refusal.js";
import { shown } from "../terminal.js";
import { type Chart, draw } from "./draw.js";
import { openHistory } from "./keeper.js";
import { moment } from "./options.js";
import { answer, type Format, readQuery } from "./query.js";

export async function runHistory(settings: Settings): Promise<void> {
	const { topic, step, url, format, passwordFile } = settings;
	const now = Date.now();
	const [from, to] = [moment(settings.from, now), moment(settings.to, now)];
	const columns = Math.max(Math.min(process.stdout.columns ?? 80, 200), 20);
	const chart = format === "chart";
	const params = new URLSearchParams({ topic, from: String(from), to: String(to), format: chart ? "json" : format });
	// a column of the chart is a step of whole seconds
	const seconds = Math.ceil((to - from) / 1000 / columns);
	if (chart) params.set("step", `${Math.max(seconds, 1)}s`);
	else if (step !== undefined) params.set("step", step);
	// a reader that closes the pipe (`| head`) ends the program
	process.stdout.on("error", () => process.exit(0));
	try {
		const query = readQuery(params, topic, now);
		let text = "";
		for await (const piece of url === undefined ? local(settings, query, now) : remote(url, params, passwordFile))
			if (chart) text += piece;
			else await put(piece);
		if (chart) process.stdout.write(shown(`${draw(JSON.parse(text) as Chart, columns).join("\n")}\n`));
	} catch (error) {
		throw error instanceof Refusal ? error : new Refusal((error as Error).message, 1);
	}
}

async function* local(settings: Settings, query: ReturnType<typeof readQuery>, now: number): AsyncGenerator<string> {
	const { store } = await openHistory(settings, "lampwire history", true);
	try {
		yield* answer(store, query, now);
	} finally {
		await store.close();
	}
}

async function* remote(url: string, params: URLSearchParams, passwordFile: string | undefined): AsyncGenerator<string> {
	const { origin, host, username } = new URL(url);
	const login = `${decodeURIComponent(username)}:${readPassword(passwordFile) ?? ""}`;
	const headers = username === "" ? undefined : { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
	const response = await fetch(`${origin}/api/history?${params}`, headers && { headers }).catch(() => {
		throw new Error(`${host} does not answer: is the desk running there?`);
	});
	if (response.status === 401)
		throw new Error(
			`${host} asks for a user and a password: --url http://recorder@${host}, and the password in LAMPWIRE_PASSWORD or --password-file`,
		);
	if (!response.ok) throw new Error(`the desk says: ${(await response.text()).trim().slice(0, 300)}`);
	const decoder = new TextDecoder();
	for await (const piece of response.body ?? []) yield decoder.decode(piece as Uint8Array, { stream: true });
}

function put(text: string): Promise<void> {
	return new Promise((resolve) => {
		process.stdout.write(text, () => resolve());
	});
}

export type { Format };
