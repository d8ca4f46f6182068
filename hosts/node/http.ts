// The HTTP/1.1 of src/host.ts, on Node's own http and tls.
import http from "node:http";
import tls from "node:tls";
import type { Http, HttpOptions, HttpRequest, HttpSecurity } from "../../src/host.js";

/** A bridge that lost its power closes no connection, and its event stream may be silent for long: so the system sends TCP keep-alives. */
const keepAlive_ms = 15_000;

export default class Client implements Http {
	readonly #options: HttpOptions;
	readonly #agent: http.Agent;
	#request: http.ClientRequest | undefined;
	#closed = false;

	constructor(options: HttpOptions) {
		this.#options = options;
		// One connection, kept open: a handshake for each command would take longer than the command.
		const agent = { keepAlive: true, maxSockets: 1 };
		this.#agent = options.secure ? new PinnedAgent(agent, options.secure) : new http.Agent(agent);
	}

	request(request: HttpRequest): void {
		if (this.#closed) throw new Error("Http: closed");
		if (this.#request) throw new Error("Http: an exchange is under way");
		const { host, port } = this.#options;
		const { method, path, headers, body } = request;
		const length = body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
		const sent = http.request({ agent: this.#agent, host, port, method, path, headers: { ...headers, ...length } });
		this.#request = sent;
		/** True at the first call: one exchange has one end. */
		const ends = () => {
			if (this.#request !== sent || this.#closed) return false;
			this.#request = undefined;
			return true;
		};
		const fail = (reason: string) => {
			if (ends()) request.onError(reason);
			sent.destroy();
		};
		sent.on("socket", (socket) => socket.setKeepAlive(true, keepAlive_ms));
		sent.on("error", (error: NodeJS.ErrnoException) => fail(reasonOf(error)));
		sent.on("response", (response) => {
			let text = "";
			let bytes = 0;
			response.setEncoding("utf8");
			response.on("data", (piece: string) => {
				if (this.#request !== sent || this.#closed) return;
				if (request.onPiece) return request.onPiece(piece);
				bytes += Buffer.byteLength(piece);
				if (bytes > this.#options.limit) return fail(`the answer is longer than ${this.#options.limit} bytes`);
				text += piece;
			});
			response.on("end", () => {
				if (ends()) request.onDone(response.statusCode ?? 0, text);
			});
			response.on("error", () => fail("the connection broke in the middle of the answer"));
			response.on("aborted", () => fail("the connection broke in the middle of the answer"));
		});
		sent.end(body);
	}

	close(): void {
		this.#closed = true;
		this.#request?.destroy();
		this.#request = undefined;
		this.#agent.destroy();
	}
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
	if (code === "ECONNREFUSED") return "nothing listens there";
	if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "the name is not known";
	if (code === "EHOSTUNREACH" || code === "ENETUNREACH" || code === "EHOSTDOWN") return "there is no way to that address";
	if (code === "ECONNRESET" || code === "EPIPE") return "the connection broke";
	return message;
}

/** Gives a connection only after its certificate has been checked: no byte of a request, which holds the key, may be sent before that. */
class PinnedAgent extends http.Agent {
	readonly #secure: HttpSecurity;

	constructor(options: http.AgentOptions, secure: HttpSecurity) {
		super(options);
		this.#secure = secure;
	}

	override createConnection(options: http.ClientRequestArgs, done?: (error: Error | null, stream: tls.TLSSocket) => void): undefined {
		const { certificate, name } = this.#secure;
		const socket = tls.connect({
			host: options.host ?? "",
			port: Number(options.port),
			// A bridge's certificate has the bridge's id, not its address: `check` compares it.
			...(certificate === undefined ? { rejectUnauthorized: false } : { ca: certificate }),
			...(name === undefined ? {} : { servername: name }),
			checkServerIdentity: () => undefined,
		});
		const fail = (error: Error) => {
			socket.destroy();
			done?.(error, socket);
		};
		socket.once("error", fail);
		socket.once("secureConnect", () => {
			socket.off("error", fail);
			const fault = faultOf(socket.getPeerCertificate(), this.#secure);
			if (fault === undefined) done?.(null, socket);
			else fail(new Error(fault));
		});
	}
}

/** The fault of a peer's certificate, in words; `undefined`: none. */
function faultOf(certificate: tls.PeerCertificate, { pin, name }: HttpSecurity): string | undefined {
	const own = fingerprint(certificate);
	if (pin !== undefined && own !== plain(pin))
		return `the certificate is not the one of the pairing (its fingerprint is ${own}). If the bridge was replaced or reset, pair again; if not, somebody may stand in between`;
	const common = String(certificate.subject?.CN ?? "");
	if (name !== undefined && common.toLowerCase() !== name.toLowerCase())
		return `the certificate is that of "${common}", not of the bridge ${name}`;
	return undefined;
}

/** SHA-256, 64 digits of lower-case hexadecimal. */
export function fingerprint(certificate: tls.PeerCertificate): string {
	return plain(certificate.fingerprint256 ?? "");
}

function plain(text: string): string {
	return text.replaceAll(":", "").toLowerCase();
}
