// The commands `lampwire hue pair` and `lampwire hue find`.

import { X509Certificate } from "node:crypto";
import fs from "node:fs";
import { bracketed } from "../../../src/light/topics.js";
import { printable } from "../events.js";
import type { Settings } from "../options.js";
import { Refusal } from "../refusal.js";
import { shown } from "../terminal.js";
import { type Found, findByMdns, findByVendor } from "./find.js";
import { keepPairing, pairings } from "./keys.js";
import type { HuePlace } from "./options.js";
import { pair } from "./pair.js";

const say = (text: string) => process.stdout.write(shown(text));

/** PEM of `--hue-ca`. */
export function readAuthority(file: string | undefined): string | undefined {
	if (file === undefined) return undefined;
	try {
		const text = fs.readFileSync(file, "utf8");
		new X509Certificate(text);
		return text;
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		const why = code === "ENOENT" ? "there is no such file" : code === "EACCES" ? "it may not be read" : "it holds no certificate in PEM";
		throw new Refusal(`--hue-ca ${printable(file)}: ${why}`, 2);
	}
}

export async function runPair({ hueBridge, hueHttp, hueCa, state }: Settings): Promise<void> {
	const authority = readAuthority(hueCa);
	if (hueHttp && authority !== undefined) throw new Refusal("--hue-ca has no meaning with --hue-http: there is no certificate", 2);
	const place = hueBridge ?? (await theOnlyOne(hueHttp));
	const stop = new AbortController();
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
		process.once(signal, () => {
			say("\nNot paired.\n");
			process.exit(130);
		});
	const { isTTY } = process.stdout;
	let asked = false;
	const onWait = (left: number) => {
		const text = `Press the round button on the bridge ${printable(place.host)}: ${left} s left`;
		if (isTTY) say(`\r${text} `);
		else if (!asked || left % 10 === 0) say(`${text}\n`);
		asked = true;
	};
	const done = () => isTTY && asked && say("\n");
	const pairing = await pair({
		...place,
		http: hueHttp,
		...(authority === undefined ? {} : { authority }),
		onWait,
		signal: stop.signal,
	}).finally(done);
	const file = keepPairing(state, pairing);
	say(
		`Paired with the bridge ${pairing.bridge} at ${printable(pairing.host)}. Its key is in ${file}: a password, which only you may read.\n`,
	);
	say("Now, with the names of your lights: lampwire hue --hue-lights NAME,NAME\n");
}

async function theOnlyOne(http: boolean): Promise<HuePlace> {
	const found = await findByMdns();
	if (found.length === 0) throw new Refusal(nobody, 1);
	if (found.length > 1)
		throw new Refusal(
			`there are ${found.length} bridges; say which: ${found.map(({ host }) => `--hue-bridge ${printable(host)}`).join(", ")}`,
			2,
		);
	const [{ host, port }] = found as [Found];
	// the announced port is that of https
	return { host, port: http ? undefined : port };
}

const nobody =
	"no Hue bridge answers on this network. Give its address, which the Hue app shows (Settings, My Hue System): --hue-bridge ADDRESS; or ask the vendor's page: lampwire hue find --ask-vendor";

export async function runFind({ askVendor, state }: Settings): Promise<void> {
	const found = await findByMdns();
	if (askVendor) {
		const more = await findByVendor().catch((error: Error) => {
			const { message, name } = error;
			throw new Refusal(name === "TypeError" || name === "TimeoutError" ? "the vendor's page does not answer" : message, 1);
		});
		for (const each of more) if (!found.some(({ bridge }) => bridge === each.bridge)) found.push(each);
	}
	if (found.length === 0) throw new Refusal(nobody, 1);
	const known = new Set(pairings(state).map(({ bridge }) => bridge));
	for (const { bridge, host, port, model } of found) {
		const words = [
			`${bracketed(printable(host))}:${port}`,
			printable(bridge),
			printable(model),
			known.has(bridge) ? "paired" : "not paired",
		];
		say(`${words.filter((word) => word !== "").join("  ")}\n`);
	}
}
