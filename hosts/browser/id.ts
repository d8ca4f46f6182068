// The id of a tab: random, the same after a reload, and unlike that of any other tab. A duplicated tab has a copy of the first tab's storage.

const key = "lampwire-id";
/** Present in the tab's storage while no page of the tab has the id: the page before has gone, or was reloaded. A duplicated tab lacks it. */
const free_key = "lampwire-id-free";
const channel = "lampwire-ids";
/** The time in which another tab of this browser can answer that an id is its own. */
const claim_ms = 150;
/** The same for a name that a user has chosen, which another tab may well have. */
const wanted_ms = 600;
/** The same for an id that no page has given back: either this tab is a duplicate, and the first tab may be busy, or the tab's page has crashed. */
const doubt_ms = 2_000;

/** Six hexadecimal digits, as on a board. */
export function memoryId(): string {
	return Array.from(crypto.getRandomValues(new Uint8Array(3)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Ends the defence of the id that this page has had. */
let release = (): void => {};

/**
 * Resolves to this tab's id, 150 ms later; 2 s after a crash, or where the browser has discarded the page. `wanted`: a name that the user has chosen; where another tab has that name,
 * `wanted-2`, and so on; 600 ms for each. The page defends the id until it goes, or claims another id.
 */
export async function claimId(wanted?: string): Promise<string> {
	release();
	const mine = memoryId();
	const before = read(key);
	const doubtful = before !== undefined && read(free_key) === undefined;
	keep(free_key, undefined);
	let id = wanted ?? before ?? memoryId();
	let patience = wanted !== undefined ? wanted_ms : doubtful ? doubt_ms : claim_ms;
	let take = (): void => {};
	let claiming = true;
	let ids: BroadcastChannel | undefined;
	const listen = () => {
		ids = new BroadcastChannel(channel);
		ids.onmessage = ({ data }) => {
			if (data?.id !== id || data.from === mine) return;
			// Of two tabs that ask at the same time, the one with the smaller number gets the id.
			if (data.taken || (claiming && data.from < mine)) take();
			else ids?.postMessage({ id, from: mine, taken: true });
		};
	};
	// A browser drops a page from its back/forward cache at the first message for that page.
	const away = () => {
		keep(free_key, "");
		ids?.close();
	};
	const back = (event: Event) => {
		if (!(event as PageTransitionEvent).persisted) return;
		keep(free_key, undefined);
		listen();
	};
	addEventListener("pagehide", away);
	addEventListener("pageshow", back);
	release = () => {
		ids?.close();
		removeEventListener("pagehide", away);
		removeEventListener("pageshow", back);
	};
	listen();
	for (let number = 2; ; number++) {
		const taken = new Promise<boolean>((resolve) => {
			take = () => resolve(true);
			setTimeout(resolve, patience, false);
		});
		ids?.postMessage({ id, from: mine, taken: false });
		if (!(await taken)) break;
		id = wanted === undefined ? memoryId() : `${wanted}-${number}`;
		if (wanted === undefined) patience = claim_ms;
	}
	claiming = false;
	keep(key, id);
	return id;
}

/** Without storage, which a browser may not allow, the id lasts as long as the page. */
function read(name: string): string | undefined {
	try {
		return sessionStorage.getItem(name) ?? undefined;
	} catch {
		return undefined;
	}
}

function keep(name: string, text: string | undefined): void {
	try {
		if (text === undefined) sessionStorage.removeItem(name);
		else sessionStorage.setItem(name, text);
	} catch {
		// as in `read`
	}
}
