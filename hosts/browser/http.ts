// A page has no HTTP to a bridge: browsers refuse a bridge's certificate, and a page that came by https may not use http.
import type { Http as HostHttp, HttpOptions } from "../../src/host.js";

export default class Http implements HostHttp {
	constructor(_options: HttpOptions) {
		throw new Error("http: a page cannot speak to a Hue bridge; run lampwire hue on a computer, or role=hue on a board");
	}

	request(): void {}

	close(): void {}
}
