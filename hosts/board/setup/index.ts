// The setup without a cable, as the board's main program uses it. Every image for an ESP32 has it, for users without a command line; the
// page opens only with a `setup_password`. Updates need a key, and are built with a manifest of their own.
import given from "mc/config";
import { schemesOf } from "../../xs/broker-option.js";
import { readSettings } from "../config.js";
import { log } from "../log.js";
import type { Board } from "../main.js";
import { FlashStore } from "../store.js";
import { Clock } from "../time.js";
import { begin, type PageNeeds, type Words } from "./begin.js";
import { watchButton } from "./button.js";
import type { Entered } from "./fields.js";
import { openPage } from "./open.js";
import type { PortalOptions } from "./portal.js";
import { Saved } from "./saved.js";
import { reopen, watchProof } from "./watch.js";

/** A global of the SDK's `system` module. */
declare const System: { restart(): void };

const restart = () => System.restart();

export interface Begun {
	/** The words for the role: `mc/config`, with the settings that the page has saved in their place. */
	words: Words;
	/** The CA that was entered with those settings, PEM. */
	ca?: string;
	/** To be called once the role has started. */
	attach(board: Board): void;
}

const why = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** This module is in the firmware only when built with hosts/board/update/manifest.json. */
const updates = () => import("../update/index.js");

/** This module is in the firmware only when built with hosts/board/tls/manifest.json. */
const authorities = () => import("../../xs/tls/entered.js");

/** Opens the page with the optional parts of this image, updates and CA. A fault in such a part must not keep the page closed. */
function openWithParts(page: PageNeeds, store: FlashStore, saved: Saved): void {
	let update: PortalOptions["update"];
	let readCa: PortalOptions["readCa"];
	const open = () => openPage({ ...page, saved, time: new Clock(), log, restart, update, readCa });
	const updating = given.update_key
		? updates()
				.then(({ makeUpdateRoute }) => {
					update = makeUpdateRoute({ words: given, store, log, restart });
				})
				.catch((error) => log(`update: ${why(error)}`))
		: undefined;
	const securing = saved.schemes.includes("mqtts")
		? authorities()
				.then(({ readEntered }) => {
					readCa = readEntered;
				})
				.catch((error) => log(`setup: ${why(error)}`))
		: undefined;
	if (updating === undefined && securing === undefined) open();
	else Promise.all([updating, securing]).then(open);
}

function refused(words: Words): string | undefined {
	try {
		readSettings(() => {}, words);
		return undefined;
	} catch (error) {
		return why(error);
	}
}

/** Settings in which no board finds a fault. */
const harmless: Entered = Object.freeze({
	role: "lamp",
	ssid: "x",
	password: "",
	broker: "x",
	port: "",
	topic: "x",
	mqtt_user: "",
	mqtt_password: "",
});

/**
 * Saved settings can be refused although the page took them: by a firmware whose line has changed, for a role that this board has no pin for. Unless
 * the line itself is at fault, whatever is entered, the page is the way out: a board without a cable has no other.
 */
function refusal(words: Words): string | undefined {
	const fault = refused(words);
	if (fault === undefined) return undefined;
	const atLine = ["lamp", "dimmer"].every((role) => refused({ ...words, ...harmless, role }) !== undefined);
	return atLine ? undefined : fault;
}

/** Undefined: there are no settings for a role yet, and the setup page is open instead. Throws an error whose message begins with `config:`. */
export function beginSetup(): Begun | undefined {
	const store = new FlashStore();
	const storage = new Saved(store, schemesOf(given));
	const { words, page, saved } = begin(given, storage, refusal);
	if (page !== undefined) {
		if (page.fault) log(`setup: ${page.fault}: opening the setup page`);
		openWithParts(page, store, storage);
		return undefined;
	}
	return {
		words,
		ca: saved === undefined ? undefined : storage.authority(log),
		attach({ chip, taken, time, joined, online, leave }) {
			const leaveAndRestart = () => {
				leave();
				restart();
			};
			if (given.update_key)
				updates()
					.then(({ makeTrial }) => makeTrial({ store, time, online, log, restart: leaveAndRestart }))
					.catch((error) => log(`update: ${why(error)}`));
			if (saved === undefined || !words.setup_password) return;
			if (!saved.proven) watchProof({ saved: storage, time, joined, online, log, restart: leaveAndRestart });
			watchButton(chip, taken, time, () => {
				log("setup: button held: opening the setup page");
				reopen(storage, "asked", log, leaveAndRestart);
			});
		},
	};
}
