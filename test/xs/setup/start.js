// In mcsim: the setup page's own server on the SDK's sockets, with a storage in memory and the memory of a board.
import Listener from "embedded:io/socket/listener";
import UDP from "embedded:io/socket/udp";
import { answerNames } from "hosts/board/setup/names";
import { Portal } from "hosts/board/setup/portal";
import { Saved } from "hosts/board/setup/saved";
import { Server } from "hosts/board/setup/server";
import { Clock } from "hosts/xs/time";
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
const portal = new Portal({
	saved: new Saved(store),
	host: `127.0.0.1:${port}`,
	id: "a1b2c3",
	presets: { role: "", ssid: "", password: "", broker: "", port: "1883", topic: "light", mqtt_user: "", mqtt_password: "" },
	networks: ["Café", "home"],
	reason: config.reason || undefined,
	onVisit: () => log("visit"),
	onDone: () => log("restart"),
});

export default function () {
	if (Number(config.dns)) answerNames({ io: UDP, port: Number(config.dns), address: "192.168.4.1", log });
	new Server({ io: Listener, port, time: new Clock(), log, request: () => portal.request() });
	log("open");
}
