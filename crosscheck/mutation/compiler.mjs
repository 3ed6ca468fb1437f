// A Solidity compiler that stays warm: answers one line of JSON for each line of JSON.
//
//   node compiler.mjs FOLDER        FOLDER holds node_modules with solc and the imported packages
//
// A request is a compiler input {language, sources, settings}; the answer is the compiler's output,
// with {version} added. Where there is no compiler the process ends with code 3.

import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";

const root = path.resolve(process.argv[2] ?? ".");
const modules = path.join(root, "node_modules");

function loadCompiler() {
  try {
    return createRequire(path.join(root, "package.json"))("solc");
  } catch (error) {
    console.error(`no Solidity compiler in ${modules} (${error.code})`);
    process.exit(3);
  }
}

function resolveImport(unit) {
  const file = path.resolve(modules, unit);
  if (!file.startsWith(modules + path.sep)) return { error: `not in node_modules: ${unit}` };
  try {
    return { contents: fs.readFileSync(file, "utf8") };
  } catch {
    return { error: `not found in node_modules: ${unit}` };
  }
}

const solc = loadCompiler();
const version = solc.version();
for await (const line of readline.createInterface({ input: process.stdin })) {
  const output = JSON.parse(solc.compile(line, { import: resolveImport }));
  process.stdout.write(`${JSON.stringify({ ...output, version })}\n`);
}
