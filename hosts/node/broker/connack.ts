// The CONNACK return codes of MQTT 3.1.1 §3.2.2.3 that the broker itself sends.
export const accepted = 0;
export const bad_protocol = 1;
export const identifier_rejected = 2;
export const server_unavailable = 3;
export const bad_credentials = 4;
export const not_authorized = 5;
