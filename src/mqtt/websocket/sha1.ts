// SHA-1 (FIPS 180-4 §6.1), with which a server proves that it has read the request for a WebSocket (RFC 6455 §4.2.2). The proof is no protection,
// and SHA-1 would be none: it distinguishes a WebSocket server from a server that answers every request with 101.

const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by));

/** SHA-1 of `message`: 20 bytes. */
export function sha1(message: Uint8Array): Uint8Array {
	// the message, a bit of one, zeros, and the count of bits in eight bytes, in blocks of 64 bytes
	const padded = new Uint8Array((message.length + 9 + 63) & ~63);
	padded.set(message);
	padded[message.length] = 0x80;
	const view = new DataView(padded.buffer);
	view.setUint32(padded.length - 4, message.length * 8);
	const words = new Int32Array(80);
	const hash = new DataView(new ArrayBuffer(20));
	let [h0, h1, h2, h3, h4] = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0];
	for (let at = 0; at < padded.length; at += 64) {
		for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i);
		for (let i = 16; i < 80; i++) words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
		let [a, b, c, d, e] = [h0, h1, h2, h3, h4];
		for (let i = 0; i < 80; i++) {
			const next = (rotate(a, 5) + mixed(i, b, c, d) + e + words[i]) | 0;
			e = d;
			d = c;
			c = rotate(b, 30);
			b = a;
			a = next;
		}
		h0 = (h0 + a) | 0;
		h1 = (h1 + b) | 0;
		h2 = (h2 + c) | 0;
		h3 = (h3 + d) | 0;
		h4 = (h4 + e) | 0;
	}
	hash.setInt32(0, h0);
	hash.setInt32(4, h1);
	hash.setInt32(8, h2);
	hash.setInt32(12, h3);
	hash.setInt32(16, h4);
	return new Uint8Array(hash.buffer);
}

/** Function and constant of round `i`. */
function mixed(i: number, b: number, c: number, d: number): number {
	if (i < 20) return ((b & c) | (~b & d)) + 0x5a827999;
	if (i < 40) return (b ^ c ^ d) + 0x6ed9eba1;
	if (i < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
	return (b ^ c ^ d) + 0xca62c1d6;
}
