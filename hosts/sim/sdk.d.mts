export interface SDK {
	problem?: undefined;
	/** $MODDABLE. */
	path: string;
	/** Where its tools are. */
	bin: string;
	platform: "lin" | "mac" | "win";
	/** Environment for the SDK's tools. */
	env: NodeJS.ProcessEnv;
}

export const root: string;
export const howToGetIt: string;
export function findSDK(): SDK | { problem: string };
export function folderProblem(...folders: string[]): string | undefined;
export function tool(bin: string, name: string): string;
export function run(
	command: string,
	args: string[],
	options?: { env?: NodeJS.ProcessEnv; cwd?: string; onLine?(line: string): void },
): Promise<string[]>;
export function buildSimulator(
	sdk: SDK,
	options: { device: "dimmer" | "lamp" | "hue"; out: string; words: string[]; env?: NodeJS.ProcessEnv; onLine?(line: string): void },
): Promise<string>;
