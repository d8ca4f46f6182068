// `/devices`: who is there, who has gone, and everything that they tell of themselves.
import { Book, DeviceList } from "../shared/device-list.js";
import { type Fader, openFader } from "../shared/fader.js";
import { find, h, mark } from "../shared/h.js";

const list = new DeviceList(true);
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
