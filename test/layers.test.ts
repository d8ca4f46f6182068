// The layers of src/README.md, held on the syntax tree: every arrow between folders points down, types included; and what only one file may do.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import ts from "typescript";

const root = path.join(import.meta.dirname, "..");
const names = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "src", "hosts", "adapters", "test"], {
	cwd: root,
	encoding: "utf8",
})
	.trim()
	.split("\n")
	.filter((name) => /\.m?ts$/.test(name) && !name.includes("planted-"));

function parse(name: string, code = readFileSync(path.join(root, name), "utf8")): ts.SourceFile {
	return ts.createSourceFile(name, code, ts.ScriptTarget.Latest, true);
}

/** Every node of a file. */
function* nodes(node: ts.Node): Generator<ts.Node> {
	yield node;
	for (const child of node.getChildren()) yield* nodes(child);
}

/** What a file imports or re-exports by a relative path: the files, types included. */
function importsOf(file: ts.SourceFile): string[] {
	const found: string[] = [];
	for (const node of nodes(file)) {
		const from = ts.isImportDeclaration(node) || ts.isExportDeclaration(node) ? node.moduleSpecifier : undefined;
		const called = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments[0] : undefined;
		const typed = ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
		const specifier = from ?? called ?? typed;
		if (specifier && ts.isStringLiteral(specifier) && specifier.text.startsWith("."))
			found.push(path.posix.join(path.posix.dirname(file.fileName), specifier.text).replace(/\.js$/, ".ts"));
	}
	return found;
}

/** From the bottom up; the first prefix that fits is a file's. A file may import its own layer and those below. */
const layers: readonly string[][] = [
	["src/host.ts", "src/version.ts"],
	["src/mqtt/bytes/"],
	["src/mqtt/packets/", "src/limits.ts"],
	["src/mqtt/session/", "src/mqtt/websocket/", "src/wire/"],
	["src/mqtt/client/"],
	["src/mqtt/link/"],
	["src/mqtt/"],
	["src/light/level/", "src/light/dimmer/", "src/light/lamp/", "src/light/controller/", "src/light/"],
	["src/hue/", "src/recorder/"],
	["src/"],
	["adapters/", "hosts/"],
	["test/"],
];
const layerOf = (name: string) => layers.findIndex((prefixes) => prefixes.some((prefix) => name.startsWith(prefix)));

/** Why a file may not import another; nothing when it may. */
function fault(from: string, to: string): string | undefined {
	if (layerOf(to) > layerOf(from)) return `${from} imports ${to}, of a layer above`;
	// siblings know nothing of each other
	const [one, other] = [from, to].map((name) => /^(src\/mqtt\/(?:session|websocket)|src\/wire|src\/hue|src\/recorder)\//.exec(name)?.[1]);
	if (one !== undefined && other !== undefined && one !== other && layerOf(from) === layerOf(to)) return `${from} imports ${to}, beside it`;
	return undefined;
}

test("layers: every arrow points down, types included", () => {
	const faults = names
		.filter((name) => !name.startsWith("test/"))
		.flatMap((name) => importsOf(parse(name)).map((to) => fault(name, to)))
		.filter((found) => found !== undefined);
	assert.deepEqual(faults, []);
});

test("layers: a planted arrow that points up is seen, also of a type", () => {
	for (const code of [
		'import type { WriteOptions } from "../client/types.js";',
		'export { Client } from "../client/client.js";',
		'type A = import("../client/types.js").WriteOptions;',
		'const later = import("../client/client.js");',
	]) {
		const from = "src/mqtt/session/planted.ts";
		assert.equal(importsOf(parse(from, code)).filter((to) => fault(from, to) !== undefined).length, 1, code);
	}
	assert.equal(fault("src/mqtt/client/connection.ts", "src/mqtt/session/session.ts"), undefined);
	assert.match(fault("src/hue/hue.ts", "src/recorder/recorder.ts") ?? "", /beside it/);
});

/** Names of the files of src/ in which `seen` holds for a node. */
function where(seen: (node: ts.Node) => boolean): string[] {
	return names.filter((name) => name.startsWith("src/") && [...nodes(parse(name))].some(seen));
}

/** `something.name` is given a value: by an assignment, or in place. */
function assigns(node: ts.Node, name: string): boolean {
	if (ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node))
		return ts.isPropertyAccessExpression(node.operand) && node.operand.name.text === name && /^(\+\+|--)|(\+\+|--)$/.test(node.getText());
	if (!ts.isBinaryExpression(node) || !ts.isPropertyAccessExpression(node.left)) return false;
	const operator = node.operatorToken.kind;
	return node.left.name.text === name && operator >= ts.SyntaxKind.FirstAssignment && operator <= ts.SyntaxKind.LastAssignment;
}

test("composition: src/ has nothing abstract and nothing protected", () => {
	const modifiers = [ts.SyntaxKind.AbstractKeyword, ts.SyntaxKind.ProtectedKeyword];
	assert.deepEqual(
		where((node) => modifiers.includes(node.kind)),
		[],
	);
});

test("one place a fact: of a client, the state and what is writable are assigned in one file each", () => {
	const inClient = (name: string) =>
		where((node) => assigns(node, name)).filter((file) => /^src\/mqtt\/(client|session|bytes)\//.test(file));
	// an `MqttError` has a copy
	assert.deepEqual(inClient("state"), ["src/mqtt/client/connection.ts", "src/mqtt/client/types.ts"]);
	assert.deepEqual(inClient("writable"), ["src/mqtt/client/transport.ts"]);
});

test("IO: bytes, packets and session know no socket and no clock", () => {
	const hostTypes = /^(Socket|SocketOptions|SocketProvider|Time|Alarm|Resolver|ResolverProvider)$/;
	const found = where((node) => ts.isImportSpecifier(node) && hostTypes.test(node.name.text));
	assert.deepEqual(
		found.filter((name) => /^src\/mqtt\/(bytes|packets|session)\//.test(name)),
		[],
	);
});
