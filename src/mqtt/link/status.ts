// The messages of a link on its status topic, as bytes: birth; will and goodbye.

/** "online" */
export const online = new Uint8Array([0x6f, 0x6e, 0x6c, 0x69, 0x6e, 0x65]);
/** "offline" */
export const offline = new Uint8Array([0x6f, 0x66, 0x66, 0x6c, 0x69, 0x6e, 0x65]);
