// The one page of the setup, for a phone: no file beside it, nothing from the internet, and it works without its few lines of script.
import type { Scheme } from "../../../src/mqtt/link/broker-url.js";
import { broker_max_bytes } from "../checks.js";
import { type Entered, type Faults, type Name, password_max_bytes, user_max_bytes } from "./fields.js";

export interface PageState {
	id: string;
	/** The content of the fields. The fields of passwords are always empty. */
	values: Readonly<Entered>;
	faults: Readonly<Faults>;
	/** The schemes of this image. */
	schemes: readonly Scheme[];
	/** In an image with TLS. `own`: the box is ticked; `inForce`: the saved CA, for people, empty where there is none. */
	ca?: { readonly own: boolean; readonly inForce: string };
	/** A password is saved, and stays when its field is left empty. */
	kept: { readonly password: boolean; readonly mqtt_password: boolean };
	/** There are saved settings, which can be forgotten. */
	saved: boolean;
	/** Names of Wi-Fi in reach, which strangers have chosen. */
	networks: readonly string[];
	/** This firmware can be updated from here. */
	update: boolean;
	/** A sentence above the form. */
	notice: string;
}

const escapes: Readonly<Record<string, string>> = Object.freeze({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" });

export function escapeHtml(text: string): string {
	let out = "";
	let piece = "";
	for (const c of text) {
		piece += escapes[c] ?? c;
		// XS copies a text whenever something is added to it
		if (piece.length < 64) continue;
		out += piece;
		piece = "";
	}
	return out + piece;
}

const style = `:root{color-scheme:light dark;--line:#8a8f98;--bad:#b3261e;--good:#0b57d0;--on:#fff}
@media(prefers-color-scheme:dark){:root{--bad:#ff897d;--good:#a8c7fa;--on:#062e6f}}
*{box-sizing:border-box}
body{font:17px/1.45 system-ui,sans-serif;max-width:30rem;margin:0 auto;padding:1.25rem 1rem 3rem}
h1{font-size:1.6rem;margin:0 0 .25rem}h1::before{content:"";display:inline-block;width:.75em;height:.75em;margin-right:.45em;border-radius:50%;background:radial-gradient(#fff3c4,#ffb300);box-shadow:0 0 .6em #ffb300}h2{font-size:1.1rem;margin:1.75rem 0 .5rem}p{margin:.25rem 0 1rem}
fieldset{border:0;padding:0;margin:1.75rem 0 0}legend{font-weight:600;font-size:1.1rem;padding:0;margin:0 0 .5rem}legend+label{margin-top:0}
label{display:block;margin:.8rem 0 .25rem}
input{font:inherit;width:100%;min-height:2.9rem;padding:.4rem .7rem;border:1px solid var(--line);border-radius:.5rem;background:Canvas;color:CanvasText}
textarea{font:16px/1.3 ui-monospace,monospace;width:100%;padding:.4rem .7rem;border:1px solid var(--line);border-radius:.5rem;background:Canvas;color:CanvasText}
input[aria-invalid],textarea[aria-invalid]{border:2px solid var(--bad)}
.two{display:flex;gap:.6rem}.two>label{flex:1;display:flex;align-items:center;gap:.6rem;margin:0;padding:.3rem .8rem;border:1px solid var(--line);border-radius:.5rem;min-height:2.9rem}
.two input,.sure input{width:1.3rem;min-height:1.3rem;flex:none;margin:0;accent-color:var(--good)}
.with{display:flex;gap:.5rem}.with button{width:auto;padding:0 .9rem}
.sure{display:flex;align-items:center;gap:.6rem;min-height:2.9rem;margin:0}
small{display:block;overflow-wrap:anywhere;opacity:.8;margin-top:.2rem}.bad{color:var(--bad);opacity:1;font-weight:600}
button{font:inherit;width:100%;min-height:3rem;border:1px solid var(--line);border-radius:.5rem;background:Canvas;color:CanvasText}
p>button{margin-top:.5rem}button.go{margin-top:1.5rem;border:0;background:var(--good);color:var(--on);font-weight:600}
.note{border-left:4px solid var(--good);padding:.4rem .8rem;margin:1rem 0}.note.bad{border-color:var(--bad)}
:focus-visible{outline:3px solid var(--good);outline-offset:2px}`;

/** Sends the file as it is, and shows the board's answer; the browser shows the progress. */
const updating = `const f=document.getElementById("image"),o=document.getElementById("told"),s=document.getElementById("send");if(f)s.onclick=async()=>{if(!f.files[0]){o.textContent="Choose a file first. If nothing opens for that, open this page in your browser: "+location.href;return}s.disabled=true;o.textContent="Sending; this takes a minute.";try{o.textContent=await(await fetch("/update",{method:"PUT",body:f.files[0],headers:{"Allow-Older":document.getElementById("older").checked?"yes":"no"}})).text()}catch{o.textContent="The connection has ended. Is the board restarting?"}s.disabled=false}`;

/** The digest of this script is in the page's Content-Security-Policy: no other script runs, whatever name a neighbour gives to a Wi-Fi. */
export const script = `for(const b of document.querySelectorAll("[data-of]")){b.hidden=false;b.onclick=()=>{const i=document.getElementById(b.dataset.of),s=i.type=="password";i.type=s?"text":"password";b.textContent=s?"Hide":"Show";b.setAttribute("aria-pressed",s)}}${updating}`;
export const scriptDigest = "sha256-tmxXmDYg6E2PRXtej4bQ6LC9ie/XETKVRo/nDsP+AeA=";

function page(title: string, body: string, withScript: boolean): string {
	return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title>
<link rel="icon" href="data:,"><style>${style}</style></head><body><main>${body}</main>${withScript ? `<script>${script}</script>` : ""}</body></html>
`;
}

interface Field {
	name: Name;
	label: string;
	hint?: string;
	/** Further attributes, ours alone. */
	attributes: string;
	secret?: boolean;
}

function field(state: PageState, { name, label, hint = "", attributes, secret = false }: Field): string {
	const fault = state.faults[name];
	const says = fault ?? hint;
	const described = says === "" ? "" : ` aria-describedby="${name}-says"`;
	const value = secret ? "" : ` value="${escapeHtml(state.values[name])}"`;
	const input = `<input id="${name}" name="${name}"${value} ${attributes} autocapitalize="none" autocorrect="off" spellcheck="false"${described}${fault ? ' aria-invalid="true"' : ""}>`;
	const show = secret ? `<button type="button" data-of="${name}" aria-pressed="false" aria-label="Show ${label}" hidden>Show</button>` : "";
	return `<label for="${name}">${label}</label>${secret ? `<div class="with">${input}${show}</div>` : input}${
		says === "" ? "" : `<small id="${name}-says"${fault ? ' class="bad"' : ""}>${escapeHtml(says)}</small>`
	}`;
}

/** The text area is empty: answer.ts inserts its content, and no other part of a page can hold `</textarea>`. */
function caField(state: PageState): string {
	if (state.ca === undefined) return "";
	const { own, inForce } = state.ca;
	const fault = state.faults.ca;
	const hint =
		inForce === ""
			? "For mqtts:// and wss:// only. Leave it empty for the one that this firmware was built with."
			: `Saved: ${inForce}. Leave it empty to keep that, unless you change the broker or its port.`;
	const box = `<label class="sure"><input type="checkbox" name="ca_own" value="yes"${own ? " checked" : ""}>Use this firmware's own CA again</label>`;
	return `<label for="ca">CA of the broker (PEM)</label><textarea id="ca" name="ca" rows="5" placeholder="-----BEGIN CERTIFICATE-----" autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false" aria-describedby="ca-says"${
		fault ? ' aria-invalid="true"' : ""
	}></textarea><small id="ca-says"${fault ? ' class="bad"' : ""}>${escapeHtml(fault ?? hint)}</small>${inForce !== "" || own ? box : ""}`;
}

function choice(state: PageState, role: string, label: string): string {
	return `<label><input type="radio" name="role" value="${role}" required${state.values.role === role ? " checked" : ""}>${label}</label>`;
}

const keptHint = (unless: string) => `Leave it empty to keep the saved one, unless you change ${unless}.`;

function wifi(state: PageState): string {
	const list = state.networks.length === 0 ? "" : ' list="networks"';
	let options = "";
	for (const name of state.networks) options += `<option value="${escapeHtml(name)}">`;
	return `<fieldset><legend>Wi-Fi</legend>${field(state, {
		name: "ssid",
		label: "Name of your Wi-Fi",
		hint: "2.4 GHz: these boards have no other radio.",
		attributes: `required maxlength="32" autocomplete="off"${list}`,
	})}${list === "" ? "" : `<datalist id="networks">${options}</datalist>`}${field(state, {
		name: "password",
		label: "Password of your Wi-Fi",
		hint: state.kept.password ? keptHint("the name above") : "",
		attributes: 'type="password" minlength="8" maxlength="64" autocomplete="off"',
		secret: true,
	})}</fieldset>`;
}

function mqtt(state: PageState): string {
	return `<fieldset><legend>MQTT broker</legend>${field(state, {
		name: "broker",
		label: "Name, address or URL",
		hint: `Such as 192.168.1.10 or broker.example.org; auto: the broker that your network announces; or a URL: ${state.schemes.join("://, ")}://. Several with commas are tried in turn.`,
		attributes: `required maxlength="${broker_max_bytes}" autocomplete="off" inputmode="url"`,
	})}${field(state, {
		name: "port",
		label: "Port",
		hint: "Leave it empty, unless it is not the usual one.",
		attributes: 'maxlength="5" autocomplete="off" inputmode="numeric" pattern="[0-9]*"',
	})}${field(state, {
		name: "topic",
		label: "Topic of the light",
		hint: "Knob and lamp with the same topic belong together.",
		attributes: 'required maxlength="128" autocomplete="off"',
	})}${field(state, { name: "mqtt_user", label: "User, if the broker asks for one", attributes: `maxlength="${user_max_bytes}" autocomplete="off"` })}${field(
		state,
		{
			name: "mqtt_password",
			label: "Password of that user",
			hint: state.kept.mqtt_password ? keptHint("the broker or its user") : "",
			attributes: `type="password" maxlength="${password_max_bytes}" autocomplete="off"`,
			secret: true,
		},
	)}${caField(state)}</fieldset>`;
}

/** The form. Its only secrets are those that its user is about to type. */
export function formPage(state: PageState): string {
	let wrong = 0;
	for (const _name in state.faults) wrong++;
	const notice = wrong > 0 ? "Nothing has been saved yet. See what is marked below, and enter the passwords again." : state.notice;
	const roleFault = state.faults.role;
	const forget = `<h2>Start over</h2><form method="post" action="/forget"><label class="sure"><input type="checkbox" name="sure" value="yes" required>Forget what is saved</label><button>Forget</button></form>`;
	const update = `<h2>New firmware</h2><label for="image">A signed image for this board</label><input id="image" type="file" aria-describedby="image-says"><small id="image-says">The sheet that a phone opens by itself cannot choose files: use its browser, or a computer.</small><label class="sure"><input type="checkbox" id="older">Also an older version</label><p><button id="send" type="button">Update</button></p><p id="told" role="status"></p>`;
	return page(
		"Lampwire setup",
		`<h1>Lampwire</h1><p>Board ${escapeHtml(state.id)}: enter your Wi-Fi and your broker.</p>${
			notice === "" ? "" : `<p class="note${wrong > 0 ? " bad" : ""}" role="${wrong > 0 ? "alert" : "status"}">${escapeHtml(notice)}</p>`
		}<form method="post" action="/save" accept-charset="utf-8"><fieldset><legend>This board is a</legend><div class="two">${choice(state, "lamp", "Lamp")}${choice(
			state,
			"dimmer",
			"Dimmer",
		)}</div>${roleFault ? `<small class="bad">${escapeHtml(roleFault)}</small>` : ""}</fieldset>${wifi(state)}${mqtt(
			state,
		)}<button class="go">Save and start</button></form>${state.saved ? forget : ""}${state.update ? update : ""}`,
		true,
	);
}

/** A page with a title and a sentence alone, both plain text. */
export function plainPage(title: string, sentence: string): string {
	return page(escapeHtml(title), `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(sentence)}</p>`, false);
}
