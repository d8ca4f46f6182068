/// <reference path="./typings.d.ts" />
// ESP-IDF's OTA through the SDK's ECMA-419 classes, and through the SDK's FFI the calls that those classes lack (manifest.json).

import Flash from "embedded:storage/flash";
import Update from "embedded:update";
import { Digest as NativeDigest } from "crypt";
import FFI from "mc/ffi";
import type { Digest, Slot } from "./image.js";
import { identityOf, versionOf } from "./image.js";
import type { Trials } from "./trial.js";

/** The slot that does not run. It is not erased when opened: `mode` "a" erases as it writes. Throws while the running firmware is itself on trial. */
export function openSlot(): Slot {
	const partition = Flash.open({ path: "nextota" });
	const updater = Update.open({ partition, mode: "a" });
	let written = false;
	return {
		size: partition.status().size,
		write(bytes) {
			written = true;
			updater.write(bytes);
		},
		complete: () => updater.complete(),
		close() {
			updater.close();
			try {
				// The bootloader falls back to any image that is whole, and checks no signature. An image without its first block is not whole.
				if (written) partition.eraseBlock(0);
			} finally {
				partition.close();
			}
		},
	};
}

/** SHA-256. The SDK's class takes whole buffers: a view is copied. */
export function makeDigest(): Digest {
	const digest = new NativeDigest("SHA256");
	return {
		write: (bytes) => digest.write(bytes.slice().buffer),
		close: () => new Uint8Array(digest.close()),
	};
}

/** `ESP_OTA_IMG_PENDING_VERIFY` of `esp_ota_img_states_t`. */
const pending_verify = 1;

/** Identity and version of the firmware that runs. */
export function runningFirmware(): { identity: string; version: string } {
	const running = Flash.open({ path: "running", mode: "r" });
	const head = new Uint8Array(running.read(288, 0));
	running.close();
	return { identity: identityOf(head), version: versionOf(head) };
}

export function makeTrials(): Trials {
	const native = new FFI();
	const state = new Int32Array(1);
	// A firmware that came by cable may have no state: the call fails, and there is no trial.
	const known = native.esp_ota_get_state_partition(native.esp_ota_get_running_partition(), state.buffer) === 0;
	return {
		identity: runningFirmware().identity,
		pending: known && state[0] === pending_verify,
		confirm: () => native.esp_ota_mark_app_valid_cancel_rollback(),
		goBack: () => native.esp_ota_mark_app_invalid_rollback_and_reboot(),
	};
}
