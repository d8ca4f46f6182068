// What a link says of itself at its status topic, as bytes: birth, and will and goodbye.

/** "online" */
export const online = new Uint8Array([0x6f, 0x6e, 0x6c, 0x69, 0x6e, 0x65]);
/** "offline" */
export const offline = new Uint8Array([0x6f, 0x66, 0x66, 0x6c, 0x69, 0x6e, 0x65]);
