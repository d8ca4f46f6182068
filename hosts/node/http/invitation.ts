// The way for a phone to the page: its address and, where the desk checks credentials, those of a controller.

import { lanAddress, pageUrl } from "../addresses.js";

export interface Invitation {
	/** The page's URL. */
	readonly url: string;
	readonly login?: { readonly user: string; readonly password: string } | undefined;
}

/** The invitation to the page of a desk, if the network can reach it. */
export function invitation({ host, wsPort }: { host: string; wsPort: number }, login?: Invitation["login"]): Invitation | undefined {
	const address = lanAddress(host);
	return address === undefined ? undefined : { url: pageUrl(address, wsPort), login };
}

/**
 * `url` with the credentials behind it, in the fragment, which a browser sends to no server; the page removes it from the address at once. For a QR
 * code, and never for a line of text, which would end up in logs.
 */
export function withLogin(url: string, { login }: Pick<Invitation, "login">): string {
	return login === undefined ? url : `${url}#login=${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}`;
}
