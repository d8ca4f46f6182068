// In the place of the SDK's ssl/cert: checks the broker's certificate, and has this device's own. The SDK's module takes any chain of which a part is
// right: any certificate at all, when a genuine one follows it.
import PKCS8 from "pkcs8";
import type { PublicKey } from "x509";
import { type Certificate, readCertificate } from "./certificate.js";
import { checkChain } from "./chain.js";
import { bad_certificate, Refusal } from "./refusal.js";
import { publicKey, signedBy } from "./signature.js";

/** The certificates and keys for a connection. Made once, for all connections. */
export interface Security {
	/** The trusted authorities. */
	authorities: readonly Certificate[];
	/** Any server is taken for the broker: for trials alone. */
	insecure?: boolean;
	/** The certificate of this device, and behind it those of its issuers, in DER. */
	clientCertificates?: readonly ArrayBuffer[];
	/** The RSA key of this device, PKCS #8 in DER. */
	clientKey?: ArrayBuffer;
}

export interface SessionOptions extends Security {
	/** The name or address that the broker's certificate must have. */
	host: string;
}

export default class CertificateManager {
	readonly #options: SessionOptions;
	#peer: PublicKey | undefined;

	constructor(options: SessionOptions) {
		this.#options = options;
	}

	/** Throws a Refusal, or returns true. */
	verify(sent: readonly Uint8Array[]): boolean {
		const { host, authorities, insecure } = this.#options;
		const first = sent[0];
		if (!first) throw new Refusal(bad_certificate, "the broker has no certificate");
		if (!insecure) checkChain(sent, { authorities, host, now: Date.now(), signed: signedBy });
		this.#peer = publicKey(readCertificate(first));
		return true;
	}

	/** The broker's key, once `verify` has returned. */
	get peer(): PublicKey {
		if (!this.#peer) throw new Refusal(bad_certificate, "the broker has no certificate");
		return this.#peer;
	}

	/** The SDK registers the broker's certificate here, to find its key again; here `peer` has that key. */
	register(): void {}

	/** The key of this device's certificate. */
	getKey(): unknown {
		return PKCS8.parse(new Uint8Array(this.#options.clientKey as ArrayBuffer));
	}

	findPreferredCert(): readonly ArrayBuffer[] {
		return this.#options.clientCertificates ?? [];
	}
}
