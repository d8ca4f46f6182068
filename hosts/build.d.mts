export interface BuildOptions {
	/** The declarations too. */
	types?: boolean;
}
export function build(options?: BuildOptions): Promise<void>;
