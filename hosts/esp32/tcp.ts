// ECMA-419 §10 TCP on lwIP: the SDK's class as it is.
import TCP from "embedded:io/socket/tcp";
import type { SocketProvider } from "../../src/host.js";

/** A level must not wait for the acknowledgement of the one before it: no Nagle. */
export const socket = Object.freeze({ io: TCP, nodelay: true }) as unknown as SocketProvider;
