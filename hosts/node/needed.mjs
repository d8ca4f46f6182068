// Imported first by every program that users start. It must parse on any Node with modules, and so must the file that imports it.
const needed = [20, 11];
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
	console.error(`lampwire needs Node.js ${needed.join(".")} or later; this is ${process.version}. Get a newer one from https://nodejs.org`);
	process.exit(1);
}
