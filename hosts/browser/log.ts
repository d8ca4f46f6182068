/** One line to the console, where a browser keeps what is not for everybody. */
export function log(line: string): void {
	console.info(line);
}
