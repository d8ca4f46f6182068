// The SDK's `mqtt/js` at work: all that it can do, each step told to the log.
import config from "mc/config";
import { connect } from "mqtt/js";

const burst = 200;
const big = ArrayBuffer.fromString("0123456789ABCDEF".repeat(1024));
const say = (...words) => trace(`${words.join(" ")}\n`);

const client = connect(`mqtt://127.0.0.1:${config.port}`, {
	clientId: "layer",
	username: "",
	password: null,
	keepalive: 10,
	reconnectPeriod: 500,
	will: { topic: "will/layer", payload: "gone", qos: 1 },
});

const expected = new Map();
let waiting;
/** `then` is called when every one of `payloads` has come on its topic, in order, once. */
function await_(then, ...payloads) {
	for (const [topic, payload] of payloads) expected.set(topic, [...(expected.get(topic) ?? []), payload]);
	waiting = then;
}

client.on("message", (topic, message) => {
	const length = message.byteLength;
	const payload =
		length > 100 ? `${length} bytes ${String.fromArrayBuffer(message) === String.fromArrayBuffer(big)}` : String.fromArrayBuffer(message);
	const wanted = expected.get(topic)?.shift();
	if (wanted !== payload) say("unexpected", topic, payload, "instead of", wanted);
	if (waiting && [...expected.values()].every((list) => list.length === 0)) {
		const then = waiting;
		waiting = undefined;
		then();
	}
});
for (const event of ["close", "connect", "end", "error", "offline", "reconnect"])
	client.on(event, (detail) => say("event", event, detail ?? ""));

const done = (name) => (error) => say("acknowledged", name, error ?? "");
const publish = (topic, payload, qos, name = payload) => client.publish(topic, payload, { qos }, done(name));

client.subscribe(["xs/#", "other/+"], { qos: 2 }, (error, granted) => {
	say("granted", error, granted.map(({ topic, qos }) => `${topic}=${qos}`).join(" "));
	await_(
		bursts,
		["xs/0", "zero"],
		["xs/1", "one"],
		["xs/2", "two"],
		["xs/big1", "16384 bytes true"],
		["xs/big2", "16384 bytes true"],
		["other/x", "after"],
	);
	publish("xs/0", "zero", 0);
	publish("xs/1", "one", 1);
	publish("xs/2", "two", 2);
	publish("xs/big1", big, 1, "big1");
	publish("xs/big2", new Uint8Array(big), 2, "big2");
	publish("other/x", "", 0, "empty");
	publish("other/x", new DataView(ArrayBuffer.fromString("<after>"), 1, 5), 0, "after");
});

/** More at once than there are entries for acknowledgements. */
function bursts() {
	say("received the first");
	const payloads = Array.from({ length: burst }, (_, i) => String(i));
	// order is kept on each topic, between messages of one QoS
	const qosOf = (payload) => (payload % 4 === 0 ? 2 : 1);
	const topicOf = (payload) => `xs/burst/${qosOf(payload)}`;
	let acknowledged = 0;
	await_(() => say("received the burst; acknowledged", acknowledged), ...payloads.map((payload) => [topicOf(payload), payload]));
	for (const payload of payloads)
		client.publish(topicOf(payload), payload, { qos: qosOf(payload) }, () => {
			if (++acknowledged === burst) say("acknowledged the burst");
		});
}

client.on("offline", () => {
	await_(unsubscribe, ["xs/later", "while away"]);
	publish("xs/later", "while away", 1);
});

function unsubscribe() {
	say("received what was published while away");
	client.unsubscribe(["xs/#", "frogs"], (error) => {
		say("unsubscribed", error);
		await_(() => {}, ["xs/none", "nothing more"]);
		publish("xs/none", "silence", 1);
		client.publish("xs/none", "silence", { qos: 2 }, () => {
			say("acknowledged in silence");
			client.end(() => say("ended"));
		});
	});
}
