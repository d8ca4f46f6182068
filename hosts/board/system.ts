// Calls of ESP-IDF that the SDK has no class for, through the SDK's FFI (manifest.json).
import FFI from "mc/ffi";

/** `wifi_ps_type_t` of esp_wifi_types.h, `esp_mac_type_t` of esp_mac.h. */
const WIFI_PS_NONE = 0;
const ESP_MAC_WIFI_STA = 0;

export class System {
	readonly #native = new FFI();

	/**
	 * To be called once Wi-Fi has been started. A lamp hangs on the mains: its radio need not sleep. A radio that sleeps between beacons, ESP-IDF's
	 * default (WIFI_PS_MIN_MODEM), receives a level up to 100 ms late, or 300 ms where the access point says so (DTIM 3).
	 */
	stayAwake(): void {
		this.#native.esp_wifi_set_ps(WIFI_PS_NONE);
	}

	/** The last three bytes of Wi-Fi's MAC, in hexadecimal, before Wi-Fi is started. Undefined: not known before. */
	get id(): string | undefined {
		const mac = new Uint8Array(6);
		if (this.#native.esp_read_mac(mac.buffer, ESP_MAC_WIFI_STA) !== 0) return undefined;
		let id = "";
		for (let i = 3; i < 6; i++) id += (mac[i] + 0x100).toString(16).slice(1);
		return id;
	}

	/** Bytes that can still be allocated. */
	get freeHeap(): number | undefined {
		return this.#native.esp_get_free_heap_size();
	}
}
