// The desk's own certificate authority, for MQTT over TLS: made at first use and kept in the state folder. It signs a certificate for the names and
// addresses of the machine at each start, for they change; the authority's certificate, which clients get, stays.
import { createPrivateKey, X509Certificate } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { machineNames } from "./addresses.js";
import { type Certificate, makeCertificate } from "./certificate.js";
import type { Emit } from "./events.js";
import type { Settings } from "./options.js";
import { readSecret } from "./password.js";
import { Refusal } from "./refusal.js";

/** The file for clients; it is no secret. */
const certificateFile = "ca.crt";
const keyFile = "ca.key";
const name = "Lampwire desk authority";

export interface Authority {
	/** The certificate for a listener, with the names and addresses of this machine at this moment. PEM. */
	readonly server: { cert: string; key: string };
	/** File of the authority's certificate, PEM. */
	readonly file: string;
	/** SHA-256 of that certificate, in pairs of hexadecimal digits. */
	readonly fingerprint: string;
}

/** The listener of `--tls-port`: its part of the broker's options, and the line for the log once it listens. `undefined`: no such option. */
export function securing({ tlsPort, state, host }: Pick<Settings, "tlsPort" | "state" | "host">): Securing | undefined {
	if (tlsPort === undefined) return undefined;
	const { server, file, fingerprint } = keptAuthority(state, host);
	const give = `give devices its certificate: lampwire lamp --ca ${file}; SHA-256 ${fingerprint}`;
	return { tls: { port: tlsPort, ...server }, advice: `TLS is proved by this desk's own authority; ${give}` };
}

export interface Securing {
	tls: { port: number; cert: string; key: string };
	advice: string;
}

/** To be called once the broker listens. */
export function tellSecured(secured: Securing | undefined, { host, tlsPort }: { host: string; tlsPort: number }, emit: Emit): void {
	if (secured === undefined) return;
	emit("listen", `mqtts ${host} ${tlsPort}`);
	emit("log", secured.advice);
}

/** Throws a `Refusal` that names the file and what to do. */
export function keptAuthority(folder: string, host: string): Authority {
	const file = path.join(folder, certificateFile);
	const key = path.join(folder, keyFile);
	const authority = fs.existsSync(file) || fs.existsSync(key) ? read(file, key) : make(folder, file, key);
	const server = makeCertificate({ name: os.hostname(), hosts: namesOf(host), issuer: authority });
	return {
		server: { cert: server.certificate, key: server.key },
		file,
		fingerprint: new X509Certificate(authority.certificate).fingerprint256,
	};
}

function make(folder: string, file: string, key: string): Certificate {
	const authority = makeCertificate({ name, authority: true });
	try {
		fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
		fs.writeFileSync(key, authority.key, { mode: 0o600, flag: "wx", flush: true });
		fs.writeFileSync(file, authority.certificate, { mode: 0o644, flag: "wx", flush: true });
	} catch (error) {
		// Another desk has made the certificate meanwhile: that one is valid.
		if ((error as NodeJS.ErrnoException).code === "EEXIST") return read(file, key);
		throw new Refusal(`the certificate cannot be kept in ${file}: ${(error as Error).message}; choose another --state FOLDER`, 1);
	}
	return authority;
}

function read(file: string, keyFile: string): Certificate {
	try {
		const certificate = fs.readFileSync(file, "utf8");
		const key = readSecret(keyFile).toString();
		const x509 = new X509Certificate(certificate);
		if (!x509.ca || !x509.checkPrivateKey(createPrivateKey(key))) throw new Error("the two do not belong together");
		if (Date.parse(x509.validTo) < Date.now()) throw new Error(`it has expired, on ${x509.validTo}`);
		return { name, certificate, key };
	} catch (error) {
		const advice = "remove both, and a new one is made, which every device must be given";
		throw new Refusal(
			`the certificate in ${file}, with the key ${path.basename(keyFile)}, cannot be used: ${(error as Error).message}; ${advice}`,
			1,
		);
	}
}

/** All names and addresses by which a client may connect to this machine. */
function namesOf(host: string): string[] {
	const addresses = Object.values(os.networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address.replace(/%.*$/, "")));
	const own = host === "0.0.0.0" || host === "::" ? [] : [host];
	return [...new Set(["localhost", ...machineNames(), "127.0.0.1", ...own, ...addresses])];
}
