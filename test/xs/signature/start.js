// In mcsim, with the memory of a board: which of the signatures hold?
import { verifySignature } from "hosts/board/update/signature";
import config from "mc/config";
import Timer from "timer";

function bytes(text) {
	const all = new Uint8Array(text.length / 2);
	for (let i = 0; i < all.length; i++) all[i] = Number(`0x${text.slice(2 * i, 2 * i + 2)}`);
	return all;
}

export default function () {
	const key = bytes(config.key);
	const cases = config.cases.split(",");
	// One a turn, as on a board.
	const next = () => {
		const one = cases.shift();
		if (one === undefined) return trace("done\n");
		const [digest, signature] = one.split(":");
		trace(`${verifySignature(key, bytes(digest), bytes(signature))}\n`);
		Timer.set(next, 1);
	};
	next();
}
