// MQTT over a WebSocket, as a socket like any other.
export * from "./whatwg.js";
