// In mcsim: the setup page's own server on the SDK's sockets, with a storage in memory and the memory of a board.
import Listener from "embedded:io/socket/listener";
import UDP from "embedded:io/socket/udp";
import { openCaptiveDns } from "hosts/board/setup/captive-dns";
import { Portal } from "hosts/board/setup/portal";
import { Saved } from "hosts/board/setup/saved";
import { Server } from "hosts/board/setup/server";
import { cleanSsid } from "hosts/board/ssid";
import { updateRoute } from "hosts/board/update/route";
import { schemesOf } from "hosts/xs/broker-option";
import { Clock } from "hosts/xs/time";
import { readEntered } from "hosts/xs/tls/entered";
import config from "mc/config";

const log = (line) => trace(`${line}\n`);
const values = new Map();
const store = {
	read: (key) => values.get(key),
	write(key, value) {
		values.set(key, value);
		log(`wrote ${key} ${JSON.stringify(value)}`);
	},
};
const port = Number(config.port);
const host = `127.0.0.1:${port}`;
const presets = { role: "", ssid: "", password: "", broker: "", port: "", topic: "light", mqtt_user: "", mqtt_password: "" };
const time = new Clock();
let server;

/** A slot in memory. In place of the key: an image is signed with the sum of its bytes, 64 times. */
let slot = 0;
const sum = (bytes, from = 0) => bytes.reduce((total, byte) => (total + byte) & 0xff, from);
const update = updateRoute({
	judge: {
		chip: 0,
		running: "",
		version: "1.0.0",
		digest() {
			let total = 0;
			return {
				write(bytes) {
					total = sum(bytes, total);
				},
				close: () => Uint8Array.of(total),
			};
		},
		verify: (digest, signature) => signature.every((byte) => byte === digest[0]),
	},
	openSlot: () => ({
		size: 10_000,
		write(bytes) {
			slot = sum(bytes, slot);
		},
		complete: () => log(`slot ${slot} is chosen`),
		close() {
			slot = 0;
		},
	}),
	announce: (name) => log(`announced ${name}`),
	log,
	restart: () => again(`slot ${slot} starts`),
});

function open(networks) {
	const portal = new Portal({
		// as in an image without TLS, unless the test asks for it
		saved: new Saved(store, schemesOf(config)),
		readCa: config.tls_insecure === undefined ? undefined : readEntered,
		host,
		id: "a1b2c3",
		presets,
		networks,
		reason: config.reason || undefined,
		update,
		onVisit: () => log("visit"),
		onDone: () => again("restart"),
	});
	server = new Server({ io: Listener, port, time, log, request: () => portal.request() });
}

/** What is done takes effect with a restart: the page opens anew. */
function again(line) {
	server.close();
	open(["home"]);
	log(line);
}

export default function () {
	// As the SDK gives them: a name is the bytes of a beacon, whatever they are.
	const beacons = ["Café", "\ud800", "home", "a\u0007"];
	const clean = beacons.map(cleanSsid).filter((name) => name !== undefined);
	log(`listed ${clean.join(",")}`);
	if (Number(config.dns)) openCaptiveDns({ io: UDP, port: Number(config.dns), address: "192.168.4.1", log });
	open(config.hostile ? beacons : clean);
	log("open");
}
