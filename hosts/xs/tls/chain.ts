// Checks the certificates that the broker has sent against the trusted authorities and the broker's name: a small part of RFC 5280 §6.
import { type Certificate, readCertificate, readName } from "./certificate.js";
import { sameBytes } from "./der.js";
import { bad_certificate, certificate_expired, Refusal, unknown_ca, unsupported_certificate } from "./refusal.js";

/** The broker's certificate and those between it and a trusted authority; more would cost a small processor much time before it trusts any. */
const chain_max = 4;

export interface Trust {
	/** Certificates of trusted authorities; or the broker's own. */
	authorities: readonly Certificate[];
	/** The broker's name or address. */
	host: string;
	/** Milliseconds since 1970. */
	now: number;
	/** Whether `issuer`'s key has signed `certificate`. Throws a Refusal where that key cannot be used. */
	signed(issuer: Certificate, certificate: Certificate): boolean;
}

const day = (time: number) => new Date(time).toISOString().slice(0, 10);

/** Throws a Refusal where the first of `sent` is not the certificate of `host`, or no trusted authority has signed it. */
export function checkChain(sent: readonly Uint8Array[], trust: Trust): void {
	if (sent.length === 0) throw new Refusal(bad_certificate, "the broker has no certificate");
	const leaf = read(sent[0] as Uint8Array);
	checkDates(leaf, trust.now);
	checkHost(leaf, trust.host);
	// the broker's own certificate is trusted: it needs no issuer
	if (trust.authorities.some((one) => sameBytes(one.der, leaf.der))) return;
	if (leaf.unknown) refuseUnknown(leaf);
	if (!leaf.server) throw new Refusal(unsupported_certificate, `the broker's certificate is not for servers (extendedKeyUsage)`);
	let last = leaf;
	for (let below = 0; below < chain_max; below++) {
		const authority = anchor(last, trust);
		if (authority) {
			checkIssuer(authority, below, trust.now);
			return;
		}
		const next = sent[below + 1];
		if (!next) throw strange(last, leaf, trust);
		const issuer = read(next);
		if (!sameBytes(issuer.subject, last.issuer)) throw strange(last, leaf, trust);
		checkIssuer(issuer, below, trust.now);
		if (!trust.signed(issuer, last))
			throw new Refusal(bad_certificate, `the certificate of ${said(last)} is not signed by ${said(issuer)}, which it names`);
		last = issuer;
	}
	throw new Refusal(unknown_ca, `the broker sends more than ${chain_max} certificates, and none of the CA that this device has`);
}

function read(der: Uint8Array): Certificate {
	try {
		return readCertificate(der);
	} catch (error) {
		throw new Refusal(bad_certificate, `the broker's certificate cannot be read (${(error as Error).message})`);
	}
}

const said = ({ subject }: Certificate) => `"${readName(subject)}"`;

/** The trusted authority that has signed `certificate`. Several authorities may have one name: with an old key, and with a new key. */
function anchor(certificate: Certificate, { authorities, signed }: Trust): Certificate | undefined {
	return authorities.find((one) => sameBytes(one.subject, certificate.issuer) && signed(one, certificate));
}

/** The Refusal where no trusted authority has signed `last`, which is the broker's own certificate or one above it. */
function strange(last: Certificate, leaf: Certificate, { authorities }: Trust): Refusal {
	if (authorities.length === 0) return new Refusal(unknown_ca, "this device was given no CA, and cannot tell who the broker is");
	if (last === leaf && sameBytes(leaf.subject, leaf.issuer))
		return new Refusal(unknown_ca, `the certificate of ${said(leaf)} is signed by itself, and is not the one that this device was given`);
	const same = authorities.some((one) => sameBytes(one.subject, last.issuer));
	return new Refusal(
		unknown_ca,
		`the certificate of ${said(leaf)} is signed by "${readName(last.issuer)}", which is ${same ? "another CA of the same name as the one" : "not the CA"} that this device was given`,
	);
}

function checkIssuer(issuer: Certificate, below: number, now: number): void {
	if (!issuer.authority)
		throw new Refusal(bad_certificate, `${said(issuer)} has signed a certificate, and is no authority (no CA:TRUE in its own)`);
	if (issuer.pathLength < below) throw new Refusal(bad_certificate, `${said(issuer)} may not have ${below} authorities below it`);
	if (issuer.unknown) refuseUnknown(issuer);
	checkDates(issuer, now);
}

function refuseUnknown(certificate: Certificate): never {
	throw new Refusal(
		unsupported_certificate,
		`the certificate of ${said(certificate)} has a critical extension that this device does not know (${certificate.unknown})`,
	);
}

function checkDates(certificate: Certificate, now: number): void {
	const { from, until } = certificate;
	if (now >= from && now <= until) return;
	const clock = `this device's clock says ${day(now)}`;
	throw new Refusal(
		certificate_expired,
		now < from
			? `the certificate of ${said(certificate)} is not valid before ${day(from)}; ${clock}`
			: `the certificate of ${said(certificate)} has expired on ${day(until)}; ${clock}`,
	);
}

/** RFC 9525 §6: subjectAltName alone counts, and an asterisk stands for the whole first label. */
function checkHost(leaf: Certificate, host: string): void {
	const address = addressBytes(host);
	const wanted = host.toLowerCase().replace(/\.$/, "");
	for (const one of leaf.hosts) {
		if (typeof one !== "string" ? address && sameBytes(one, address) : !address && names(one, wanted)) return;
	}
	const all = leaf.hosts.map((one) => (typeof one === "string" ? one : addressText(one))).join(", ");
	throw new Refusal(
		bad_certificate,
		all === ""
			? `the broker's certificate names no host (it has no subjectAltName), and must name ${host}`
			: `the broker's certificate is for ${all}, and not for ${host}`,
	);
}

function names(pattern: string, host: string): boolean {
	if (!pattern.startsWith("*.")) return pattern === host;
	const rest = pattern.slice(1);
	const dot = host.indexOf(".");
	// at least two labels after the asterisk: no broker has all of .com
	return dot > 0 && rest.indexOf(".", 1) > 0 && host.slice(dot) === rest;
}

/** The 4 or 16 bytes of an IP address; undefined: it is a name. */
export function addressBytes(host: string): Uint8Array | undefined {
	if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return Uint8Array.from(host.split(".").map(Number));
	if (!host.includes(":")) return undefined;
	const [head = "", tail] = host.split("::");
	const words = (text: string | undefined) => (text ? text.split(":") : []);
	const first = words(head);
	const last = words(tail);
	const all = tail === undefined ? first : [...first, ...new Array(Math.max(0, 8 - first.length - last.length)).fill("0"), ...last];
	return Uint8Array.from(
		all.flatMap((word) => {
			const value = Number.parseInt(word, 16);
			return [value >> 8, value & 0xff];
		}),
	);
}

function addressText(bytes: Uint8Array): string {
	if (bytes.length === 4) return bytes.join(".");
	const words: string[] = [];
	for (let i = 0; i + 1 < bytes.length; i += 2) words.push((((bytes[i] as number) << 8) | (bytes[i + 1] as number)).toString(16));
	return words.join(":");
}
