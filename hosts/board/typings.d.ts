// The typings of the SDK 8.2 that @moddable/typings 5.6.0 lacks. The SDK's own typings have them: test/xs checks against those, without this file.
declare module "embedded:network/interface/wifi" {
	export default class WiFi {
		constructor(options: { onChanged?: (property: "connection" | "address") => void });
		readonly connection: number;
		readonly address: string | undefined;
		readonly MAC: string | undefined;
		readonly RSSI: number | undefined;
		connect(options: { SSID: string; password?: string }): void;
		disconnect(): void;
		scan(options: { onFound(ap: { SSID: string; RSSI: number }): void; onComplete?(): void }): void;
		close(): void;
	}
}
declare module "embedded:storage/key-value" {
	interface Storage {
		format: string;
		read(key: string): ArrayBuffer | string | number | bigint;
		write(key: string, value: ArrayBuffer | string | number | bigint): void;
		delete(key: string): void;
		close(): void;
	}
	const KeyValueStorage: { open(options: { path: string; format?: string; mode?: "r" | "r+" }): Storage };
	export default KeyValueStorage;
}
