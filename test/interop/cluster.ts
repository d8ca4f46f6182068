// What survives when a node of a cluster dies: NATS and RabbitMQ, three real nodes each on loopback, one of them killed, three times.
import { bytes, Client, said, sleep, until } from "./cluster-client.js";
import { type Cluster, type Kind, nats, rabbitmq } from "./cluster-nodes.js";

const usage = `node --import ./hosts/node/ts-node.mjs test/interop/cluster.ts [nats] [rabbitmq]

Starts three nodes of each on loopback, kills the one that the clients are connected to (SIGKILL), three times,
and prints what survives. A broker that is not installed is skipped by name. Takes some minutes.`;

const rounds = 3;

/** What one kill left, row by row. */
type Outcome = Map<string, string>;

const rows = {
	leads: "the killed node led",
	moved: "broker=a,b,c: connections tried until online again",
	session: "session present, of a client that moves over",
	queued: "message queued for an absent client",
	retained: "retained message that the killed node took",
	retainedElsewhere: "retained message that another node took",
	will: "will of a client of the killed node",
	stream: "QoS 1, 400 messages during the kill: lost",
	doubled: "  and doubled",
	exact: "exactly once (QoS 2)",
} as const;

/** What a new subscriber at `port` finds on `topic`, and when. */
async function fresh(id: string, port: number, topic: string): Promise<string> {
	const begin = performance.now();
	for (let tries = 1; performance.now() - begin < 40_000; tries++) {
		let heard = "";
		const client = await new Client(`${id}-${tries}`, [port]).up();
		client.link.subscribe(topic, 1, (message) => {
			heard = said(message);
		});
		await until(() => heard !== "", 2_000);
		await client.close();
		if (heard !== "") return tries === 1 ? "yes" : `yes, at try ${tries}`;
	}
	return "no";
}

/** Sends 400 messages during the kill, which comes when 100 are sent. */
async function stream(publisher: Client, topic: string, kill: () => Promise<void>): Promise<void> {
	let killed: Promise<void> | undefined;
	for (let sent = 0; sent < 400; sent++) {
		while (!publisher.link.publish(topic, bytes(`${sent}`), 1)) await sleep(20);
		if (sent === 100) killed = kill();
		await sleep(5);
	}
	await killed;
	if (!(await until(() => publisher.link.kept === 0, 120_000))) throw new Error("the publisher keeps messages");
}

async function round(cluster: Cluster, victim: number, mark: string): Promise<Outcome> {
	const outcome: Outcome = new Map();
	const others = [0, 1, 2].filter((node) => node !== victim).map((node) => cluster.ports[node] as number);
	const [other = 0] = others;
	const port = cluster.ports[victim] as number;
	const all = [port, ...others];
	const topic = (name: string) => `cluster/${mark}/${name}`;

	const mover = new Client(`mover-${mark}`, all, { clean: false, keepAlive: 5_000 });
	const heard: number[] = [];
	mover.link.subscribe(topic("stream"), 1, (message) => heard.push(Number(said(message))));
	const absent = await new Client(`absent-${mark}`, [port], { clean: false }).up();
	absent.link.subscribe(topic("queued"), 1, () => {});
	await absent.up();
	await sleep(500);
	await absent.close();
	const watcher = await new Client(`watcher-${mark}`, [other]).up();
	let will = false;
	watcher.link.subscribe(topic("doomed/status"), 1, (message) => {
		will ||= said(message) === "offline";
	});
	const doomed = await new Client(`doomed-${mark}`, [port], { status: topic("doomed/status"), keepAlive: 5_000 }).up();
	const publisher = await new Client(`publisher-${mark}`, all, { clean: false, policy: "refuse", keepAlive: 5_000 }).up();
	const elsewhere = await new Client(`elsewhere-${mark}`, [other]).up();
	await mover.up();
	publisher.link.publish(topic("retained"), bytes("kept"), 1, true);
	elsewhere.link.publish(topic("elsewhere"), bytes("kept"), 1, true);
	elsewhere.link.publish(topic("queued"), bytes("waits"), 1);
	await until(() => publisher.link.kept === 0 && elsewhere.link.kept === 0, 30_000);
	await elsewhere.close();
	await sleep(1_000);

	const leader = await cluster.leader(`mover-${mark}`);
	outcome.set(rows.leads, leader === undefined ? "?" : leader.node === victim ? leader.of : "no");
	let [tried, moves] = [0, 0];
	await stream(publisher, topic("stream"), () => {
		[tried, moves] = [mover.tries, mover.sessions.length];
		return cluster.kill(victim);
	});
	await mover.up(moves + 1);
	outcome.set(rows.moved, `${mover.tries - tried}`);
	outcome.set(rows.session, mover.sessions[moves] ? "yes" : "no");
	await until(() => new Set(heard).size === 400, 60_000);
	outcome.set(rows.stream, `${400 - new Set(heard).size}`);
	outcome.set(rows.doubled, `${heard.length - new Set(heard).size}`);
	outcome.set(rows.exact, "QoS 1 at most");

	let waited = "";
	const back = new Client(`absent-${mark}`, [other], { clean: false });
	back.link.subscribe(topic("queued"), 1, (message) => {
		waited = said(message);
	});
	await back.up();
	await until(() => waited !== "", 30_000);
	outcome.set(rows.queued, waited === "waits" ? "yes" : "no");
	await until(() => will, 10_000);
	outcome.set(rows.will, will ? "yes" : "no");
	outcome.set(rows.retained, await fresh(`fresh-${mark}`, other, topic("retained")));
	outcome.set(rows.retainedElsewhere, await fresh(`fresher-${mark}`, other, topic("elsewhere")));
	await Promise.all([mover, back, watcher, publisher].map((client) => client.close()));
	await doomed.close();
	return outcome;
}

/** Each time a cluster of its own: what the last kill left is none of the next one's business. */
async function survive(kind: Kind): Promise<Outcome[]> {
	const outcomes: Outcome[] = [];
	for (let one = 0; one < rounds; one++) {
		const cluster = await kind.start();
		try {
			// the last time the leader, where one is told
			const led = one === rounds - 1 ? (await cluster.leader("nobody"))?.node : undefined;
			const victim = led ?? one;
			outcomes.push(await round(cluster, victim, `${one}`));
			console.error(`${kind.name}: node ${victim + 1} killed, ${one + 1} of ${rounds}`);
		} finally {
			await cluster.stop();
		}
	}
	return outcomes;
}

async function main(names: readonly string[]): Promise<void> {
	const known = { nats, rabbitmq };
	const unknown = names.find((name) => !Object.hasOwn(known, name));
	if (unknown !== undefined) {
		console.error(unknown === "--help" || unknown === "-h" ? usage : `there is no "${unknown}"\n${usage}`);
		process.exit(unknown.startsWith("-h") || unknown === "--help" ? 0 : 2);
	}
	const told = new Map<string, Outcome[]>();
	for (const [name, kind] of Object.entries(known)) {
		if (names.length > 0 && !names.includes(name)) continue;
		if (kind.missing !== undefined) console.log(`${kind.name}: skipped: ${kind.missing}`);
		else told.set(kind.name, await survive(kind));
	}
	console.log(`A node of three killed, ${rounds} times; an entry for each`);
	console.log(`${"".padEnd(54)}${[...told.keys()].map((name) => name.padEnd(66)).join("")}`);
	for (const row of Object.values(rows)) {
		const cells = [...told.values()].map((outcomes) => outcomes.map((outcome) => outcome.get(row)).join(" | "));
		console.log(`${row.padEnd(54)}${cells.map((cell) => cell.padEnd(66)).join("")}`);
	}
}

await main(process.argv.slice(2));
process.exit();
