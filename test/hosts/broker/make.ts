// A broker for one test, with everything that it logs.
import { afterEach } from "node:test";
import { Broker, type BrokerOptions } from "../../../hosts/node/broker/broker.js";

const cleanups: (() => unknown)[] = [];

/** Runs at the end of the test that asks. */
export function finally_(cleanup: () => unknown): void {
	cleanups.push(cleanup);
}

export function stopAfterEach(): void {
	afterEach(async () => {
		for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
	});
}

export async function started(options: Partial<BrokerOptions> = {}): Promise<Broker & { lines: string[] }> {
	const lines: string[] = [];
	const broker = new Broker({ mqttPort: 0, wsPort: 0, log: (line) => void lines.push(line), ...options });
	finally_(() => broker.stop());
	await broker.start();
	return Object.assign(broker, { lines });
}
