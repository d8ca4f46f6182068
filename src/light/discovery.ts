// Home Assistant's MQTT discovery: a device's messages about itself, so that its user writes no YAML. A lamp is a light, a dimmer a sensor, and
// each has its signal and its time up. Retained, at QoS 1, for a loss would last until the next connect; one message at a time: each has a
// kilobyte or two, and the link's outbox has room for one beside the levels. Published again after every connect and at every birth of
// Home Assistant. Sources: its documentation, "MQTT Discovery" (topics, abbreviations), "MQTT Light" (schema template), "MQTT Sensor".
import type { Alarm, Device } from "../host.js";
import { utf8Length, writeUtf8 } from "../mqtt/bytes/utf8.js";
import type { Link, Message } from "../mqtt/link/link.js";
import { version } from "../version.js";
import { infoTopic, statusTopic } from "./topics.js";

/** A role's entity in Home Assistant. The Hue role is one light: Home Assistant has an integration of its own for the single lights. */
export type Shape = "light" | "sensor";

export interface DiscoveryOptions {
	device: Device;
	link: Pick<Link, "up" | "kept" | "publish" | "subscribe">;
	/** First levels of the discovery topics, mostly `homeassistant`. */
	prefix: string;
	role: string;
	shape: Shape;
	topic: string;
	id: string;
}

/**
 * Beginning of a template that reads a payload's level as the lamp does: 0 to 254, -1 for ON, or `none` for a payload that the lamp refuses.
 * `value_json` is there when the payload is JSON. Digits are checked one by one, for `float` takes more than the lamp: 1e1, nan.
 */
const read =
	"{%- set ns = namespace(l=none) -%}" +
	"{%- set j = value_json if value_json is defined else none -%}" +
	"{%- set o = j is mapping -%}" +
	"{%- set b = (j.brightness if j.brightness is defined else none) if o else value -%}" +
	"{%- set t = b|string|trim -%}" +
	"{%- if b is not none and b is not boolean and (b is string or b is number) and t != '' and t[0] != '.' and t[-1] != '.' and t|reject('in','0123456789.')|list|length == 0 -%}" +
	"{%- set n = t|float(-1) -%}" +
	"{%- if 0 <= n <= 255 -%}{%- set ns.l = 0 if n == 0 else [[(n+0.5)|int,1]|max,254]|min -%}{%- endif -%}" +
	"{%- endif -%}" +
	"{%- set s = ((j.state if j.state is defined else '') if o else value)|string|trim|lower -%}" +
	"{%- if s in ['off','false'] -%}{%- set ns.l = 0 -%}{%- elif s in ['on','true'] and ns.l is none -%}{%- set ns.l = -1 -%}{%- endif -%}";

/** `on`, `off`, or nothing, which leaves the light in Home Assistant as it is. */
const stateTemplate = `${read}{{ '' if ns.l is none else 'off' if ns.l == 0 else 'on' }}`;
/** 1 to 255; 0, which Home Assistant ignores, where there is no level. */
const brightnessTemplate = `${read}{{ (ns.l*255/254)|round|int if ns.l is not none and ns.l > 0 else 0 }}`;
/** Percent of full; `None` is Home Assistant's word for an unknown value. */
const percentTemplate = `${read}{{ (ns.l*100/254)|round(1) if ns.l is not none and ns.l >= 0 else None }}`;

/** Home Assistant's 1 to 255 as 1 to 254: bare, or as JSON where the command has a transition, in seconds. */
const onTemplate =
	"{%- set b = [(brightness*254/255)|round|int,1]|max if brightness is defined else 0 -%}" +
	'{%- if transition is defined -%}{"state":"ON"{{ \',"brightness":\' ~ b if b else \'\' }},"transition":{{ transition }}}' +
	"{%- else -%}{{ b if b else 'ON' }}{%- endif -%}";
const offTemplate = '{%- if transition is defined -%}{"state":"OFF","transition":{{ transition }}}{%- else -%}0{%- endif -%}';

/** An id as Home Assistant takes it in a topic: letters, digits, `_` and `-`. */
function objectId(id: string): string {
	return `lampwire_${id.replace(/[^A-Za-z0-9-]/g, (c) => `_${c.charCodeAt(0).toString(16)}_`)}`;
}

/** Topics of all discovery messages of the device `id`. */
export function discoveryTopics(prefix: string, shape: Shape, id: string): { own: string; signal: string; uptime: string } {
	const object = objectId(id);
	return {
		own: `${prefix}/${shape}/${object}/config`,
		signal: `${prefix}/sensor/${object}_signal/config`,
		uptime: `${prefix}/sensor/${object}_uptime/config`,
	};
}

/** The discovery messages, each with its topic. */
export function discoveryMessages({
	device,
	prefix,
	role,
	shape,
	topic,
	id,
}: Omit<DiscoveryOptions, "link">): [topic: string, text: string][] {
	const topics = discoveryTopics(prefix, shape, id);
	const object = objectId(id);
	const health = device.health?.();
	const levels = topic.split("/").filter((level) => level !== "");
	// in home/desk/light the area is the level before the last
	const area = levels.length > 1 ? levels[levels.length - 2] : undefined;
	const common = {
		avty_t: statusTopic(topic, id),
		dev: { ids: [object], name: `${role} ${id}`, mf: "Lampwire", mdl: health?.board ?? device.name, sw: version, sa: area },
		o: { name: "Lampwire", sw: version },
	};
	const light = {
		schema: "template",
		cmd_t: topic,
		stat_t: topic,
		cmd_on_tpl: onTemplate,
		cmd_off_tpl: offTemplate,
		stat_tpl: stateTemplate,
		bri_tpl: brightnessTemplate,
		// the topic holds the level, for a lamp that connects later
		ret: true,
		qos: 1,
	};
	const sensor = { stat_t: topic, val_tpl: percentTemplate, unit_of_meas: "%", ic: "mdi:knob", stat_cla: "measurement" };
	const info = { stat_t: infoTopic(topic, id), ent_cat: "diagnostic", stat_cla: "measurement" };
	const messages: [string, string][] = [
		[topics.own, JSON.stringify({ name: null, uniq_id: object, ...(shape === "light" ? light : sensor), ...common })],
		[
			topics.uptime,
			JSON.stringify({
				name: "Uptime",
				uniq_id: `${object}_uptime`,
				...info,
				val_tpl: "{{ value_json.uptime }}",
				dev_cla: "duration",
				unit_of_meas: "s",
				...common,
			}),
		],
	];
	if (health !== undefined && "rssi" in health)
		messages.push([
			topics.signal,
			JSON.stringify({
				name: "Signal",
				uniq_id: `${object}_signal`,
				...info,
				val_tpl: "{{ value_json.rssi }}",
				dev_cla: "signal_strength",
				unit_of_meas: "dBm",
				...common,
			}),
		]);
	return messages;
}

/** Payload bytes of the longest message: the link's outbox must have room for so many, beside the levels. */
export function discoveryBytes(options: Omit<DiscoveryOptions, "link">): number {
	return Math.max(...discoveryMessages(options).map(([, text]) => utf8Length(text)));
}

/** Longest wait before the first message: the status and the level go first, and after a birth not all devices publish at once. */
const spread_ms = 1_000;
/** Wait for the acknowledgement of the message before, or of a level: those go first. */
const again_ms = 200;

export class Discovery {
	readonly #options: DiscoveryOptions;
	readonly #alarm: Alarm;
	/** Messages that have gone out. */
	#said = 0;

	constructor(options: DiscoveryOptions) {
		const { device, link, prefix } = options;
		this.#options = options;
		this.#alarm = device.time.alarm(() => this.#ring());
		link.subscribe(`${prefix}/status`, 0, (message) => this.#heard(message));
	}

	/** The connection has come up. */
	up(): void {
		this.#said = 0;
		this.#alarm.set(Math.round(spread_ms * this.#options.device.random()));
	}

	close(): void {
		this.#alarm.close();
	}

	/** Home Assistant's status: `online` is its birth message; its will is `offline`. */
	#heard({ bytes, length, more, offset }: Message): void {
		if (!more && offset === 0 && length === 6 && bytes[1] === 0x6e) this.up();
	}

	/** `topic` is that of a discovery message. */
	owns(topic: string): boolean {
		return topic.startsWith(`${this.#options.prefix}/`);
	}

	#ring(): void {
		const { link } = this.#options;
		if (!link.up) return;
		// no message is composed while another one waits: that takes kilobytes
		if (link.kept > 0) return this.#alarm.set(again_ms);
		const messages = discoveryMessages(this.#options);
		const message = messages[this.#said];
		if (message === undefined) return;
		const [topic, text] = message;
		const bytes = new Uint8Array(utf8Length(text));
		writeUtf8(text, bytes, 0);
		if (link.publish(topic, bytes, 1, true)) this.#said++;
		if (this.#said < messages.length) this.#alarm.set(again_ms);
	}
}
