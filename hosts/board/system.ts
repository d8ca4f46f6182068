// What ESP-IDF knows and the SDK has no word for: some of its calls, through the SDK's FFI (manifest.json).
import FFI from "mc/ffi";

/** `wifi_ps_type_t` of esp_wifi_types.h, `esp_mac_type_t` of esp_mac.h. */
const WIFI_PS_NONE = 0;
const ESP_MAC_WIFI_STA = 0;

export class System {
	readonly #native = new FFI();

	/**
	 * Once Wi-Fi has been started. A lamp hangs on the mains: its radio need not sleep. Asleep between beacons, as ESP-IDF has it by default
	 * (WIFI_PS_MIN_MODEM), it gets a level up to 100 ms late, or 300 ms where the access point says so (DTIM 3).
	 */
	stayAwake(): void {
		this.#native.esp_wifi_set_ps(WIFI_PS_NONE);
	}

	/** Last three bytes of the MAC that Wi-Fi will have, in hexadecimal, before it is started. Undefined: not known before. */
	get id(): string | undefined {
		const mac = new Uint8Array(6);
		if (this.#native.esp_read_mac(mac.buffer, ESP_MAC_WIFI_STA) !== 0) return undefined;
		let id = "";
		for (let i = 3; i < 6; i++) id += (mac[i] + 0x100).toString(16).slice(1);
		return id;
	}

	/** Bytes that can still be given. */
	get freeHeap(): number | undefined {
		return this.#native.esp_get_free_heap_size();
	}
}
