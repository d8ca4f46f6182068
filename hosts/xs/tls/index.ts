// TLS for the hosts on XS, which hosts/board/tls/manifest.json adds to an image. Without that manifest this module is not in the image: TLS takes
// 90 KB of flash, and a word of the mcconfig line cannot select a module or make a resource. So the CA comes from the environment.
//
// Records and ciphers are the SDK's, unchanged. Our modules take the place of ssl/cert, ssl/ciphersuites, ssl/handshake and rng by name:
// without them the SDK takes any server for the broker, and may write in the clear (docs/upstream.md).

import Resource from "Resource";
import UDP from "embedded:io/socket/udp";
import config from "mc/config";
import RNG from "rng";
import type { ResolverProvider, SocketProvider, Time } from "../../../src/host.js";
import type { Security } from "./authenticate.js";
import { readAuthorities, readPem } from "./authorities.js";
import type { Certificate } from "./certificate.js";
import { Sntp, type SntpOptions } from "./sntp.js";
import TLSSocket, { type Clockwork } from "./socket.js";

export interface TLSNeeds {
	/** The socket under TLS. */
	TCP: SocketProvider;
	time: Time;
	log(line: string): void;
	dns: ResolverProvider;
	/** Sets the clock, in seconds since 1970, on a device whose clock stops without power: then `sntp` names the time server. */
	setTime?(seconds: number): void;
	/** An authority that was entered, PEM (entered.ts): it takes the place of those in the image; if it cannot be read, `log` gets a line instead. */
	entered?: string;
}

/** Extensions of files that hold certificates: mcconfig keeps the extension of $(LAMPWIRE_CA). */
const endings = Object.freeze(["", ".pem", ".crt", ".cer", ".der", ".key"]);

/** A resource of the image; undefined: the image has none of this name. */
function resource(name: string): Uint8Array | undefined {
	for (const ending of endings)
		if (Resource.exists(name + ending)) return new Uint8Array(new Resource(name + ending).slice(0) as ArrayBuffer);
	return undefined;
}

function fail(fault: string): never {
	throw new Error(`config: ${fault}`);
}

function authorities(entered: string | undefined, insecure: boolean, log: (line: string) => void): Certificate[] {
	try {
		if (entered) return readAuthorities(new Uint8Array(ArrayBuffer.fromString(entered)));
	} catch (error) {
		log(`TLS: the CA that was entered is not used: ${(error as Error).message}`);
	}
	const built = resource("lampwire_ca");
	if (!built || built.length === 0) return insecure ? [] : fail("LAMPWIRE_CA held no certificate when this firmware was built");
	try {
		return readAuthorities(built);
	} catch (error) {
		fail(`LAMPWIRE_CA: ${(error as Error).message}`);
	}
}

/** The certificate and the key of this device, in an image with client/manifest.json. */
function client(): Pick<Security, "clientCertificates" | "clientKey"> {
	const certificate = resource("lampwire_cert");
	const key = resource("lampwire_key");
	if (!certificate || !key) return {};
	try {
		const clientKey = readPem(key, "PRIVATE KEY")[0] as Uint8Array;
		return { clientCertificates: readPem(certificate).map(whole), clientKey: whole(clientKey) };
	} catch (error) {
		fail(`LAMPWIRE_CERT and LAMPWIRE_KEY: ${(error as Error).message}`);
	}
}

const whole = (bytes: Uint8Array) => bytes.slice().buffer as ArrayBuffer;

function clockOf({ time, dns, log, setTime }: TLSNeeds): Clockwork | undefined {
	if (!setTime) return undefined;
	const host = String(config.sntp ?? "");
	if (host === "")
		fail(
			"sntp is missing: a board has no clock, and no certificate can be checked without the time; say who knows it, as in sntp=pool.ntp.org",
		);
	if (!/^[A-Za-z0-9._-]+$/.test(host)) fail("sntp must be the name or the address of a time server, as in sntp=pool.ntp.org");
	return new Sntp({
		host,
		udp: { io: UDP as unknown as SntpOptions["udp"]["io"] },
		dns,
		time,
		log,
		setTime,
		random: (count) => RNG.get(count),
	});
}

/**
 * A socket provider for brokers of mqtts: or wss:. Throws an error whose message begins with `config:` and names the option. `tls_insecure=1` makes
 * it log a warning.
 */
export function overTLS(needs: TLSNeeds): SocketProvider {
	const { TCP, time, log, entered } = needs;
	const asked = String(config.tls_insecure ?? "");
	if (asked !== "" && asked !== "0" && asked !== "1") fail("tls_insecure must be 0 or 1");
	const insecure = asked === "1";
	if (insecure) log("warning: tls_insecure=1: whoever answers is taken for the broker, and can read the password");
	const secure: Security = { authorities: authorities(entered, insecure, log), insecure, ...client() };
	return Object.freeze({ io: TLSSocket as never, TCP, time, secure, clock: insecure ? undefined : clockOf(needs) });
}
