// Free memory, as far as the SDK tells: its instrumentation is there in debug builds (`mcconfig -d`) and in instrumented ones (`mcconfig -i`).
import Instrumentation from "instrumentation";

/** Bytes that the system can still give, undefined in a release build. */
export function freeHeap(): number | undefined {
	const index: number | undefined = Instrumentation.map("System Free Memory");
	return index === undefined ? undefined : Instrumentation.get(index);
}
