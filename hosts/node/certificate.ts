// X.509 certificates (RFC 5280) on ECDSA P-256, for servers of our own: Node can sign one, but not write one. Packages for that have megabytes.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";

export interface CertificateOptions {
	/** Common name of the subject. */
	name: string;
	/** DNS names and IP addresses of the subject. */
	hosts?: readonly string[];
	/** Whether it may sign other certificates. Default false. */
	authority?: boolean;
	/** The authority that signs it. Default: itself. */
	issuer?: Certificate;
	/** Validity; default from a day ago for ten years. */
	from?: Date;
	until?: Date;
}

export interface Certificate {
	name: string;
	/** PEM. */
	certificate: string;
	/** PEM, PKCS #8. */
	key: string;
}

const day_ms = 86_400_000;
const ecdsaWithSha256 = "2a8648ce3d040302";
const commonName = "550403";

export function makeCertificate(options: CertificateOptions): Certificate {
	const { name, issuer, hosts = [], authority = false } = options;
	const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
	const from = options.from ?? new Date(Date.now() - day_ms);
	const until = options.until ?? new Date(Date.now() + 3_650 * day_ms);
	const algorithm = sequence(oid(ecdsaWithSha256));
	const spki = publicKey.export({ type: "spki", format: "der" });
	const body = sequence(
		tagged(0xa0, integer(Buffer.from([2]))), // version 3
		integer(serial()),
		algorithm,
		distinguished(issuer?.name ?? name),
		sequence(time(from), time(until)),
		distinguished(name),
		spki,
		tagged(0xa3, sequence(...extensions(authority, hosts, spki))),
	);
	const signer: KeyObject | string = issuer?.key ?? privateKey;
	const certificate = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), sign("sha256", body, signer)])));
	return {
		name,
		certificate: pem("CERTIFICATE", certificate) + (issuer ? issuer.certificate : ""),
		key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
	};
}

function extensions(authority: boolean, hosts: readonly string[], spki: Buffer): Buffer[] {
	const yes = tagged(0x01, Buffer.from([0xff]));
	const extension = (id: string, critical: boolean, value: Buffer) => sequence(oid(id), ...(critical ? [yes] : []), tagged(0x04, value));
	const list = [
		extension("551d13", true, sequence(...(authority ? [yes] : []))), // basicConstraints
		// keyUsage: keyCertSign and cRLSign, or digitalSignature
		extension("551d0f", true, tagged(0x03, Buffer.from(authority ? [1, 0x06] : [7, 0x80]))),
		extension("551d0e", false, tagged(0x04, createHash("sha1").update(spki).digest())), // subjectKeyIdentifier
	];
	if (hosts.length > 0) list.push(extension("551d11", false, sequence(...hosts.map(alternative)))); // subjectAltName
	return list;
}

function alternative(host: string): Buffer {
	const version = isIP(host);
	if (version === 0) return tagged(0x82, Buffer.from(host, "ascii"));
	return tagged(0x87, version === 4 ? Buffer.from(host.split(".").map(Number)) : ipv6(host));
}

function ipv6(host: string): Buffer {
	const [head = "", tail = ""] = host.split("::");
	const words = (text: string) => (text === "" ? [] : text.split(":"));
	const last = host.includes("::") ? words(tail) : [];
	const first = words(head);
	const all = [...first, ...new Array(8 - first.length - last.length).fill("0"), ...last];
	return Buffer.from(all.map((word) => word.padStart(4, "0")).join(""), "hex");
}

function distinguished(name: string): Buffer {
	return sequence(tagged(0x31, sequence(oid(commonName), tagged(0x0c, Buffer.from(name)))));
}

/** UTCTime until 2049, then GeneralizedTime (RFC 5280 §4.1.2.5). */
function time(date: Date): Buffer {
	const digits = `${date.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;
	return date.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
}

function oid(hex: string): Buffer {
	return tagged(0x06, Buffer.from(hex, "hex"));
}

/** 128 bits, of which the first two are fixed: DER has one form of a number only, without a needless zero byte. */
function serial(): Buffer {
	const bytes = randomBytes(16);
	bytes[0] = 0x40 | ((bytes[0] as number) & 0x3f);
	return bytes;
}

/** Not negative: a first bit that is set gets a zero byte before it. */
function integer(bytes: Buffer): Buffer {
	return tagged(0x02, (bytes[0] as number) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function sequence(...parts: Buffer[]): Buffer {
	return tagged(0x30, Buffer.concat(parts));
}

/** DER: tag, length, content. */
function tagged(tag: number, content: Buffer): Buffer {
	const { length } = content;
	const head = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
	return Buffer.concat([Buffer.from(head), content]);
}

function pem(label: string, der: Buffer): string {
	const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
	return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
