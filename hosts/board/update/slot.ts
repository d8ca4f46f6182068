/// <reference path="./typings.d.ts" />
// ESP-IDF's OTA through the SDK's ECMA-419 classes, and the two calls that those do not have through the SDK's FFI (manifest.json).

import Flash from "embedded:storage/flash";
import Update from "embedded:update";
import { Digest as NativeDigest } from "crypt";
import FFI from "mc/ffi";
import type { Digest, Slot } from "./image.js";
import { identityOf } from "./image.js";
import type { Trials } from "./trial.js";

/** The slot that does not run. Opening it erases nothing: `mode` "a" erases as it writes. Throws while the running firmware is itself on trial. */
export function openSlot(): Slot {
	const partition = Flash.open({ path: "nextota" });
	const updater = Update.open({ partition, mode: "a" });
	return {
		size: partition.status().size,
		write: (bytes) => updater.write(bytes),
		complete: () => updater.complete(),
		close() {
			updater.close();
			partition.close();
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

export function makeTrials(): Trials {
	const running = Flash.open({ path: "running", mode: "r" });
	const identity = identityOf(new Uint8Array(running.read(288, 0)));
	running.close();
	const native = new FFI();
	return {
		identity,
		confirm: () => native.esp_ota_mark_app_valid_cancel_rollback(),
		goBack: () => native.esp_ota_mark_app_invalid_rollback_and_reboot(),
	};
}
