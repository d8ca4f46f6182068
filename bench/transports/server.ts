// The servers of the bench in a process of their own: the light over HTTP on the ports asked for, and the delaying proxies. Mosquitto is beside it.
import { delayed } from "./delay.js";
import { LightServer } from "./http.js";

/** Ports to serve, each with the divisor of its idle times; or targets to delay. */
export type Order = { serve: readonly number[] } | { delay: readonly number[]; by: number };

const lights = new LightServer();
process.on("message", async (order: Order) => {
	const ports =
		"serve" in order
			? await Promise.all(order.serve.map((hurry) => lights.listen(hurry)))
			: (await Promise.all(order.delay.map((target) => delayed(target, order.by)))).map(({ port }) => port);
	process.send?.(ports);
});
// a parent that was ended takes us along
process.on("disconnect", () => process.exit());
process.send?.("ready");
