// The functions of the commands.
import { Hue } from "../../src/hue/hue.js";
import { Dimmer } from "../../src/light/dimmer/dimmer.js";
import { Lamp } from "../../src/light/lamp/lamp.js";
import { isSecure } from "../../src/mqtt/link/broker-url.js";
import { reach } from "../../src/mqtt/link/turns.js";
import { lanAddress, localAddress, pageUrl } from "./addresses.js";
import { securing, tellSecured } from "./authority.js";
import { Broker, describe } from "./broker/broker.js";
import { keptCredentials, readCredentials } from "./credentials.js";
import { Desk } from "./desk.js";
import { removeDiscovery } from "./discovery.js";
import { type Emit, holding } from "./events.js";
import { type Front, frontFor, Lines } from "./front.js";
import { closed, goodbye } from "./goodbye.js";
import { type Invitation, invitation, withLogin } from "./http/invitation.js";
import { openPage } from "./http/open.js";
import { PageOnly } from "./http/page.js";
import { qrLines } from "./http/qr.js";
import { Site } from "./http/site.js";
import { accessOf, choosePairing } from "./hue/keys.js";
import { pictured, reportHue } from "./hue/report.js";
import { readAuthority } from "./hue/run.js";
import { createDevice, Led, Pot } from "./index.js";
import { announce } from "./mdns/announce.js";
import { withBroker } from "./mdns/auto.js";
import { metrics } from "./metrics/metrics.js";
import { brokerOptions, type Settings } from "./options.js";
import { readPassword } from "./password.js";
import { Protection } from "./protection.js";
import { Keeper } from "./recorder/keeper.js";
import { Refusal } from "./refusal.js";
import { reportDimmer, reportLamp } from "./report.js";
import Resolver from "./resolver.js";
import { insecureWarning, readSecurity } from "./security.js";
import { FileStore } from "./store.js";
import { transportOf } from "./transports.js";

export async function runDesk(settings: Settings): Promise<void> {
	const front = frontFor();
	const desk = new Desk(settings, front.emit);
	await desk.start();
	const onQuit = goodbye(async () => {
		front.close();
		await desk.stop();
	});
	if (settings.open) openPage(desk.page, (line) => front.emit("log", line));
	const { phones } = desk;
	const code = phones && withLogin(phones.url, phones);
	front.open({ pot: desk.pot, look: () => desk.look(), scene: () => desk.scene, onQuit, phones: code, teacher: desk.teacher });
}

export async function runDimmer(given: Settings): Promise<void> {
	if (given.discoveryRemove) return remove("dimmer", given);
	const front = frontFor();
	const settings = await withBroker(given, front.emit);
	const pot = new Pot({ seed: Date.now(), position: 0.5 });
	const options = roleOptions("dimmer", settings, front.emit, { pot });
	// Before the first line: a user who has read it may ask to quit.
	const onQuit = goodbye(() => leave(front, dimmer, options));
	const { pickup, invert, calibrate, rate } = settings;
	const dimmer: Dimmer = new Dimmer({ ...options, pickup, invert, calibrate, ...(rate === undefined ? {} : { rate }) });
	const title = `dimmer · ${options.where()} · topic ${options.topic}`;
	const scene = () => ({ title, dimmer: dimmer.level, statuses: statuses(dimmer, options.id), hints: [] });
	front.open({ pot, look: reportDimmer(dimmer, options.id, front.emit), scene, onQuit });
}

export async function runLamp(given: Settings): Promise<void> {
	if (given.discoveryRemove) return remove("lamp", given);
	const front = frontFor();
	const settings = await withBroker(given, front.emit);
	const led = new Led();
	const options = roleOptions("lamp", settings, front.emit, { led });
	const onQuit = goodbye(() => leave(front, lamp, options));
	const { powerOn, minimum, maximum, fade, streamFade } = settings;
	const lamp: Lamp = new Lamp({ ...options, powerOn, minimum, maximum, fade, streamFade });
	const title = `lamp · ${options.where()} · topic ${options.topic}`;
	const picture = () => ({ level: lamp.level, duty: led.duty, dutyMax: led.dutyMax });
	const scene = () => ({ title, dimmer: -1, lamp: picture(), statuses: statuses(lamp, options.id), hints: [] });
	front.open({ look: reportLamp(lamp, options.id, front.emit), scene, onQuit });
}

export async function runHue(settings: Settings): Promise<void> {
	const { hueBridge, hueLights: lights, hueHttp, hueCa, follow, state } = settings;
	if (lights === undefined) throw new Refusal("--hue-lights is needed: names or ids of lights, rooms and zones, with commas", 2);
	const authority = readAuthority(hueCa);
	const pairing = choosePairing(state, hueBridge);
	const own = { ...settings, id: settings.id ?? `hue-${pairing.bridge}` };
	if (settings.discoveryRemove) return remove("hue", own);
	const front = frontFor();
	const options = roleOptions("hue", await withBroker(own, front.emit), front.emit, {});
	const onQuit = goodbye(() => leave(front, hue, options));
	const hue: Hue = new Hue({
		...options,
		bridge: accessOf(pairing, { ...(authority === undefined ? {} : { authority }), plain: hueHttp, port: hueBridge?.port }),
		lights,
		follow,
		// the reason is in the log; the exit code shows that the program was not asked to end
		onStopped: () => {
			process.exitCode = 1;
			onQuit();
		},
	});
	const title = `hue · bridge ${pairing.bridge} · ${options.where()} · topic ${options.topic}`;
	const scene = () => ({ title, dimmer: -1, lights: pictured(hue), statuses: statuses(hue, options.id), hints: [] });
	front.open({ look: reportHue(hue, options.id, front.emit), scene, onQuit });
}

export { runFind, runPair } from "./hue/run.js";
export { runHistory } from "./recorder/run.js";

export async function runRecord(settings: Settings): Promise<void> {
	const { emit } = new Lines();
	const options = roleOptions("recorder", await withBroker(settings, emit), emit, {});
	const { filter = [], ...place } = settings;
	const log = (line: string) => emit("log", line);
	const keeper = await Keeper.start(place, "lampwire record", { ...options, filters: filter }, log).catch((error: Error) => {
		throw new Refusal(error.message, /^(filter|topic|id): /.test(error.message) ? 2 : 1);
	});
	goodbye(async () => {
		await keeper.stop();
		const { stored } = keeper.recorder.counters;
		emit("bye", `${stored} ${stored === 1 ? "message was" : "messages were"} kept.`);
	});
}

async function remove(role: string, given: Settings): Promise<void> {
	const { emit } = new Lines();
	const settings = await withBroker(given, emit);
	removeDiscovery(role, roleOptions(role, settings, emit, {}), settings.discovery as string, emit);
}

function statuses(role: { readonly up: boolean }, id: string) {
	return [[id, role.up ? "online" : "connecting"] as const];
}

async function leave(front: Front, role: Dimmer | Lamp | Hue, { id, where }: { id: string; where(): string }): Promise<void> {
	const { up } = role;
	front.close();
	await closed(role);
	front.emit("bye", up ? `${id} is offline.` : `${id} had no connection to ${where()}.`);
}

export async function runBroker(settings: Settings): Promise<void> {
	if (settings.showCredentials) return showCredentials(settings);
	const { emit } = new Lines();
	const first = holding(emit);
	const protection = Protection.of(settings, first.emit);
	const secured = securing(settings);
	const phones = () => invitation(broker, protection?.as("controller"));
	const site = new Site({
		topic: settings.topic,
		wire: settings.wire,
		phones,
		login: protection?.login,
		metrics: () => metrics({ broker }),
	});
	const broker: Broker = new Broker({
		...brokerOptions(settings),
		tls: secured?.tls,
		guard: protection?.guard,
		log: (line) => first.emit("log", line),
		onRequest: site.answer,
		onClient: (id, connected) => emit("client", `${id} ${connected ? "connected" : "gone"}`),
		onPublish: (publication) => {
			site.published(publication);
			emit("message", describe(publication));
		},
		...(site.look ? { look: site.look } : {}),
		...(site.doorkeeper ? { doorkeeper: site.doorkeeper } : {}),
	});
	site.attach(broker);
	await broker.start().catch((error: unknown) => {
		first.release();
		throw error;
	});
	const announcement = await announce(settings, broker, emit);
	goodbye(async () => {
		site.close();
		await announcement?.stop();
		await broker.stop();
		emit("bye", "The broker has ended.");
	});
	tellPage(settings, broker.wsPort, emit, phones());
	emit("class", `${pageUrl(localAddress(settings.host), broker.wsPort)}${site.classPath}`);
	first.release();
	emit("listen", `mqtt ${broker.host} ${broker.mqttPort}`);
	emit("listen", `ws ${broker.host} ${broker.wsPort}`);
	tellSecured(secured, broker, emit);
}

export async function runPage(settings: Settings): Promise<void> {
	const { emit } = new Lines();
	const first = holding(emit);
	const page = new PageOnly(settings, (line) => first.emit("log", line));
	await page.start();
	goodbye(async () => {
		await page.stop();
		emit("bye", "The page is no longer served.");
	});
	tellPage(settings, page.port, emit);
	first.release();
	emit("listen", `http ${settings.host} ${page.port}`);
}

/** Prints the credentials: only a user who can read their file can do this. */
function showCredentials({ credentials: file, state }: Settings): void {
	const credentials = file === undefined ? keptCredentials(state).credentials : readCredentials(file);
	process.stdout.write(`${credentials.table}\n`);
}

/** Emits the page's URL for this machine and for phones, and prints a QR code where a terminal can show it. */
function tellPage({ host, open }: Settings, port: number, emit: Emit, invited?: Invitation): void {
	const url = pageUrl(localAddress(host), port);
	emit("page", url);
	const address = lanAddress(host);
	if (address) {
		const phones = pageUrl(address, port);
		emit("hint", `A phone opens ${phones}.`);
		if (process.stdout.isTTY && process.stdout.getColorDepth() >= 8)
			process.stdout.write(`\n${qrLines(withLogin(phones, invited ?? {})).join("\n")}\n\n`);
	}
	if (open) openPage(url, (line) => emit("log", line));
}

/** The roles do not read the environment: advice about the password is added here. */
const login =
	"; the user stands in the URL, --broker mqtt://user@host, the password in the environment variable LAMPWIRE_PASSWORD, or in a file, --password-file";

function roleOptions(role: string, settings: Settings, emit: Emit, parts: { pot?: Pot; led?: Led }) {
	const { broker, passwordFile, topic, keepAlive, noStatus } = settings;
	const password = readPassword(passwordFile);
	// [MQTT-3.1.2-22] a password needs a user name.
	if (password && !broker.user)
		throw new Refusal(
			`${passwordFile ? "--password-file" : "LAMPWIRE_PASSWORD"} is set, but --broker names no user: write mqtt://user@host`,
			2,
		);
	const log = (line: string) => emit("log", /bad user name or password|not authorized/.test(line) ? `${line}${login}` : line);
	const secure = broker.all.some(isSecure);
	const security = readSecurity(settings, secure);
	if (settings.tlsInsecure) emit("log", `warning: ${insecureWarning}`);
	const { host, port, socket, dns, where } = reach(broker.all, (one) => transportOf(one, security), { io: Resolver });
	const device = createDevice({ log, socket, dns, ...parts });
	// A dimmer and a lamp of one machine are two devices.
	const id = settings.id ?? `${role}-${device.id}`;
	return {
		device: { ...device, store: new FileStore(settings.state, id) },
		host,
		port,
		where,
		topic,
		id,
		status: !noStatus,
		...(broker.user === undefined ? {} : { user: broker.user }),
		...(password === undefined ? {} : { password }),
		...(keepAlive === undefined ? {} : { keepAlive }),
		...(settings.discovery === undefined ? {} : { discovery: settings.discovery }),
	};
}
