// The exports of the package "lampwire": the parts of the desk, for programs that build a desk of their own.
export type { Device, Health, Store } from "../../src/host.js";
export { Dimmer, type DimmerOptions } from "../../src/light/dimmer/dimmer.js";
export { Lamp, type LampOptions } from "../../src/light/lamp/lamp.js";
export type { RoleOptions } from "../../src/light/role.js";
export * from "../../src/mqtt/index.js";
export { Broker, type BrokerOptions, type Publication } from "./broker/broker.js";
export { createDevice, type DeviceOptions, device, Led, type NodeDevice, Pot } from "./index.js";
export { FileStore } from "./store.js";
