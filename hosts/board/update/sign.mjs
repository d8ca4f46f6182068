// Signs a firmware image:  node hosts/board/update/sign.mjs key.pem xs_esp32.bin lampwire.signed
// Makes a key:             node hosts/board/update/sign.mjs --new key.pem
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { readFileSync, realpathSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The `update_key` of the firmware: x and y, 128 hexadecimal digits. */
export function publicKey(privateKey) {
	const { x, y } = createPublicKey(privateKey).export({ format: "jwk" });
	return Buffer.concat([Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]).toString("hex");
}

/** The image with its trailer (image.ts). */
export function signImage(image, privateKey) {
	const signature = sign("sha256", image, { key: privateKey, dsaEncoding: "ieee-p1363" });
	return Buffer.concat([image, Buffer.from("LAMPWIRE"), signature]);
}

const usage = "usage: sign.mjs --new KEY.pem  |  sign.mjs KEY.pem IMAGE.bin SIGNED";

/** A mistake of the user's, printed as one line. */
class Mistake extends Error {
	constructor(message, exitCode = 1) {
		super(message);
		this.exitCode = exitCode;
	}
}

const causes = {
	ENOENT: "there is no such file",
	EISDIR: "that is a folder",
	EEXIST: "it is there already, and boards may trust it: give another name",
	EACCES: "this user may not do that",
};

function read(name, advice = "") {
	try {
		return readFileSync(name);
	} catch ({ code }) {
		throw new Mistake(`${name}: ${causes[code] ?? code}${advice}`);
	}
}

function write(name, bytes, options) {
	try {
		writeFileSync(name, bytes, options);
	} catch ({ code }) {
		throw new Mistake(`${name}: ${code === "ENOENT" ? "there is no such folder" : (causes[code] ?? code)}`);
	}
}

const newKey = "make one with --new KEY.pem";

function signingKey(name) {
	const pem = read(name, `; ${newKey}`);
	let key;
	try {
		key = createPrivateKey(pem);
	} catch {
		throw new Mistake(`${name} holds no private key; ${newKey}`);
	}
	if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new Mistake(`${name} holds no key on the curve P-256; ${newKey}`);
	return key;
}

function main(words) {
	const [first = "", second, third] = words;
	if (first === "--help" || first === "-h") return usage;
	if (first.startsWith("-") && first !== "--new") throw new Mistake(`there is no option ${first}; ${usage}`, 2);
	if (words.length !== (first === "--new" ? 2 : 3)) throw new Mistake(usage, 2);
	if (first === "--new") {
		const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
		// Never overwrites a key that boards trust already; only its owner can read the file.
		write(second, privateKey.export({ type: "pkcs8", format: "pem" }), { flag: "wx", mode: 0o600 });
		return `update_key=${publicKey(privateKey)}`;
	}
	if ([first, second].some((name) => resolve(name) === resolve(third)))
		throw new Mistake(`SIGNED is the same file as the key or the image: give it a name of its own; ${usage}`, 2);
	const key = signingKey(first);
	const image = read(second);
	if (image[0] !== 0xe9) throw new Mistake(`${second} is no firmware image of an ESP32; mcconfig writes one as xs_esp32.bin`);
	write(third, signImage(image, key));
	return `${third}: ${image.length} bytes and their signature, for boards with update_key=${publicKey(key)}`;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
	try {
		console.log(main(process.argv.slice(2)));
	} catch (error) {
		if (!(error instanceof Mistake)) throw error;
		console.error(`sign.mjs: ${error.message}`);
		process.exitCode = error.exitCode;
	}
}
