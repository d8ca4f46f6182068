// A network with one interface that knows multicast, and nobody else in it: `unshare -n sh -c "${network} && …"`.
import { spawnSync } from "node:child_process";

export const network = [
	"ip link set lo up",
	"ip link add net0 type bridge",
	"ip addr add 192.0.2.1/24 dev net0",
	"ip link set net0 up",
	"ip route add default via 192.0.2.254 dev net0",
].join(" && ");

/** For `skip`: why there can be none here, or false. */
export const noNetwork =
	process.platform === "linux" && spawnSync("unshare", ["-n", "sh", "-c", network]).status === 0
		? false
		: "needs Linux, unshare, ip and root";
