// `lampwire`: finds the command, checks its options, runs it.
import { version } from "../../src/version.js";
import { type Command, commands, options, readSettings, type Settings } from "./options.js";
import { Refusal } from "./refusal.js";
import { closest } from "./suggest.js";
import { shown } from "./terminal.js";

const preset = "desk";

async function main(args: string[]): Promise<void> {
	const [first = ""] = args;
	const named = first !== "" && !first.startsWith("-");
	// `hue pair` is a command of two words
	const two = `${first} ${args[1]}`;
	const name = !named ? preset : Object.hasOwn(commands, two) ? two : first;
	const rest = named ? args.slice(name === two ? 2 : 1) : args;
	const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
	if (!command) throw new Refusal(unknownCommand(name), 2);
	if (rest.includes("--version")) return say(version);
	if (rest.includes("--help") || rest.includes("-h")) return say(named ? commandHelp(name, command) : overview());
	const settings = readSettings(name, rest);
	// Loaded after the command line has been checked: so a mistake is printed at once.
	const run = await import("./run.js");
	const runs: Record<string, (settings: Settings) => Promise<void>> = {
		desk: run.runDesk,
		dimmer: run.runDimmer,
		lamp: run.runLamp,
		broker: run.runBroker,
		page: run.runPage,
		hue: run.runHue,
		"hue pair": run.runPair,
		"hue find": run.runFind,
		record: run.runRecord,
		history: run.runHistory,
	};
	await runs[name]?.(settings);
}

function unknownCommand(name: string): string {
	const near = closest(name, Object.keys(commands));
	return `there is no command "${name}"${near ? `; did you mean ${near}?` : ""} (lampwire --help lists them)`;
}

function overview(): string {
	const list = Object.entries(commands).map(
		([name, { summary }]) => `  ${name.padEnd(10)}${summary}${name === preset ? " (default)" : ""}`,
	);
	return [
		"One knob, one lamp, one MQTT topic.",
		"",
		"usage: lampwire [COMMAND] [OPTIONS]",
		"",
		...list,
		"",
		"lampwire COMMAND --help lists its options; lampwire --version tells the version.",
	].join("\n");
}

function commandHelp(name: string, command: Command): string {
	const list = command.options.map((option) => {
		const { value = "", preset: given, help } = command.instead?.[option] ?? options[option] ?? { help: "" };
		return `  ${`--${option} ${value}`.padEnd(26)}${help}${given ? ` (default ${given})` : ""}`;
	});
	return [`lampwire ${name}: ${command.summary}`, "", `usage: lampwire ${name} [OPTIONS]`, "", ...list, "", command.notes].join("\n");
}

function say(text: string): void {
	process.stdout.write(shown(`${text}\n`));
}

main(process.argv.slice(2)).catch((error: unknown) => {
	// A refusal is an answer; any other exception is a bug, and is printed with its stack.
	if (error instanceof Refusal) console.error(shown(`lampwire: ${error.message}`));
	else console.error(error);
	// No part is running yet that must be ended first.
	process.exit(error instanceof Refusal ? error.exitCode : 1);
});
