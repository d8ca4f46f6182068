// The address of PostgreSQL, and its errors in words. A password comes from PGPASSWORD or ~/.pgpass, which `pg` reads itself; it is in no message.

export interface Connection {
	host: string | undefined;
	port: number | undefined;
	user: string | undefined;
	database: string | undefined;
	ssl?: boolean;
}

/** `postgres://[user@]host[:port]/database`, `?sslmode=require` (or verify-full) for TLS. The missing parts come from PGHOST, PGUSER and the like. */
export function connection(url: string): Connection {
	const { hostname, port, username, pathname, searchParams } = new URL(url);
	const mode = searchParams.get("sslmode") ?? "";
	return {
		host: searchParams.get("host") ?? (hostname === "" ? undefined : decodeURIComponent(hostname.replace(/^\[(.*)\]$/, "$1"))),
		port: port === "" ? undefined : Number(port),
		user: username === "" ? undefined : decodeURIComponent(username),
		database: pathname.length > 1 ? decodeURIComponent(pathname.slice(1)) : undefined,
		...(mode !== "" && mode !== "disable" ? { ssl: true } : {}),
	};
}

interface PgError extends Error {
	code?: string;
}

/** An error in words, by its SQLSTATE (PostgreSQL, Appendix A) or by the code of the system. */
export function say({ code = "", message }: PgError, where: string): Error {
	if (/^(28P01|28000)$/.test(code) || /password|SASL/i.test(message))
		return new Error(`${where} refuses this user or password: the user stands in the URL, the password in PGPASSWORD or ~/.pgpass`);
	if (code === "3D000") return new Error(`${where}: there is no such database; make it with createdb`);
	if (code === "42501") return new Error(`${where}: this user may not make or write tables there; let it own the database`);
	if (code === "42P01") return new Error(`${where}: nothing was recorded there`);
	if (code === "53100") return new Error(`${where}: its disk is full; make room`);
	if (
		/^(ECONN|ENOTFOUND|EHOST|EAI_AGAIN|ETIMEDOUT|ENOENT|EPIPE|57P|08)/.test(code) ||
		/terminated|timeout|not queryable|closed/i.test(message)
	)
		return new Error(`${where} does not answer; is it running there?`);
	return new Error(message.startsWith("this database") || message.startsWith("the history") ? message : `${where}: ${message}`);
}
