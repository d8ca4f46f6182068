// How a phone comes to the page: its address and, where the desk asks for credentials, those of a controller.

import { lanAddress, pageUrl } from "../addresses.js";

export interface Invitation {
	/** The page's. */
	readonly url: string;
	readonly login?: { readonly user: string; readonly password: string } | undefined;
}

/** To the page of a desk, if it can be reached from the network. */
export function invitation({ host, wsPort }: { host: string; wsPort: number }, login?: Invitation["login"]): Invitation | undefined {
	const address = lanAddress(host);
	return address === undefined ? undefined : { url: pageUrl(address, wsPort), login };
}

/**
 * `url` with the credentials behind it, in the fragment, which a browser sends to nobody; the page takes it out of the address at once. For a QR
 * code, and never for a line of text: that would end up in logs.
 */
export function withLogin(url: string, { login }: Pick<Invitation, "login">): string {
	return login === undefined ? url : `${url}#login=${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}`;
}
