// MQTT over a WebSocket, as a socket like any other: over a browser's WebSocket class, or over a socket, with frames composed here.
export { FramedSocket, type FramedSocketOptions } from "./socket.js";
export * from "./whatwg.js";
