// In the place of hosts/board/system.ts. The Pico's radio sleeps by its driver's default (CYW43_PERFORMANCE_PM), and free memory is known in
// debug builds (`mcconfig -d`) and instrumented builds (`mcconfig -i`) alone. The other modules of a Pico are those of hosts/board: they
// use the SDK's ECMA-419, the same on both chips, and a copy would drift.
import Instrumentation from "instrumentation";

export class System {
	stayAwake(): void {}

	/** The MAC is the radio's, and known once the radio is on. */
	readonly id: string | undefined = undefined;

	/** Bytes that can still be allocated. */
	get freeHeap(): number | undefined {
		const index: number | undefined = Instrumentation.map("System Free Memory");
		return index === undefined ? undefined : Instrumentation.get(index);
	}
}
