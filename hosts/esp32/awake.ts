// A lamp hangs on the mains: its radio need not sleep. Asleep between beacons, as ESP-IDF has it by default (WIFI_PS_MIN_MODEM), it gets a
// level up to 100 ms late, or 300 ms where the access point says so (DTIM 3). The SDK has no word for it: awake.c has.
declare function native(name: string): () => void;

/** Once Wi-Fi has been started. */
export function stayAwake(): void {
	native("xs_lampwire_awake").call(undefined);
}
