// The reasons for which a TLS connection is refused or ended.

/** The alerts of RFC 5246 §7.2.2 that this client sends. */
export const unexpected_message = 10;
export const record_overflow = 22;
export const handshake_failure = 40;
export const bad_certificate = 42;
export const unsupported_certificate = 43;
export const certificate_expired = 45;
export const unknown_ca = 48;
export const decode_error = 50;
export const decrypt_error = 51;
export const protocol_version = 70;
export const internal_error = 80;

/** Thrown inside the handshake, caught by the socket: `alert` is sent to the broker, the message goes to the application. */
export class Refusal extends Error {
	readonly alert: number;

	constructor(alert: number, why: string) {
		super(`TLS: ${why}`);
		this.alert = alert;
	}
}

const names: readonly (readonly [number, string])[] = [
	[10, "unexpected_message"],
	[20, "bad_record_mac"],
	[22, "record_overflow"],
	[40, "handshake_failure: no cipher suite in common; this device has ECDHE with ECDSA or RSA, and AES-128-GCM"],
	[42, "bad_certificate: it wants another certificate of this device"],
	[43, "unsupported_certificate"],
	[44, "certificate_revoked"],
	[45, "certificate_expired: it means the certificate of this device"],
	[46, "certificate_unknown"],
	[47, "illegal_parameter"],
	[48, "unknown_ca: it does not know who has signed the certificate of this device"],
	[49, "access_denied"],
	[50, "decode_error"],
	[51, "decrypt_error"],
	[70, "protocol_version: it does not speak TLS 1.2, which is all that this device speaks"],
	[71, "insufficient_security"],
	[80, "internal_error"],
	[90, "user_canceled"],
	[112, "unrecognized_name: it has no certificate for this host name"],
	[116, "certificate_required: this device has none"],
];

/** The name of an alert that the broker has sent. */
export function alertName(description: number): string {
	for (const [number, name] of names) if (number === description) return name;
	return `alert ${description}`;
}
