// Cuts a TCP connection with RST, as a peer that crashes does.
import type { Socket } from "node:net";

/**
 * While the socket's FIN is on its way out, libuv refuses a reset (uv_tcp_close_reset: EINVAL), and Node.js, up to 26 at the least, then neither
 * closes the socket nor ends its own process. Such a socket is closed without RST.
 */
export function reset(socket: Socket): void {
	if (socket.writableEnded && !socket.writableFinished) socket.destroy();
	else socket.resetAndDestroy();
}
