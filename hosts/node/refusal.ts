/** A fault that the user can correct. Printed in one line, without a stack; every other exception is a bug. */
export class Refusal extends Error {
	/** 2: the command line or the environment is wrong. 1: the machine or the network does not allow it. */
	readonly exitCode: 1 | 2;

	constructor(message: string, exitCode: 1 | 2) {
		super(message);
		this.exitCode = exitCode;
	}
}
