// The fields of a certificate (RFC 5280 §4.1) that are needed to check a broker.
import {
	BOOLEAN,
	Der,
	EXPLICIT,
	GENERALIZED_TIME,
	INTEGER,
	OBJECT_IDENTIFIER,
	OCTET_STRING,
	SEQUENCE,
	sameBytes,
	UTC_TIME,
} from "./der.js";

export interface Certificate {
	/** The whole certificate. */
	der: Uint8Array;
	/** The part that is signed. */
	tbs: Uint8Array;
	/** The algorithm of the signature, an object identifier in hexadecimal. */
	algorithm: string;
	signature: Uint8Array;
	/** Names, in DER. */
	issuer: Uint8Array;
	subject: Uint8Array;
	/** The begin and the end of its validity, in milliseconds since 1970. */
	from: number;
	until: number;
	/** basicConstraints says CA:TRUE, and keyUsage, where it is there, keyCertSign (RFC 5280 §4.2.1.3, §4.2.1.9). */
	authority: boolean;
	/** How many authorities may be between this certificate and a broker's. */
	pathLength: number;
	/** Whether it is valid for a server: extendedKeyUsage, where it is there, says serverAuth (§4.2.1.12). */
	server: boolean;
	/** subjectAltName: DNS names in lower case, and IP addresses as their 4 or 16 bytes. */
	hosts: readonly (string | Uint8Array)[];
	/** An unknown critical extension, in hexadecimal: a certificate with one must be refused (§4.2). */
	unknown: string | undefined;
}

const basicConstraints = "551d13";
const keyUsage = "551d0f";
const extendedKeyUsage = "551d25";
const subjectAltName = "551d11";
const serverAuth = "2b06010505070301";
const anyUsage = "551d2500";

/** Throws where `der` is no certificate. */
export function readCertificate(der: Uint8Array): Certificate {
	const outer = new Der(der).next(SEQUENCE);
	const parts = outer.inside;
	outer.close();
	const tbs = parts.next(SEQUENCE).whole;
	const fields = parts.inside;
	const identifier = parts.next(SEQUENCE).whole;
	const algorithm = parts.inside.next(OBJECT_IDENTIFIER).hex;
	const signature = parts.bits();
	parts.close();
	if (fields.ahead === EXPLICIT) fields.next(); // version
	fields.next(INTEGER); // serialNumber
	// the signed part must name the same algorithm (§4.1.1.2)
	if (!sameBytes(fields.next(SEQUENCE).whole, identifier)) throw new Error("X.509: two signature algorithms");
	const issuer = fields.next(SEQUENCE).whole;
	const validity = fields.next(SEQUENCE).inside;
	const from = readTime(validity.next());
	const until = readTime(validity.next());
	const subject = fields.next(SEQUENCE).whole;
	fields.next(SEQUENCE); // subjectPublicKeyInfo
	const certificate: Certificate = {
		der,
		tbs,
		algorithm,
		signature,
		issuer,
		subject,
		from,
		until,
		authority: false,
		pathLength: Infinity,
		server: true,
		hosts: [],
		unknown: undefined,
	};
	while (!fields.done) {
		fields.next();
		// [1] and [2] are unique identifiers, which are not in use
		if (fields.tag === EXPLICIT + 3) readExtensions(fields.inside.next(SEQUENCE).inside, certificate);
	}
	return certificate;
}

function readExtensions(extensions: Der, certificate: Certificate): void {
	let mayCertify = true;
	while (!extensions.done) {
		const fields = extensions.next(SEQUENCE).inside;
		const id = fields.next(OBJECT_IDENTIFIER).hex;
		const critical = fields.ahead === BOOLEAN && fields.next().content[0] !== 0;
		const value = fields.next(OCTET_STRING).inside;
		if (id === basicConstraints) {
			const constraints = value.next(SEQUENCE).inside;
			certificate.authority = constraints.ahead === BOOLEAN && constraints.next().content[0] !== 0;
			if (constraints.ahead === INTEGER) certificate.pathLength = small(constraints.next().content);
		} else if (id === keyUsage) {
			const bits = value.next().content;
			mayCertify = ((bits[1] ?? 0) & 0x04) !== 0;
		} else if (id === extendedKeyUsage) {
			certificate.server = false;
			const usages = value.next(SEQUENCE).inside;
			while (!usages.done) {
				const usage = usages.next(OBJECT_IDENTIFIER).hex;
				if (usage === serverAuth || usage === anyUsage) certificate.server = true;
			}
		} else if (id === subjectAltName) certificate.hosts = readHosts(value.next(SEQUENCE).inside);
		else if (critical) certificate.unknown = id;
	}
	certificate.authority &&= mayCertify;
}

function small(bytes: Uint8Array): number {
	return bytes.length === 1 && (bytes[0] as number) < 0x80 ? (bytes[0] as number) : 0;
}

function readHosts(names: Der): (string | Uint8Array)[] {
	const hosts: (string | Uint8Array)[] = [];
	while (!names.done) {
		names.next();
		if (names.tag === 0x82) hosts.push(ascii(names.content).toLowerCase());
		else if (names.tag === 0x87) hosts.push(names.content);
	}
	return hosts;
}

function ascii(bytes: Uint8Array): string {
	let text = "";
	for (const byte of bytes) text += String.fromCharCode(byte);
	return text;
}

/** §4.1.2.5: UTCTime up to 2049, GeneralizedTime from then on; both in UTC, to the second. */
function readTime(element: Der): number {
	const { tag } = element;
	const text = ascii(element.content);
	const length = tag === UTC_TIME ? 13 : tag === GENERALIZED_TIME ? 15 : 0;
	if (text.length !== length || !/^\d+Z$/.test(text)) throw new Error("X.509: a time that is none");
	const short = Number(text.slice(0, 2));
	const year = length === 15 ? Number(text.slice(0, 4)) : short + (short < 50 ? 2000 : 1900);
	const part = (index: number) => Number(text.slice(length - 11 + 2 * index, length - 9 + 2 * index));
	return Date.UTC(year, part(0) - 1, part(1), part(2), part(3), part(4));
}

/** A name as people write it, for messages: its common name, else its other attributes. */
export function readName(name: Uint8Array): string {
	let found = "";
	try {
		const sets = new Der(name).next(SEQUENCE).inside;
		while (!sets.done) {
			const attribute = sets.next().inside.next(SEQUENCE).inside;
			const id = attribute.next(OBJECT_IDENTIFIER).hex;
			const value = ascii(attribute.next().content).replace(/[^ -~]/g, "?");
			if (id === "550403" || found === "") found = value;
		}
	} catch {
		// the attributes that have been read are enough
	}
	return found;
}
