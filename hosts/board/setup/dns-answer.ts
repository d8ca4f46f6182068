// The answer that makes a phone open the page by itself: every name has the board's address (RFC 1035). A phone's request that tests whether it is
// online then comes to the board and gets our redirect, from which the phone concludes that there is a page to open.

const header_bytes = 12;
/** A name takes at most 255 bytes (§2.3.4), its type and class 4. The bytes after the question are not read. */
const question_max_bytes = 255 + 4;
/** A pointer as name, then type, class, time to live, length, address. */
const answer_bytes = 2 + 2 + 2 + 4 + 2 + 4;

/** A phone must forget the answer once it is back in its own Wi-Fi. */
const ttl_s = 1;

const typeA = 1;
const classIN = 1;

/** Where the one question of `query` ends, or -1. */
function questionEnd(query: Uint8Array): number {
	const limit = Math.min(query.length, header_bytes + question_max_bytes);
	let at = header_bytes;
	for (;;) {
		if (at >= limit) return -1;
		const length = query[at++];
		if (length === 0) break;
		// §4.1.4: the two high bits mark a pointer, and there is no name before this one to point to.
		if (length > 63) return -1;
		at += length;
	}
	return at + 4 <= limit ? at + 4 : -1;
}

/**
 * The answer to `query`: for an A record the four bytes of `address`; for another type, that there is none, so that no phone waits. Undefined for a
 * packet that is no query of one question: no answer.
 */
export function answerDns(query: Uint8Array, address: readonly number[]): Uint8Array | undefined {
	if (query.length < header_bytes) return undefined;
	const flags = query[2];
	const isQuery = (flags & 0xf8) === 0;
	if (!isQuery || query[4] !== 0 || query[5] !== 1) return undefined;
	const end = questionEnd(query);
	if (end < 0) return undefined;
	const wantsA =
		query[end - 4] === 0 && query[end - 3] === typeA && query[end - 2] === 0 && query[end - 1] === classIN && address.length === 4;
	const answer = new Uint8Array(end + (wantsA ? answer_bytes : 0));
	// Without the records after the question: EDNS's record among them must not stand before an answer.
	answer.set(query.subarray(0, end));
	// A response, authoritative; the bit "recursion desired" is copied, "recursion available" stays 0.
	answer[2] = 0x84 | (flags & 0x01);
	answer[3] = 0;
	answer.fill(0, 6, header_bytes);
	if (!wantsA) return answer;
	answer[7] = 1;
	answer.set([0xc0, header_bytes, 0, typeA, 0, classIN, 0, 0, 0, ttl_s, 0, 4], end);
	answer.set(address, end + 12);
	return answer;
}
