// The id of a tab: random, the same after a reload, and unlike that of any other tab. A duplicated tab has a copy of the first tab's storage.

const key = "lampwire-id";
const channel = "lampwire-ids";
/** The time in which another tab of this browser can answer that an id is its own. */
export const claim_ms = 150;

/** Six hexadecimal digits, as on a board. */
export function memoryId(): string {
	return Array.from(crypto.getRandomValues(new Uint8Array(3)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Ends the defence of the id that this page has had. */
let release = (): void => {};

/**
 * Resolves to this tab's id, 150 ms later. `wanted`: a name that the user has chosen; where another tab has that name, `wanted-2`, and so on.
 * The page defends the id until it goes, or claims another id.
 */
export async function claimId(wanted?: string): Promise<string> {
	release();
	const mine = memoryId();
	let id = wanted ?? stored() ?? memoryId();
	let taken = false;
	let claiming = true;
	let ids: BroadcastChannel | undefined;
	const listen = () => {
		ids = new BroadcastChannel(channel);
		ids.onmessage = ({ data }) => {
			if (data?.id !== id || data.from === mine) return;
			// Of two tabs that ask at the same time, the one with the smaller number gets the id.
			if (data.taken || (claiming && data.from < mine)) taken = true;
			else ids?.postMessage({ id, from: mine, taken: true });
		};
	};
	// A browser drops a page from its back/forward cache at the first message for that page.
	const away = () => ids?.close();
	const back = (event: Event) => (event as PageTransitionEvent).persisted && listen();
	addEventListener("pagehide", away);
	addEventListener("pageshow", back);
	release = () => {
		ids?.close();
		removeEventListener("pagehide", away);
		removeEventListener("pageshow", back);
	};
	listen();
	for (let number = 2; ; number++) {
		taken = false;
		ids?.postMessage({ id, from: mine, taken: false });
		await new Promise((resolve) => setTimeout(resolve, claim_ms));
		if (!taken) break;
		id = wanted === undefined ? memoryId() : `${wanted}-${number}`;
	}
	claiming = false;
	store(id);
	return id;
}

function stored(): string | undefined {
	try {
		return sessionStorage.getItem(key) ?? undefined;
	} catch {
		return undefined;
	}
}

function store(id: string): void {
	try {
		sessionStorage.setItem(key, id);
	} catch {
		// Storage is not allowed: the id lasts as long as the page.
	}
}
