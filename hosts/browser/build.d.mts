export const routes: Readonly<Record<string, string>>;
/** What a route loads: `first`, before it can be used, and `later`. */
export function buildPage(outdir: string): Promise<Record<string, { first: string[]; later: string[] }>>;
