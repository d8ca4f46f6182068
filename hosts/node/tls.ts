// TLS over node:tls, as a socket like TCP's (src/host.ts). The peer is verified, unless --tls-insecure is given; a refusal is reported in words.
import net from "node:net";
import tls, { type ConnectionOptions } from "node:tls";
import { handshake_timeout_ms } from "../../src/limits.js";
import TCP, { type Dial, type TCPOptions } from "./tcp.js";

export interface TLSOptions extends TCPOptions {
	secure?: Pick<ConnectionOptions, "ca" | "cert" | "key" | "rejectUnauthorized">;
}

const unknown = "who has signed the broker's certificate is not trusted here: give that authority's own certificate with --ca";
const noTLS = "what answers speaks no TLS: is this the broker's port for it?";
const versions = "the broker speaks no version of TLS that is taken here (1.2 and 1.3)";
const wanted = "the broker asks for a certificate of this device: give --cert and --key";

/** Sentences by the code of Node's error, which is OpenSSL's name. */
const reasons: Readonly<Record<string, string>> = {
	CERT_HAS_EXPIRED: "the broker's certificate has expired; or is this machine's clock wrong?",
	CERT_NOT_YET_VALID: "the broker's certificate is not valid yet; or is this machine's clock wrong?",
	DEPTH_ZERO_SELF_SIGNED_CERT: "the broker's certificate is signed by itself alone: if you trust it, give it with --ca",
	SELF_SIGNED_CERT_IN_CHAIN: unknown,
	UNABLE_TO_GET_ISSUER_CERT: unknown,
	UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknown,
	UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknown,
	CERT_SIGNATURE_FAILURE: "the signature of the broker's certificate is wrong",
	INVALID_CA: "the broker's certificate is signed by one that may not sign others",
	INVALID_PURPOSE: "the broker's certificate is signed by one that may not sign others, or is not for a server",
	ERR_SSL_WRONG_VERSION_NUMBER: noTLS,
	ERR_SSL_PACKET_LENGTH_TOO_LONG: noTLS,
	ERR_SSL_HTTP_REQUEST: noTLS,
	ERR_SSL_UNSUPPORTED_PROTOCOL: versions,
	ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: versions,
	ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: wanted,
	ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE:
		"the broker refuses the handshake: it may ask for a certificate (--cert, --key), or for other ciphers",
	ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "the broker does not know who has signed this device's certificate (--cert)",
	ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "the broker says that this device's certificate (--cert) has expired",
	ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "the broker refuses this device's certificate (--cert)",
};

const dialTls: Dial = (options, connected, arrived) => {
	const { address, host = address, port, nodelay, secure } = options as TLSOptions;
	const socket = tls.connect({
		...secure,
		host: address,
		port,
		minVersion: "TLSv1.2",
		servername: net.isIP(host) ? "" : host,
		checkServerIdentity: (_name, certificate) => tls.checkServerIdentity(host, certificate),
	});
	socket.setNoDelay(nodelay);
	let late: NodeJS.Timeout | undefined;
	let secured = false;
	socket.on("connect", () => {
		late = setTimeout(
			() => socket.destroy(new Error(`the broker has stopped in the midst of the TLS handshake: nothing for ${handshake_timeout_ms} ms`)),
			handshake_timeout_ms,
		);
	});
	socket.on("close", () => clearTimeout(late));
	socket.on("secureConnect", () => {
		clearTimeout(late);
		secured = true;
		connected();
	});
	socket.on("data", (bytes) => {
		if (!arrived(bytes)) socket.pause();
	});
	return {
		socket: socket,
		explained(error) {
			const { code = "", reason } = (error ?? {}) as NodeJS.ErrnoException & { reason?: string };
			if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return new Error(`the broker's certificate is not for ${host}: ${reason}`);
			const why = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
			if (why !== undefined) return new Error(why);
			if ((error === undefined || code === "ECONNRESET") && late !== undefined && !secured)
				return new Error("the broker ended the connection in the midst of the TLS handshake");
			return error;
		},
	};
};

export default class TLS extends TCP {
	constructor(options: TLSOptions) {
		super(options, dialTls);
	}
}
