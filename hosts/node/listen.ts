// Binds a server to a port, or to the next free port.
import type { AddressInfo, Server } from "node:net";
import { Refusal } from "./refusal.js";

/** With so many taken ports in a row, a machine has another problem. */
const tries_max = 100;

export interface Place {
	/** The name of the server in messages: "MQTT". */
	what: string;
	/** The option that sets the port. */
	option: string;
	host: string;
	/** 0: any free port. */
	port: number;
	/** Refuses instead of taking the next free port. */
	strict: boolean;
}

/** Whether only this machine can connect to `host`. */
export function isLoopback(host: string): boolean {
	return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** Resolves to the port that the server got. */
export async function listen(server: Server, place: Place, log: (line: string) => void): Promise<number> {
	const last = place.strict ? place.port : Math.min(place.port + tries_max, 65_535);
	for (let port = place.port; port <= last; port++) {
		const fault = await bind(server, place.host, port);
		if (!fault) {
			const got = (server.address() as AddressInfo).port;
			if (port !== place.port) log(`port ${place.port} is taken: ${place.what} listens on ${got} instead`);
			return got;
		}
		if (fault.code !== "EADDRINUSE") throw new Refusal(explain(fault.code, place), 1);
	}
	throw new Refusal(explain("EADDRINUSE", place), 1);
}

function bind(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
	return new Promise((resolve) => {
		const failed = (error: NodeJS.ErrnoException) => {
			server.off("listening", bound);
			resolve(error);
		};
		const bound = () => {
			server.off("error", failed);
			resolve(undefined);
		};
		server.once("error", failed);
		server.once("listening", bound);
		server.listen({ host, port });
	});
}

function explain(code: string | undefined, { what, option, host, port, strict }: Place): string {
	if (code === "EADDRINUSE") {
		const other = strict
			? `choose another with ${option}, or leave --strict-port out`
			: `and so are those after it; choose another with ${option}`;
		return `port ${port} on ${host} is taken, ${what} cannot listen there: ${other}`;
	}
	if (code === "EACCES") return `port ${port} needs privileges that this process does not have: choose one above 1023 with ${option}`;
	return `cannot listen on "${host}" (${code}): --host must be an address of this machine, 127.0.0.1 (only here) or 0.0.0.0 (everywhere)`;
}
