// `/devices`: the devices that are online, those that have gone, and the fields of their infos.
import { Book, DeviceList } from "../shared/device-list.js";
import { type Fader, openFader } from "../shared/fader.js";
import { find, h, mark } from "../shared/h.js";

/** The counters of our devices, in words; a counter that is not here is shown by the device's own name for it. */
const counters = {
	connects: "connected, times",
	published: "messages sent",
	resent: "sent again",
	received: "messages received",
	oversize: "topics too long",
	dropped: "messages lost",
	refused: "refused by the broker",
	givenUp: "messages given up",
	unheard: "not asked for",
	copies: "copies received",
	tolerated: "faults of the broker",
	moving: "levels while turned",
	final: "levels at rest",
	heartbeat: "levels repeated",
	flutters: "times unsteady",
	failed: "readings failed",
	accepted: "levels taken",
	ignored: "not understood",
	followed: "switches followed",
	taken: "taken by the bridge",
	busy: "bridge busy",
	lost: "bridge silent",
};
const list = new DeviceList(counters);
let fader: Fader | undefined;
let book: Book | undefined;
let frame = 0;

function draw(): void {
	if (frame === 0)
		frame = requestAnimationFrame(() => {
			frame = 0;
			if (fader !== undefined && book !== undefined) list.show(book, fader.controller.up);
		});
}

mark(document.querySelector('[data-route="devices"]') as Element, "aria-current", "page");
find("devices").append(
	list.element,
	h(
		"section",
		{ class: "invite", "aria-label": "This screen as a device" },
		h("p", {}, "This screen can be a device too, on every phone that opens this page."),
		h("a", { class: "button", to: "/lamp" }, "Be a lamp"),
		h("a", { class: "button", to: "/knob" }, "Be a knob"),
	),
);
fader = await openFader({ changed: draw, second: draw, letGo: () => {} });
book = new Book(fader.config.topic, draw);
fader.listen(book);
draw();
