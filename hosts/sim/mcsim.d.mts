import type { ChildProcess } from "node:child_process";
import type { SDK } from "./sdk.mjs";

export interface End {
	code: number | null;
	signal: NodeJS.Signals | null;
	/** Last of what mcsim wrote to stderr. */
	complaints: string;
}

export const window_default: { x: number; y: number; width: number; height: number };

export interface McsimOptions {
	library: string;
	home: string;
	display?: string;
	colors?: "light" | "dark";
	window?: { x?: number; y?: number; width?: number; height?: number };
	onLine?(line: string): void;
	onException?(text: string, stack: string[]): void;
	onSamples?(samples: Map<string, number>): void;
}

export interface Mcsim {
	child: ChildProcess;
	ended: Promise<End>;
	/** Makes XS collect its garbage and measure itself. Not when a debugger of the user's is attached. */
	collect?(): Promise<Map<string, number>>;
	stop(): Promise<End>;
}

export function startMcsim(sdk: SDK, options: McsimOptions): Promise<Mcsim>;
