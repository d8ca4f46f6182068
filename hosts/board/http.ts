// HTTP on a board, for the Hue bridge: plain, with room for one light's answer.
import type { Http as HostHttp, Provider, Time } from "../../src/host.js";
import Http from "../xs/http.js";
import Resolver from "./resolver.js";
import { socket } from "./tcp.js";
import type { WiFi } from "./wifi.js";

/** A light or a room has up to 2 KB in API v1; the list of a full bridge has 90 KB, more than the memory of the board. */
const body_max_bytes = 8_192;

export function httpProvider(wifi: WiFi, time: Time): Provider<HostHttp> {
	return { io: Http, socket, dns: { io: Resolver, wifi, time }, limit: body_max_bytes };
}
