/** One line to the debugger (xsbug, or the serial port through serial2xsbug). A release build is silent. */
export function log(line: string): void {
	trace(line, "\n");
}
