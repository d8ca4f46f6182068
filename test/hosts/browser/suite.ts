// The contract in a page: the browser host's pieces, and peers that are had over `control`, which the test gives to the page.
import Http from "../../../hosts/browser/http.js";
import Analog, { Pot } from "../../../hosts/browser/knob.js";
import PWM, { Led } from "../../../hosts/browser/led.js";
import Resolver from "../../../hosts/browser/resolver.js";
import { WebStore } from "../../../hosts/browser/store.js";
import { time } from "../../../hosts/browser/time.js";
import WebSocketStream from "../../../src/mqtt/websocket/whatwg.js";
import { storeContract } from "../contract/store.js";
import { contract, type Listener, type Peer } from "../contract.js";
import { report } from "./node-test.js";

declare global {
	/** Asks the test for something of a listener or a peer; bytes as base64. */
	function control(what: string, number: number, argument?: string): Promise<string>;
	function runSuite(): Promise<{ passed: string[]; failed: string[] }>;
}

async function listen(): Promise<Listener> {
	const number = Number(await control("listen", 0));
	const port = Number(await control("port", number));
	return {
		address: "127.0.0.1",
		port,
		accept: async () => peer(Number(await control("accept", number))),
		close: async () => void (await control("close", number)),
	};
}

/** What the contract does not wait for goes out in order all the same. */
function peer(number: number): Peer {
	const order = (what: string) => () => void control(what, number);
	return {
		take: async (count) => Uint8Array.from(atob(await control("take", number, String(count))), (letter) => letter.charCodeAt(0)),
		send: (bytes) => void control("send", number, base64(bytes)),
		pause: order("pause"),
		resume: order("resume"),
		end: order("end"),
		reset: order("reset"),
		ended: control("ended", number).then(() => {}),
	};
}

function base64(bytes: Uint8Array): string {
	let text = "";
	// A function takes some ten thousand arguments at most.
	for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
	return btoa(text);
}

const pot = new Pot();
const led = new Led();
contract({
	name: "browser",
	socket: { io: WebSocketStream, WebSocket, time },
	dns: { io: Resolver },
	time,
	http: { io: Http },
	lacksHttp: /^Error: http: a page cannot speak to a Hue bridge; run lampwire hue on a computer, or role=hue on a board$/,
	knob: { io: Analog, pot },
	led: { io: PWM, led },
	turn: (position) => {
		pot.position = position;
	},
	duty: () => led.duty,
	// A browser's WebSocket cannot let its peer wait: it is cut beyond this, and a frame.
	unread_max_bytes: 17 * 2 ** 20,
	listen,
});

const { key } = new WebStore("desk/lamp*");
let writes = 0;
let refusing = false;
const { setItem } = Storage.prototype;
Storage.prototype.setItem = function (this: Storage, name: string, value: string) {
	if (refusing) throw new DOMException("no more room", "QuotaExceededError");
	writes++;
	setItem.call(this, name, value);
};
storeContract({
	name: "browser",
	open: () => new WebStore("desk/lamp*"),
	openOther: () => new WebStore("desk"),
	writes: () => writes,
	damage: () => localStorage.setItem(key, '{"level": 9'),
	// As a browser does that gives the site no more room. Really filled up, it would still take a value that is not longer than the old one.
	refuse() {
		refusing = true;
		return () => {
			refusing = false;
		};
	},
});

globalThis.runSuite = report;
