// `discovery=homeassistant` on the mcconfig line, for every host on XS.
import config from "mc/config";
import { checkTopic } from "../../src/light/topics.js";

/** The prefix of Home Assistant's discovery, or undefined. Throws an error whose message begins with `config:` and names the option. */
export function readDiscovery(): string | undefined {
	const value = config.discovery;
	const prefix = value === undefined || value === null ? "" : String(value);
	if (prefix === "") return undefined;
	try {
		checkTopic(prefix);
	} catch (error) {
		throw new Error(`config: discovery: ${(error as Error).message.replace("topic: ", "")}`);
	}
	return prefix;
}
