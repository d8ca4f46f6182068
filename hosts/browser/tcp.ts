/** A page cannot open a TCP socket: MQTT goes over a WebSocket (`network.mqtt.socket` of the device). */
export default class TCP {
	constructor() {
		throw new Error("TCP: a browser has none; use network.mqtt.socket of the device, MQTT over WebSocket");
	}
}
