// --ca, --cert, --key, --tls-insecure: read and checked before anything connects.
import { X509Certificate } from "node:crypto";
import fs from "node:fs";
import tls from "node:tls";
import { printable } from "./events.js";
import { readSecret } from "./password.js";
import { Refusal } from "./refusal.js";
import type { TLSOptions } from "./tls.js";

export interface SecurityFiles {
	ca: string | undefined;
	cert: string | undefined;
	key: string | undefined;
	tlsInsecure: boolean;
}

export type Security = NonNullable<TLSOptions["secure"]>;

function refuse(option: string, file: string, error: unknown): never {
	const { code, message } = error as NodeJS.ErrnoException;
	throw new Refusal(`--${option} ${printable(file)}: ${code === "ENOENT" ? "there is no such file" : message}`, 2);
}

/** Certificates of a file, in PEM or DER, as PEM. */
function certificates(option: string, file: string): string {
	try {
		const bytes = fs.readFileSync(file);
		const text = bytes.toString("latin1");
		const all = text.includes("-----BEGIN") ? (text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []) : [bytes];
		if (all.length === 0) throw new Error("it holds no certificate");
		return all.map((one) => new X509Certificate(one).toString()).join("");
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		refuse(option, file, code?.startsWith("ERR_") ? new Error("it holds no certificate in PEM or DER") : error);
	}
}

function privateKey(file: string): Buffer {
	try {
		return readSecret(file);
	} catch (error) {
		refuse("key", file, error);
	}
}

/** Throws a `Refusal` that names the option. `secure`: there is a broker of mqtts: or wss:. */
export function readSecurity({ ca, cert, key, tlsInsecure }: SecurityFiles, secure: boolean): Security {
	const [given] =
		Object.entries({ ca, cert, key, "tls-insecure": tlsInsecure || undefined }).find(([, value]) => value !== undefined) ?? [];
	if (given === undefined) return {};
	if (!secure) throw new Refusal(`--${given} is of TLS, and --broker asks for none: write mqtts:// or wss://`, 2);
	if (tlsInsecure && ca !== undefined) throw new Refusal("--ca says whom to trust, --tls-insecure trusts everybody: give one of them", 2);
	if ((cert === undefined) !== (key === undefined)) throw new Refusal("--cert and --key belong together: give both", 2);
	const security: Security = {
		...(ca === undefined ? {} : { ca: certificates("ca", ca) }),
		...(cert === undefined || key === undefined ? {} : { cert: certificates("cert", cert), key: privateKey(key) }),
		rejectUnauthorized: !tlsInsecure,
	};
	try {
		tls.createSecureContext(security);
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		throw new Refusal(`--cert, --key: ${/KEY_VALUES_MISMATCH/.test(code ?? "") ? "the key is not that of the certificate" : message}`, 2);
	}
	return security;
}

export const insecureWarning = "--tls-insecure: whoever answers is taken for the broker, and can read the password";
