// The class that mcconfig makes of the functions in the manifests.
declare module "mc/ffi" {
	export default class FFI {
		/** From manifest.json. */
		esp_read_mac(mac: ArrayBuffer, type: number): number;
		esp_get_free_heap_size(): number;
		esp_wifi_set_ps(type: number): number;
		/** From update/manifest.json. */
		esp_ota_get_running_partition(): number;
		esp_ota_get_state_partition(partition: number, state: ArrayBuffer): number;
		esp_ota_mark_app_valid_cancel_rollback(): number;
		esp_ota_mark_app_invalid_rollback_and_reboot(): number;
		/** From ../xs/tls/manifest.json: on an ESP32, on a Pico, in mcsim. */
		esp_fill_random(bytes: ArrayBuffer, count: number): void;
		get_rand_32(): number;
		getentropy(bytes: ArrayBuffer, count: bigint): number;
	}
}
