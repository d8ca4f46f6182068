// The conformance table: which normative statements of MQTT 3.1.1 the code says that it obeys, and which tests show it. Made from the ids
// that both cite; the same tree always gives the same text.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Statement, statements } from "./vectors/statements.js";

const root = join(import.meta.dirname, "..");

/** Statements that bind a client and that no test, or no line of code, cites; each with the reason. */
export const unreached: Readonly<Record<string, string>> = {
	"MQTT-7.0.0-2": "nothing beyond the standard is sent, so that no line obeys it",
};

/** Files that hold the list itself. */
const own = new Set(["test/conformance.ts", "test/mqtt/conformance.test.ts", "test/vectors/statements.ts"]);

/** Where an id is cited: `where` is a file, and for a test its title, for a vector its name. */
export interface Citation {
	id: string;
	where: string;
	line: number;
}

function files(folder: string): string[] {
	return readdirSync(join(root, folder), { withFileTypes: true })
		.flatMap((entry) => {
			const name = `${folder}/${entry.name}`;
			if (entry.isDirectory()) return entry.name === "node_modules" ? [] : files(name);
			return entry.name.endsWith(".ts") && !own.has(name) ? [name] : [];
		})
		.sort();
}

const title = /^\s*test\(\s*(["`])(.*)\1,/;
const longTitle = /^\s*(["`])(.*)\1,$/;

const vector = /\bname: "([^"]*)"/;

/** The name of the vector whose ids stand in `line`. */
function vectorAt(lines: string[], line: number): string {
	const found = vector.exec(lines.slice(line, line + 2).join());
	return found ? `: ${found[1]}` : "";
}

/** The title of the test that `line` belongs to: that of the next one, for a comment at the left margin; else of the last one begun. */
function titleAt(lines: string[], line: number): string {
	// a file's header is about all of it
	if (!lines.slice(0, line).some((before) => before.startsWith("import "))) return "";
	const above = lines[line].startsWith("//");
	for (let at = line; at >= 0 && at < lines.length; at += above ? 1 : -1) {
		const found = title.exec(lines[at]) ?? (/^\s*test\($/.test(lines[at]) ? longTitle.exec(lines[at + 1]) : null);
		if (found) return `: ${found[2].replace(/\[MQTT-[\d.-]+\] ?/g, "").replace(/\$\{[^}]*\}/g, "…")}`.trimEnd();
	}
	return "";
}

/** All ids in the files of `folder`, in the order in which they stand there. */
export function citations(folder: "src" | "test" | "docs"): Citation[] {
	const names = folder === "docs" ? ["docs/mqtt.md", "docs/coming-from.md"] : files(folder);
	return names.flatMap((name) => {
		const lines = readFileSync(join(root, name), "utf8").split("\n");
		return lines.flatMap((text, line) =>
			[...text.matchAll(/MQTT-\d+\.[\d.]+(?:-\d+)?/g)].map(([id]) => ({
				id,
				where: name + (name.endsWith(".test.ts") ? titleAt(lines, line) : name.startsWith("test/vectors/") ? vectorAt(lines, line) : ""),
				line: line + 1,
			})),
		);
	});
}

function index(cited: Citation[]): Map<string, string[]> {
	const byId = new Map<string, string[]>();
	for (const { id, where } of cited) {
		const known = byId.get(id) ?? [];
		if (!known.includes(where)) byId.set(id, [...known, where]);
	}
	return byId;
}

export interface Row {
	statement: Statement;
	code: string[];
	tests: string[];
	status: string;
}

export function rows(): Row[] {
	const code = index(citations("src"));
	const tests = index(citations("test"));
	return statements.map((statement) => {
		const [id, binds] = statement;
		const row = { statement, code: code.get(id) ?? [], tests: tests.get(id) ?? [] };
		return { ...row, status: status(id, binds, row.code, row.tests) };
	});
}

function status(id: string, binds: string, code: string[], tests: string[]): string {
	if (binds === "server") return tests.length === 0 ? "binds the server only" : "binds the server; we hold it to that";
	if (code.length > 0 && tests.length > 0) return "obeyed and tested";
	const name = code.length > 0 ? "obeyed" : tests.length > 0 ? "tested" : "not reached";
	return `${name}: ${unreached[id] ?? "not cited"}`;
}

function table(lines: string[][]): string[] {
	const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
	return [line(lines[0]), line(lines[0].map(() => "---")), ...lines.slice(1).map(line)];
}

const most = 3;

/** `places`, without `prefix`; what stands in one file behind its name once. */
function listed(places: string[], prefix: string): string {
	const byFile = new Map<string, string[]>();
	for (const place of places.slice(0, most)) {
		const [file, ...rest] = place.slice(prefix.length).split(": ");
		byFile.set(file, [...(byFile.get(file) ?? []), ...(rest.length === 0 ? [] : [`“${rest.join(": ")}”`])]);
	}
	const text = [...byFile].map(([file, names]) => `\`${file}\`${names.length === 0 ? "" : ` ${names.join(", ")}`}`);
	if (places.length > most) text.push(`and ${places.length - most} more`);
	return text.join("; ").replaceAll("|", "\\|");
}

/** The whole of `docs/mqtt-conformance.md`. */
export function render(): string {
	const all = rows();
	const counts = new Map<string, number>();
	for (const { status } of all) counts.set(status.split(":")[0], (counts.get(status.split(":")[0]) ?? 0) + 1);
	const summary = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => [name, `${count}`]);
	const body = all.map(({ statement: [id, binds, clause], code, tests, status }) => [
		id.slice(5),
		clause,
		binds,
		listed(code, "src/"),
		listed(tests, "test/"),
		status,
	]);
	return `${[
		"# MQTT 3.1.1: every normative statement",
		"",
		"Made by `node docs/conformance.mjs` from the ids that code and tests cite; do not edit. `test/mqtt/conformance.test.ts` fails when it is",
		"out of date, when an id is cited that does not exist, and when a statement that binds a client has no test. The statements are those of",
		"Appendix B of the OASIS standard, in our words: the standard's own are what counts.",
		"",
		"“Obeyed in” are the files of `src/` that name the statement at the line that obeys it; “shown by” are the tests and vectors of `test/`.",
		"",
		...table([["status", "statements"], ...summary]),
		"",
		...table([["MQTT-", "statement", "binds", "obeyed in", "shown by", "status"], ...body]),
	].join("\n")}\n`;
}
