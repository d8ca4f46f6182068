// Certificates for tests (RFC 5280), right ones and wrong ones.
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

const day_ms = 86_400_000;

export interface Made {
	name: string;
	der: Buffer;
	key: KeyObject;
	kind: "ec" | "rsa";
	/** By its issuer. */
	signature: Buffer;
}

export interface Making {
	name: string;
	/** Default: itself. */
	issuer?: Made;
	/** basicConstraints CA:TRUE; null: no such extension. Default false. */
	authority?: boolean | null;
	pathLength?: number;
	/** subjectAltName. */
	dns?: readonly string[];
	ip?: readonly number[];
	from?: Date;
	until?: Date;
	kind?: "ec" | "rsa";
	bits?: number;
	curve?: string;
	/** Whose key it has. Default: a new one. */
	key?: Made;
	/** Of the signature. */
	hash?: "sha1" | "sha256" | "sha384";
	/** An object identifier of extendedKeyUsage, or of a critical extension that nobody knows. */
	usage?: string;
	unknown?: string;
}

const algorithms: { readonly [name: string]: string } = {
	"rsa sha1": "2a864886f70d010105",
	"rsa sha256": "2a864886f70d01010b",
	"rsa sha384": "2a864886f70d01010c",
	"ec sha256": "2a8648ce3d040302",
	"ec sha384": "2a8648ce3d040303",
};

const hex = (text: string) => Buffer.from(text, "hex");

export function der(tag: number, ...parts: Buffer[]): Buffer {
	const content = Buffer.concat(parts);
	const { length } = content;
	const head = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
	return Buffer.concat([Buffer.from(head), content]);
}

const oid = (text: string) => der(0x06, hex(text));
const yes = der(0x01, Buffer.from([0xff]));
const named = (name: string) => der(0x30, der(0x31, der(0x30, oid("550403"), der(0x0c, Buffer.from(name)))));
const time = (date: Date) => der(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`));

let serial = 1;

export function make(making: Making): Made {
	const { name, issuer, authority = false, dns = [], ip = [], hash = "sha256", pathLength, usage, unknown } = making;
	const kind = making.key?.kind ?? making.kind ?? "ec";
	const pair =
		kind === "rsa"
			? generateKeyPairSync("rsa", { modulusLength: making.bits ?? 2_048 })
			: generateKeyPairSync("ec", { namedCurve: making.curve ?? "P-256" });
	const key = making.key?.key ?? pair.privateKey;
	const publicKey = making.key ? spkiOf(making.key) : (pair.publicKey.export({ type: "spki", format: "der" }) as Buffer);
	const signer = issuer ?? { key, kind };
	const algorithm = algorithms[`${signer.kind} ${hash}`];
	if (!algorithm) throw new Error(`no ${signer.kind} with ${hash}`);
	const identifier = der(0x30, oid(algorithm), ...(signer.kind === "rsa" ? [der(0x05)] : []));
	const extensions: Buffer[] = [];
	if (authority !== null) {
		const constraints = authority ? [yes, ...(pathLength === undefined ? [] : [der(0x02, Buffer.from([pathLength]))])] : [];
		extensions.push(der(0x30, oid("551d13"), yes, der(0x04, der(0x30, ...constraints))));
	}
	const alternatives = [...dns.map((one) => der(0x82, Buffer.from(one))), ...(ip.length > 0 ? [der(0x87, Buffer.from(ip))] : [])];
	if (alternatives.length > 0) extensions.push(der(0x30, oid("551d11"), der(0x04, der(0x30, ...alternatives))));
	// subjectKeyIdentifier and authorityKeyIdentifier
	extensions.push(der(0x30, oid("551d0e"), der(0x04, der(0x04, identifierOf(publicKey)))));
	extensions.push(der(0x30, oid("551d23"), der(0x04, der(0x30, der(0x80, identifierOf(issuer ? spkiOf(issuer) : publicKey))))));
	if (usage) extensions.push(der(0x30, oid("551d25"), der(0x04, der(0x30, oid(usage)))));
	if (unknown) extensions.push(der(0x30, oid(unknown), yes, der(0x04, der(0x05))));
	const tbs = der(
		0x30,
		der(0xa0, der(0x02, Buffer.from([2]))),
		der(0x02, Buffer.from([0x40, 0, serial >> 8, serial++ & 0xff])),
		identifier,
		named(issuer?.name ?? name),
		der(0x30, time(making.from ?? new Date(Date.now() - day_ms)), time(making.until ?? new Date(Date.now() + 3_650 * day_ms))),
		named(name),
		publicKey,
		...(extensions.length > 0 ? [der(0xa3, der(0x30, ...extensions))] : []),
	);
	const signature = sign(hash, tbs, signer.key);
	return { name, kind, key, signature, der: der(0x30, tbs, identifier, der(0x03, Buffer.from([0]), signature)) };
}

const identifierOf = (spki: Buffer) => createHash("sha1").update(spki).digest();

function spkiOf({ der: certificate }: Made): Buffer {
	// of tests' own certificates: version, serial, algorithm, issuer, validity, subject, then the key
	const body = inside(inside(certificate));
	let rest = body;
	for (let i = 0; i < 6; i++) rest = rest.subarray(sizeOf(rest));
	return rest.subarray(0, sizeOf(rest));
}

function headOf(bytes: Buffer): [number, number] {
	const first = bytes[1] as number;
	if (first < 0x80) return [2, first];
	return first === 0x81 ? [3, bytes[2] as number] : [4, bytes.readUInt16BE(2)];
}
const sizeOf = (bytes: Buffer) => headOf(bytes)[0] + headOf(bytes)[1];
const inside = (bytes: Buffer) => bytes.subarray(headOf(bytes)[0], sizeOf(bytes));

export const pem = (bytes: Buffer): string =>
	`-----BEGIN CERTIFICATE-----\n${(bytes.toString("base64").match(/.{1,64}/g) ?? []).join("\n")}\n-----END CERTIFICATE-----\n`;

export const keyPem = ({ key }: Made): string => key.export({ type: "pkcs8", format: "pem" }).toString();
