// One file of these tests at a time, also where two others run side by side: they build with all processors, and measure. test/run.mjs gives
// the turn over a connection, which ends with the process that has it.
import { once } from "node:events";
import { connect } from "node:net";

const port = Number(process.env.LAMPWIRE_TEST_TURNS ?? 0);
if (port !== 0) {
	const turn = connect(port, "127.0.0.1");
	await once(turn, "data");
	turn.unref();
}
