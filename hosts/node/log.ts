/** One line to stderr: stdout is for the events, which a program may read. */
export function log(line: string): void {
	process.stderr.write(`${line}\n`);
}
