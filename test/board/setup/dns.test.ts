// The names that are all the board. Queries are composed here byte by byte, as RFC 1035 §4.1 has them.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { answerDns } from "../../../hosts/board/setup/dns-answer.js";

const address = [192, 168, 4, 1];

function query(name: string, type: number, more: number[] = [], flags = 0x01): Uint8Array {
	const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]);
	return Uint8Array.from([0x12, 0x34, flags, 0, 0, 1, 0, 0, 0, 0, 0, more.length ? 1 : 0, ...labels, 0, 0, type, 0, 1, ...more]);
}

test("an A record is the board's address, and soon forgotten", () => {
	const question = query("captive.apple.com", 1);
	const answer = answerDns(question, address) as Uint8Array;
	assert.deepEqual([...answer.subarray(0, 12)], [0x12, 0x34, 0x85, 0, 0, 1, 0, 1, 0, 0, 0, 0]);
	assert.deepEqual(answer.subarray(12, question.length), question.subarray(12));
	assert.deepEqual([...answer.subarray(question.length)], [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address]);
});

test("EDNS's record is left out, and the answer stands right behind the question", () => {
	const edns = [0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0];
	assert.deepEqual(answerDns(query("a.b", 1, edns), address), answerDns(query("a.b", 1), address));
});

test("of any other type there is none, and nobody waits", () => {
	for (const type of [28, 65, 16]) {
		const question = query("example.org", type);
		const answer = answerDns(question, address) as Uint8Array;
		assert.equal(answer.length, question.length);
		assert.deepEqual([...answer.subarray(2, 12)], [0x85, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
	}
});

test("silence for what is no query of one question", () => {
	const question = query("example.org", 1);
	assert.equal(answerDns(answerDns(question, address) as Uint8Array, address), undefined, "an answer: two such boards would talk for ever");
	for (let length = 0; length < question.length; length++)
		assert.equal(answerDns(question.subarray(0, length), address), undefined, `cut at ${length}`);
	const two = question.slice();
	two[5] = 2;
	assert.equal(answerDns(two, address), undefined);
	const pointer = question.slice();
	pointer[12] = 0xc0;
	assert.equal(answerDns(pointer, address), undefined);
	assert.ok(answerDns(query(`${"a".repeat(63)}.b`, 1), address), "a label has up to 63 bytes");
	assert.equal(
		answerDns(query(`${"a".repeat(64)}.b`, 1), address),
		undefined,
		"a longer one is no label: its first bits have another meaning",
	);
	assert.equal(answerDns(query(Array(40).fill("abcdefgh").join("."), 1), address), undefined, "a name longer than names are");
});

test("any bytes: never an exception, never more than the question and one record", () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
			if (bytes.length > 5) bytes.set([0, 0, 0, 1], 2);
			const answer = answerDns(bytes, address);
			assert.ok(answer === undefined || answer.length <= Math.min(bytes.length, 12 + 259) + 16);
		}),
	);
});
