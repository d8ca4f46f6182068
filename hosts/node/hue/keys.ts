// The results of pairing: a small JSON file for each bridge, which only its owner may read. The key in it is a password.
import fs from "node:fs";
import path from "node:path";
import type { BridgeAccess } from "../../../src/hue/bridge.js";
import { readSecret } from "../password.js";
import { Refusal } from "../refusal.js";

export interface Pairing {
	/** The bridge's id, 16 hexadecimal digits in lower case. */
	bridge: string;
	/** Name or address of the bridge. */
	host: string;
	port: number;
	key: string;
	/** SHA-256 fingerprint of the certificate; absent: plain http. */
	fingerprint?: string;
}

const prefix = "hue-";

/** Writes the pairing to another file, then renames that; both are readable for their owner alone. Returns the file's name. */
export function keepPairing(folder: string, pairing: Pairing): string {
	const file = path.join(folder, `${prefix}${pairing.bridge}.json`);
	const aside = `${file}.${process.pid}.new`;
	fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
	fs.writeFileSync(aside, `${JSON.stringify(pairing, null, "\t")}\n`, { mode: 0o600, flush: true });
	fs.renameSync(aside, file);
	return file;
}

export function pairings(folder: string): Pairing[] {
	const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => /^hue-[0-9a-f]{16}\.json$/.test(name)) : [];
	return names.sort().map((name) => readPairing(path.join(folder, name)));
}

function readPairing(file: string): Pairing {
	let text = "";
	try {
		text = readSecret(file).toString();
	} catch (error) {
		throw new Refusal(`${file} holds a password, and cannot be used: ${(error as Error).message}, or pair again`, 1);
	}
	let value: Partial<Pairing> = {};
	try {
		value = JSON.parse(text);
	} catch {
		// the Refusal is thrown below
	}
	const { bridge, host, port, key } = value;
	if (typeof bridge !== "string" || typeof host !== "string" || !Number.isInteger(port) || typeof key !== "string" || key === "")
		throw new Refusal(`${file} is damaged; pair again: lampwire hue pair`, 1);
	return value as Pairing;
}

/** The pairing of `wanted`, an id or an address; without `wanted`, the only pairing. Throws a `Refusal` that says what to type. */
export function choosePairing(folder: string, wanted: { host: string; port: number | undefined } | undefined): Pairing {
	const all = pairings(folder);
	const pair = "press the bridge's button, then: lampwire hue pair";
	if (all.length === 0) throw new Refusal(`no Hue bridge is paired with this machine; ${pair}`, 1);
	if (wanted === undefined) {
		if (all.length === 1) return all[0] as Pairing;
		throw new Refusal(
			`${all.length} Hue bridges are paired; choose with --hue-bridge: ${all.map(({ bridge, host }) => `${bridge} (${host})`).join(", ")}`,
			2,
		);
	}
	const id = all.find(({ bridge }) => bridge === wanted.host.toLowerCase());
	if (id !== undefined) return id;
	const byHost = all.filter(({ host }) => host === wanted.host);
	if (byHost.length === 0)
		throw new Refusal(`the Hue bridge ${wanted.host} is not paired with this machine; ${pair} --hue-bridge ${wanted.host}`, 1);
	const [first] = byHost as [Pairing];
	return { ...first, port: wanted.port ?? first.port };
}

export interface AccessOptions {
	/** PEM of the authority that has signed the bridge's certificate, in place of the pin. */
	authority?: string;
	/** Plain http and API v1, though the bridge was paired by https. */
	plain?: boolean;
	/** The port of the command line. */
	port?: number | undefined;
}

/** The role's access to the bridge of `pairing`. */
export function accessOf(pairing: Pairing, { authority, plain = false, port: asked }: AccessOptions = {}): BridgeAccess {
	const { bridge, host, port, key, fingerprint } = pairing;
	if (fingerprint === undefined) return { host, port, key };
	// a pairing by https has that port in its file
	if (plain) return { host, port: asked ?? 80, key };
	return { host, port, key, secure: { name: bridge, ...(authority === undefined ? { pin: fingerprint } : { certificate: authority }) } };
}
