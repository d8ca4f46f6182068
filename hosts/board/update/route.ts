// PUT /update on the setup page's server: a signed image, and the restart into it.
import { type Answer, plain } from "../setup/answer.js";
import type { Body, Head } from "../setup/request.js";
import { ImageWriter, type Judge, type Slot } from "./image.js";

export interface UpdateOptions {
	judge: Judge;
	openSlot(): Slot;
	/** The new firmware will be on trial: `identity` must be kept over the restart. */
	announce(identity: string): void;
	log(line: string): void;
	restart(): void;
}

export type UpdateRoute = (head: Head) => Body<Answer> | { answer: Answer };

/**
 * The route that takes an image. Refuses with 422 and a sentence; the rest of a refused image is read and dropped, so that its sender can read the
 * sentence. After a right image no other is taken: ESP-IDF would let it overwrite the one that starts next.
 */
export function updateRoute({ judge, openSlot, announce, log, restart }: UpdateOptions): UpdateRoute {
	let current: ImageWriter | undefined;
	let inPlace = false;
	const refuse = (error: unknown) => {
		const sentence = error instanceof Error ? error.message : String(error);
		log(`update: refused: ${sentence}`);
		return plain(422, `Refused, and nothing has changed: ${sentence}.`);
	};
	return (head) => {
		if (inPlace) return { answer: plain(409, "An update is in place; the board restarts.") };
		// A second image takes the slot: the sender of the first has lost its connection, or will.
		current?.abort();
		current = undefined;
		let writer: ImageWriter;
		try {
			writer = new ImageWriter(head.length, openSlot(), judge, head.older);
			if (head.older) log("update: an older version is allowed, as the box on the page says");
		} catch (error) {
			return { answer: refuse(error) };
		}
		current = writer;
		let refused: Answer | undefined;
		return {
			take(bytes) {
				if (refused !== undefined) return;
				try {
					writer.take(bytes);
				} catch (error) {
					refused = refuse(error);
				}
			},
			abort: () => writer.abort(),
			end() {
				if (refused !== undefined) return refused;
				try {
					writer.end(announce);
				} catch (error) {
					return refuse(error);
				}
				inPlace = true;
				log(`update: ${writer.identity} is in place, restarting`);
				return plain(200, `Taken: ${writer.identity}. The board restarts with it, and goes back if it does not reach the broker.`, restart);
			},
		};
	};
}
