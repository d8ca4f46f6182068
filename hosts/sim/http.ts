// HTTP in the simulator: as on a board, but through the plug that can be pulled.
import type { HttpRequest } from "../../src/host.js";
import Http, { type XsHttpOptions } from "../xs/http.js";
import type { Plug } from "./tcp.js";

export default class PluggedHttp extends Http {
	readonly #plug: Plug;

	constructor(options: XsHttpOptions & { plug: Plug }) {
		super(options);
		this.#plug = options.plug;
	}

	/** Without a cable no request goes out, no answer comes, and there is no error. */
	override request(request: HttpRequest): void {
		if (this.#plug.in) super.request(request);
	}
}
