// Names that end with `.local`: asked of the network itself by multicast DNS (RFC 6762 §5.1), for the resolvers of lwIP and of mcsim know no such
// names. The question goes out once a second, five times; the answer comes to this board alone.

import UDP from "embedded:io/socket/udp";
import MulticastResolver from "embedded:network/dns/resolver/udp";

/** Whether `host` is such a name: one label and `.local`, in either case, with or without the root's dot. */
export function isLocal(host: string): boolean {
	const name = plain(host);
	return name.endsWith(".local") && name.indexOf(".") === name.length - 6 && name.length > 6;
}

/** As responders write it: names are the same in either case (RFC 6762 §16), but the SDK compares letter by letter. */
function plain(host: string): string {
	const name = host.toLowerCase();
	return name.endsWith(".") ? name.slice(0, -1) : name;
}

/** `answered` is called once, from the event loop: with an address of IPv4, or `undefined` after five seconds. Returns what gives it up. */
export function askNetwork(host: string, answered: (address: string | undefined) => void): () => void {
	const resolver = new MulticastResolver({ servers: [], socket: { io: UDP } });
	let open = true;
	const end = () => {
		if (!open) return false;
		open = false;
		resolver.close();
		return true;
	};
	resolver.resolve({
		host: plain(host),
		onResolved(_name, address) {
			if (end()) answered(address);
			return null;
		},
		onError() {
			if (end()) answered(undefined);
			return null;
		},
	});
	return end;
}
