// Signs a firmware image:  node hosts/board/update/sign.mjs key.pem xs_esp32.bin lampwire.signed
// Makes a key:             node hosts/board/update/sign.mjs --new key.pem
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** What the firmware is given as `update_key`: x and y, 128 hexadecimal digits. */
export function publicKey(privateKey) {
	const { x, y } = createPublicKey(privateKey).export({ format: "jwk" });
	return Buffer.concat([Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]).toString("hex");
}

/** The image with its trailer (image.ts). */
export function signImage(image, privateKey) {
	const signature = sign("sha256", image, { key: privateKey, dsaEncoding: "ieee-p1363" });
	return Buffer.concat([image, Buffer.from("LAMPWIRE"), signature]);
}

function main([first, second, third]) {
	if (first === "--new" && second) {
		const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
		// Never over a key that boards trust already, and for nobody else's eyes.
		writeFileSync(second, privateKey.export({ type: "pkcs8", format: "pem" }), { flag: "wx", mode: 0o600 });
		console.log(`update_key=${publicKey(privateKey)}`);
		return 0;
	}
	if (!first || !second || !third) {
		console.error("usage: sign.mjs --new KEY.pem  |  sign.mjs KEY.pem IMAGE.bin SIGNED");
		return 2;
	}
	const key = createPrivateKey(readFileSync(first));
	if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new Error(`${first} holds no key on P-256`);
	const image = readFileSync(second);
	if (image[0] !== 0xe9) throw new Error(`${second} is no firmware image of an ESP32`);
	writeFileSync(third, signImage(image, key));
	console.log(`${third}: ${image.length} bytes and their signature, for boards with update_key=${publicKey(key)}`);
	return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = main(process.argv.slice(2));
