// A call from the event loop, for a callback that may not come from inside a method.
import type { Time } from "../../host.js";

/** Calls `call` once, in one of the next turns of the event loop. */
export function soon(time: Time, call: () => void): void {
	const alarm = time.alarm(() => {
		alarm.close();
		call();
	});
	alarm.set(0);
}
