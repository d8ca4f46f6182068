/** One line to stderr: stdout belongs to the events that a program may read. */
export function log(line: string): void {
	process.stderr.write(`${line}\n`);
}
