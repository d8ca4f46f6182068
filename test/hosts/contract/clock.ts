// Time, alarms and names.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HostPieces } from "../contract.js";
import { settle, until } from "./probe.js";

export function timeContract(host: HostPieces): void {
	const { time } = host;
	describe(`${host.name}: time`, () => {
		it("never goes back", () => {
			let last = time.now();
			for (let looks = 0; looks < 10_000; looks++) {
				const now = time.now();
				assert.ok(now >= last);
				last = now;
			}
		});

		for (const delay of [0, 1, 7, 30]) {
			it(`rings once after ${delay} ms, never from inside set, never before its time`, async () => {
				const rings: number[] = [];
				const alarm = time.alarm(() => rings.push(time.now()));
				const start = time.now();
				alarm.set(delay);
				assert.equal(rings.length, 0);
				await until(() => rings.length > 0, "rung");
				await settle();
				assert.equal(rings.length, 1);
				assert.ok((rings[0] ?? 0) >= start + delay);
				alarm.close();
			});
		}

		it("knows the last setting only, be it earlier or later", async () => {
			const rings: number[] = [];
			const alarm = time.alarm(() => rings.push(time.now()));
			const settings = [60_000, 0, 60_000, 20, 5, 40];
			let due = 0;
			for (const delay of settings) {
				due = time.now() + delay;
				alarm.set(delay);
			}
			await until(() => rings.length > 0, "rung");
			await settle();
			assert.equal(rings.length, 1);
			assert.ok((rings[0] ?? 0) >= due);
			alarm.set(60_000);
			alarm.set(1);
			await until(() => rings.length > 1, "set again after it rang");
			alarm.close();
		});

		it("may be set and closed inside its own ring", async () => {
			let rings = 0;
			const alarm = time.alarm(() => {
				rings++;
				if (rings < 5) alarm.set(rings % 2);
				else alarm.close();
			});
			alarm.set(0);
			await until(() => rings === 5, "5 rings");
			await settle();
			assert.equal(rings, 5);
		});

		it("is silent once cleared or closed", async () => {
			let rings = 0;
			const ring = () => rings++;
			for (const delay of [0, 1, 10]) {
				const cleared = time.alarm(ring);
				cleared.set(delay);
				cleared.clear();
				cleared.clear();
				const closed = time.alarm(ring);
				closed.set(delay);
				closed.close();
				closed.close();
			}
			await settle();
			assert.equal(rings, 0);
		});

		it("refuses what is no delay", () => {
			const alarm = time.alarm(() => {});
			for (const delay of [-1, Number.NaN, Number.POSITIVE_INFINITY]) assert.throws(() => alarm.set(delay));
			alarm.close();
		});
	});
}

export function resolverContract(host: HostPieces): void {
	const ask = (resolver: InstanceType<typeof host.dns.io>, name: string) => {
		const heard: string[] = [];
		let inside = true;
		resolver.resolve({
			host: name,
			onResolved: (asked, address) => heard.push(inside ? "from inside" : `${asked} = ${address}`),
			onError: (asked) => heard.push(inside ? "from inside" : `${asked}?`),
		});
		inside = false;
		return heard;
	};
	describe(`${host.name}: resolver`, () => {
		it("gives an address alone, or first, and the others without it, none twice, none in brackets", async () => {
			const resolver = new host.dns.io(host.dns);
			const heard: (readonly [string, string, readonly string[] | undefined])[] = [];
			const names = ["127.0.0.1", "localhost", ...(host.several?.slice(0, 1) ?? [])];
			for (const name of names)
				resolver.resolve({
					host: name,
					onResolved: (asked, address, others) => heard.push([asked, address, others]),
					onError: (asked) => heard.push([asked, "", undefined]),
				});
			await until(() => heard.length === names.length, "resolved");
			resolver.close();
			for (const [asked, address, others] of heard) {
				const all = [address, ...(others ?? [])];
				for (const each of all) assert.match(each, /^[0-9a-f.:]+(%\w+)?$/i, asked);
				assert.equal(new Set(all).size, all.length, `${asked}: ${all}`);
				if (asked === "127.0.0.1") assert.deepEqual(all, [asked]);
				if (asked === host.several?.[0]) assert.deepEqual(all, host.several?.slice(1));
			}
		});

		it("resolves an address to itself and localhost to this machine", async () => {
			const resolver = new host.dns.io(host.dns);
			const address = ask(resolver, "127.0.0.1");
			const name = ask(resolver, "localhost");
			await until(() => address.length + name.length === 2, "resolved");
			assert.deepEqual(address, ["127.0.0.1 = 127.0.0.1"]);
			assert.match(name[0] ?? "", /^localhost = (127\.0\.0\.1|::1)$/);
			resolver.close();
		});

		it("reports a name that cannot exist, once", async () => {
			const resolver = new host.dns.io(host.dns);
			// A label over 63 bytes: refused without asking anybody.
			const impossible = "x".repeat(64);
			const heard = ask(resolver, impossible);
			await until(() => heard.length > 0, "refused");
			await settle();
			assert.deepEqual(heard, [`${impossible}?`]);
			resolver.close();
		});

		it("is silent after close", async () => {
			const resolver = new host.dns.io(host.dns);
			const heard = [ask(resolver, "127.0.0.1"), ask(resolver, "localhost")];
			resolver.close();
			resolver.close();
			await settle();
			assert.deepEqual(heard, [[], []]);
			assert.throws(() => ask(resolver, "localhost"));
		});
	});
}
