// RFC 4648 §4.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function base64(bytes: Uint8Array): string {
	let text = "";
	for (let i = 0; i < bytes.length; i += 3) {
		const left = bytes.length - i;
		const three = (bytes[i] << 16) | ((left > 1 ? bytes[i + 1] : 0) << 8) | (left > 2 ? bytes[i + 2] : 0);
		text += letters[three >> 18] + letters[(three >> 12) & 63];
		text += left > 1 ? letters[(three >> 6) & 63] : "=";
		text += left > 2 ? letters[three & 63] : "=";
	}
	return text;
}
