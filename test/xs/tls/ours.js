import UDP from "embedded:io/socket/udp";
import PluggedTCP from "hosts/sim/tcp";
import { Clock } from "hosts/xs/time";
import { readCertificate } from "hosts/xs/tls/certificate";
import { Sntp } from "hosts/xs/tls/sntp";
import TLSSocket from "hosts/xs/tls/socket";
import RNG from "rng";

const time = new Clock();
const TCP = { io: PluggedTCP, plug: { in: true, sockets: new Set() } };
const bytes = (base64) => Uint8Array.fromBase64(base64);

/** Asks a server of NTP on this machine for the time. */
export function ask(port, then) {
	const options = { host: "127.0.0.1", port, udp: { io: UDP }, dns: { io: Here }, time, log() {}, random: RNG.get };
	let seconds;
	const setTime = (value) => {
		seconds = value;
	};
	const clock = new Sntp({ ...options, setTime });
	clock.set((fault) => then({ seconds, fault, known: clock.known }));
}

class Here {
	resolve({ host, onResolved }) {
		time.alarm(() => onResolved(host, host)).set(0);
	}
	close() {}
}

export function open({ host, port, authorities, insecure, clientCertificate, clientKey, ...callbacks }) {
	const secure = { authorities: authorities.map((one) => readCertificate(bytes(one))), insecure };
	if (clientKey) {
		secure.clientCertificates = [bytes(clientCertificate).buffer];
		secure.clientKey = bytes(clientKey).buffer;
	}
	return new TLSSocket({ ...callbacks, address: "127.0.0.1", host, port, TCP, time, secure });
}
