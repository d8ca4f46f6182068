/** One line to the browser's console, which the page does not show. */
export function log(line: string): void {
	console.info(line);
}
