// In the place of src/mqtt/packets/sentences.ts, for an image that needs the flash: the log has a reason's number, and docs/mqtt.md its sentence.

/** `reason 19`; with a return code of CONNACK, `reason 23: 5`. */
export function reasonText(reason: number, returnCode = 0): string {
	return returnCode === 0 ? `reason ${-reason}` : `reason ${-reason}: ${returnCode}`;
}
