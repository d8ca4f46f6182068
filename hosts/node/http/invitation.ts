// How a phone comes to the page: its address and, where the desk asks for credentials, those of a controller.

export interface Invitation {
	/** The page's. */
	readonly url: string;
	readonly login?: { readonly user: string; readonly password: string } | undefined;
}

/**
 * `url` with the credentials behind it, in the fragment, which a browser sends to nobody; the page takes it out of the address at once. For a QR
 * code, and never for a line of text: that would end up in logs.
 */
export function withLogin(url: string, { login }: Pick<Invitation, "login">): string {
	return login === undefined ? url : `${url}#login=${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}`;
}
