// TLS for the hosts on XS: what hosts/board/tls/manifest.json adds to an image. Without that manifest this module is not there.

import Resource from "Resource";
import config from "mc/config";
import type { SocketProvider, Time } from "../../../src/host.js";
import type { Security } from "./authenticate.js";
import { readAuthorities, readPem } from "./authorities.js";
import type { Certificate } from "./certificate.js";
import TLSSocket, { type Clockwork } from "./socket.js";

export interface TLSNeeds {
	/** The socket that TLS goes over. */
	TCP: SocketProvider;
	time: Time;
	log(line: string): void;
	/** Sets the clock, where the device has none of its own that runs while it is without power. */
	clock?: Clockwork;
	/** An authority that was entered, PEM: it takes the place of those in the image. */
	entered?: string;
}

/** Endings of files that hold certificates: mcconfig keeps that of $(LAMPWIRE_CA). */
const endings = Object.freeze(["", ".pem", ".crt", ".cer", ".der", ".key"]);

/** A resource of the image; undefined: it has none of this name. */
function resource(name: string): Uint8Array | undefined {
	for (const ending of endings)
		if (Resource.exists(name + ending)) return new Uint8Array(new Resource(name + ending).slice(0) as ArrayBuffer);
	return undefined;
}

function fail(fault: string): never {
	throw new Error(`config: ${fault}`);
}

function authorities(entered: string | undefined, insecure: boolean): Certificate[] {
	const built = resource("lampwire_ca");
	const bytes = entered ? new Uint8Array(ArrayBuffer.fromString(entered)) : built;
	if (!bytes || bytes.length === 0) return insecure ? [] : fail("LAMPWIRE_CA held no certificate when this firmware was built");
	try {
		return readAuthorities(bytes);
	} catch (error) {
		fail(`${entered ? "the CA that was entered" : "LAMPWIRE_CA"}: ${(error as Error).message}`);
	}
}

/** What identifies this device, with client/manifest.json. */
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

/**
 * A socket provider for brokers that are asked for by mqtts: or wss:. Throws an error whose message begins with `config:` and names the option.
 * `tls_insecure=1` is warned of.
 */
export function overTLS({ TCP, time, log, clock, entered }: TLSNeeds): SocketProvider {
	const asked = String(config.tls_insecure ?? "");
	if (asked !== "" && asked !== "0" && asked !== "1") fail("tls_insecure must be 0 or 1");
	const insecure = asked === "1";
	if (insecure) log("warning: tls_insecure=1: whoever answers is taken for the broker, and can read the password");
	const secure: Security = { authorities: authorities(entered, insecure), insecure, ...client() };
	return Object.freeze({ io: TLSSocket as never, TCP, time, secure, clock });
}
