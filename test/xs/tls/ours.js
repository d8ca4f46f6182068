import PluggedTCP from "hosts/sim/tcp";
import { Clock } from "hosts/xs/time";
import { readCertificate } from "hosts/xs/tls/certificate";
import TLSSocket from "hosts/xs/tls/socket";

const time = new Clock();
const TCP = { io: PluggedTCP, plug: { in: true, sockets: new Set() } };
const bytes = (base64) => Uint8Array.fromBase64(base64);

export function open({ host, port, authorities, insecure, clientCertificate, clientKey, ...callbacks }) {
	const secure = { authorities: authorities.map((one) => readCertificate(bytes(one))), insecure };
	if (clientKey) {
		secure.clientCertificates = [bytes(clientCertificate).buffer];
		secure.clientKey = bytes(clientKey).buffer;
	}
	return new TLSSocket({ ...callbacks, address: "127.0.0.1", host, port, TCP, time, secure });
}
