// The desk's HTTP port over a history that is only read, and how much memory it has taken since it was last asked.
import { createServer } from "node:http";
import { Site } from "../../hosts/node/http/site.js";
import { openHistory } from "../../hosts/node/recorder/keeper.js";

const { store } = await openHistory({ state: process.argv[2] as string, store: undefined }, "bench", true);
const site = new Site({ topic: "light", history: { store } });
const server = createServer((request, response) => site.answer(request, response)).listen(0, "127.0.0.1", () => {
	const { port } = server.address() as { port: number };
	process.send?.(`http://127.0.0.1:${port}`);
});

const now = () => {
	globalThis.gc?.();
	const { heapUsed, rss } = process.memoryUsage();
	return { heap: heapUsed, resident: rss };
};
let base = now();
let most = base;
setInterval(() => {
	const { heapUsed: heap, rss: resident } = process.memoryUsage();
	most = { heap: Math.max(most.heap, heap), resident: Math.max(most.resident, resident) };
}, 10);
process.on("message", () => {
	process.send?.({ heap: most.heap - base.heap, resident: most.resident - base.resident });
	base = now();
	most = base;
});
process.on("disconnect", () => process.exit());
