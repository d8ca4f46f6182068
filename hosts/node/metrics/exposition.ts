// Prometheus text exposition format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats), which every scraper reads.

export const type = "text/plain; version=0.0.4; charset=utf-8";

type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

export class Exposition {
	readonly #lines: string[] = [];

	/** A value that only grows; `name` ends with `_total`. */
	counter(name: string, help: string, samples: number | readonly Sample[]): void {
		this.#family("counter", name, help, samples);
	}

	/** A value that goes up and down; `name` ends with its base unit, where it has one. */
	gauge(name: string, help: string, samples: number | readonly Sample[]): void {
		this.#family("gauge", name, help, samples);
	}

	/** The text without the end of the last line. */
	get text(): string {
		return this.#lines.join("\n");
	}

	#family(kind: string, name: string, help: string, samples: number | readonly Sample[]): void {
		const given: readonly Sample[] = typeof samples === "number" ? [[{}, samples]] : samples;
		if (given.length === 0) return;
		this.#lines.push(`# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`, `# TYPE ${name} ${kind}`);
		for (const [labels, value] of given) this.#lines.push(`${name}${inBraces(labels)} ${value}`);
	}
}

/** One sample for each field, its name as the value of `label`. */
export function by(label: string, fields: object): Sample[] {
	return Object.entries(fields).map(([name, value]) => [{ [label]: name }, value as number]);
}

function inBraces(labels: Labels): string {
	const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
	return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
	return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
