// The states of a connection, in the order in which they follow. From `ACCEPTING` on there is a socket to read.

/** `close` was called. */
export const CLOSED = 0;
export const ENDED = 1;
export const RESOLVING = 2;
export const CONNECTING = 3;
/** CONNECT was sent. */
export const ACCEPTING = 4;
export const READY = 5;
/** A part of a PUBLISH was sent. */
export const STREAMING = 6;
/** DISCONNECT was sent. */
export const LEAVING = 7;
