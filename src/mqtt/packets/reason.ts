// The reasons for which a connection ends, as numbers: nothing may be allocated where a reason is found. `sentences.ts` has them in words.

export const NEED_MORE = 0;

export const BAD_OPERATION = -1;
export const BAD_FLAGS = -2;
export const BAD_LENGTH = -3;
export const BAD_QOS = -4;
export const BAD_DUP = -5;
export const BAD_TOPIC = -6;
export const BAD_ID = -7;
export const BAD_PACKET_LENGTH = -8;
export const BAD_CONNACK = -9;
export const BAD_SUBACK = -10;
export const NOT_FIRST = -11;
export const SECOND_CONNACK = -12;
export const FROM_SERVER = -13;
export const SUBACK_TOO_LONG = -14;
export const TOO_MANY_RECEIVED = -15;
export const RESOLVE_TIMEOUT = -16;
export const CONNECT_TIMEOUT = -17;
export const CONNACK_TIMEOUT = -18;
export const SUBACK_TIMEOUT = -19;
export const PINGRESP_TIMEOUT = -20;
export const NOT_FOUND = -21;
export const CONNECTION_LOST = -22;
export const REFUSED = -23;
export const OTHER_ACK = -24;
export const SESSION_KEPT = -25;
