// The desk's virtual Hue bridge, and the real Hue role that moves its two lights: a user sees both without a bridge, a key or a radio.
import { randomBytes, X509Certificate } from "node:crypto";
import type { Device } from "../../../src/host.js";
import { Hue } from "../../../src/hue/hue.js";
import type { RoleOptions } from "../../../src/light/role.js";
import { closed } from "../goodbye.js";
import { VirtualBridge } from "../hue-bridge/model.js";
import { BridgeServer } from "../hue-bridge/server.js";

const lights = ["Shelf", "Window"];
const bridgeId = "001788fffe123456";
/** The id of the role. */
export const virtualHueId = `hue-${bridgeId}`;

export class VirtualHue {
	readonly id = virtualHueId;
	readonly hue: Hue;
	readonly #server: BridgeServer;

	private constructor(hue: Hue, server: BridgeServer) {
		this.hue = hue;
		this.#server = server;
	}

	/** `device` makes the role's device, by its id. */
	static async start(options: Omit<RoleOptions, "device" | "id">, device: (id: string) => Device): Promise<VirtualHue> {
		const key = randomBytes(20).toString("hex");
		const bridge = new VirtualBridge({ bridgeId, now: () => performance.now(), keys: [key], lights });
		const server = new BridgeServer({ bridge, port: 0, httpsPort: 0 });
		await server.start();
		const id = virtualHueId;
		const pin = new X509Certificate(server.certificate.certificate).fingerprint256;
		const access = { host: "127.0.0.1", port: server.httpsPort, key, secure: { pin, name: bridge.id } };
		const hue = new Hue({ ...options, device: device(id), id, bridge: access, lights, follow: true });
		return new VirtualHue(hue, server);
	}

	async stop(): Promise<void> {
		await closed(this.hue);
		await this.#server.stop();
	}
}
