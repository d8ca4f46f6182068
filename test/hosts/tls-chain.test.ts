// What hosts/xs/tls believes of certificates, in Node, where thousands of wrong ones are checked in a second; the same in mcsim, with the
// SDK's arithmetic: test/xs/tls.test.ts.
import assert from "node:assert/strict";
import { createPublicKey, verify as verifySignature, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { readAuthorities } from "../../hosts/xs/tls/authorities.js";
import { type Certificate, readCertificate } from "../../hosts/xs/tls/certificate.js";
import { checkChain } from "../../hosts/xs/tls/chain.js";
import { Refusal } from "../../hosts/xs/tls/refusal.js";
import { keyPem, make, pem } from "../xs/tls/certificates.js";

const host = "broker.test";
const root = make({ name: "Root", authority: true });
const middle = make({ name: "Middle", issuer: root, authority: true, pathLength: 0 });
const leaf = make({ name: host, issuer: middle, dns: [host, "*.example.test"], ip: [192, 168, 1, 10] });

function signed(issuer: Certificate, certificate: Certificate): boolean {
	const key = new X509Certificate(issuer.der).publicKey;
	return verifySignature("sha256", certificate.tbs, createPublicKey(key.export({ type: "spki", format: "pem" })), certificate.signature);
}

function check(sent: readonly Uint8Array[], name = host): void {
	checkChain(sent, { authorities: [readCertificate(root.der)], host: name, now: Date.now(), signed });
}

test("a bit that is turned over in any byte of a chain is noticed", () => {
	check([leaf.der, middle.der]);
	for (const which of [0, 1])
		for (let i = 0; i < (which === 0 ? leaf : middle).der.length; i++) {
			const chain = [Buffer.from(leaf.der), Buffer.from(middle.der)];
			const bytes = chain[which] as Buffer;
			bytes[i] = (bytes[i] as number) ^ (1 << ((i * 5) & 7));
			// or Node cannot read the key
			assert.throws(
				() => check(chain),
				(error) => error instanceof Refusal || /asn1|ASN|error:/.test(String(error)),
				`byte ${i} of certificate ${which}`,
			);
		}
});

test("a chain that ends early, and any order but the right one", () => {
	assert.throws(() => check([leaf.der]), /is signed by "Middle", which is not the CA/);
	assert.throws(() => check([middle.der, leaf.der]), /names no host/);
	assert.throws(() => check([leaf.der, root.der, middle.der]), /is signed by "Middle", which is not the CA/);
	check([leaf.der, middle.der, root.der, root.der]);
});

test("names: RFC 9525", () => {
	for (const name of [host, "BROKER.test", "broker.test.", "a.example.test", "192.168.1.10"]) check([leaf.der, middle.der], name);
	for (const name of [
		"xbroker.test",
		"broker.tes",
		"example.test",
		"a.b.example.test",
		".example.test",
		"192.168.1.1",
		"::1",
		"*.example.test.x",
	])
		assert.throws(() => check([leaf.der, middle.der], name), /and not for/, name);
});

test("an IPv6 address", () => {
	const one = make({ name: "six", issuer: root, ip: [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] });
	check([one.der], "2001:db8::1");
	check([one.der], "2001:DB8:0:0:0:0:0:1");
	assert.throws(() => check([one.der], "2001:db8::2"), /is for 2001:db8:0:0:0:0:0:1, and not for 2001:db8::2/);
});

test("PEM and DER, and what is neither", () => {
	const text = (words: string) => readAuthorities(Buffer.from(words)).map(({ der }) => Buffer.from(der).toString("hex"));
	assert.deepEqual(
		readAuthorities(root.der).map(({ der }) => Buffer.from(der)),
		[root.der],
	);
	assert.deepEqual(text(`Root of the house\n${pem(root.der)}\r\nand another\n${pem(middle.der)}`), [
		root.der.toString("hex"),
		middle.der.toString("hex"),
	]);
	assert.throws(() => text(keyPem(root)), /it holds a private key, and no certificate/);
	assert.throws(() => text(""), /it holds no certificate, in PEM or in DER/);
	assert.throws(() => text("0 certificates"), /it holds no certificate/);
	assert.throws(() => text(pem(root.der).slice(0, 200)), /and none -----END/);
	assert.throws(() => text(pem(root.der).replace(/[A-Z]/, "!")), /BEGIN|no certificate|not base64/);
	assert.throws(() => text(pem(root.der.subarray(0, 60))), /a certificate cannot be read/);
});
