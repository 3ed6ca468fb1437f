// Compiles published contracts, and harnesses around them, with a compiler of the packages' choice.
//
//   node examples/targets/compile.mjs BUILD.json --packages DIR --out DIR
//
// A build names its compiler (`solc`, a folder of DIR), where imports lie (`remappings`, by prefix),
// the units to compile (`files`), a folder of harnesses (`own`, compiled as `own/…`), and the
// contracts to write (`contracts`, in the layout of Foundry's out/).
//
// Exit codes: 0 built, 1 refused by the compiler, 2 bad usage, 3 no compiler.

import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(path.resolve(HERE, "../../package.json"));
const OUTPUTS = ["abi", "evm.bytecode", "evm.deployedBytecode", "evm.methodIdentifiers"];
const OWN = "own/";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { packages: { type: "string" }, out: { type: "string" } },
});
if (positionals.length !== 1 || !values.packages || !values.out) {
  console.error("usage: compile.mjs BUILD.json --packages DIR --out DIR");
  process.exit(2);
}
const build = JSON.parse(fs.readFileSync(positionals[0], "utf8"));

function loadCompiler() {
  try {
    const wrapper = require("solc/wrapper");
    return wrapper(createRequire(path.resolve(values.packages) + "/")(`./${build.solc}/soljson.js`));
  } catch (error) {
    console.error(`no compiler ${build.solc}: ${error.message}`);
    process.exit(3);
  }
}

/** Where the text of a unit lies: a harness, or in the package that a remapping names. */
function fileOf(unit) {
  const prefixes = Object.keys(build.remappings ?? {}).filter((prefix) => unit.startsWith(prefix));
  const prefix = prefixes.sort((a, b) => b.length - a.length)[0] ?? "";
  const place = prefix ? build.remappings[prefix] + unit.slice(prefix.length) : unit;
  return place.startsWith(OWN)
    ? path.join(HERE, build.own, place.slice(OWN.length))
    : path.join(values.packages, place);
}

function read(unit) {
  try {
    return { contents: fs.readFileSync(fileOf(unit), "utf8") };
  } catch {
    return { error: `not found: ${unit}` };
  }
}

const harnesses = build.own ? fs.readdirSync(path.join(HERE, build.own)).sort() : [];
const units = [...build.files, ...harnesses.map((file) => OWN + file)];
const output = JSON.parse(
  loadCompiler().compile(
    JSON.stringify({
      language: "Solidity",
      settings: {
        ...(build.evm_version ? { evmVersion: build.evm_version } : {}),
        optimizer: { enabled: true, runs: build.optimizer_runs ?? 200 },
        outputSelection: { "*": { "*": OUTPUTS } },
      },
      sources: Object.fromEntries(units.map((unit) => [unit, { content: read(unit).contents ?? "" }])),
    }),
    { import: read },
  ),
);
const errors = (output.errors ?? []).filter((message) => message.severity === "error");
if (errors.length > 0) {
  console.error(errors.map((message) => message.formattedMessage.trim()).join("\n\n"));
  process.exit(1);
}

const missing = new Set(build.contracts);
fs.rmSync(values.out, { recursive: true, force: true });
for (const [unit, contracts] of Object.entries(output.contracts)) {
  for (const [name, { abi, evm }] of Object.entries(contracts)) {
    if (!missing.delete(name)) continue;
    const folder = path.join(values.out, path.posix.basename(unit));
    fs.mkdirSync(folder, { recursive: true });
    const code = ({ object, linkReferences }) => ({ object: `0x${object}`, linkReferences });
    const artifact = {
      abi,
      bytecode: code(evm.bytecode),
      deployedBytecode: code(evm.deployedBytecode),
      methodIdentifiers: evm.methodIdentifiers,
    };
    fs.writeFileSync(path.join(folder, `${name}.json`), `${JSON.stringify(artifact, null, 1)}\n`);
  }
}
if (missing.size > 0) {
  console.error(`no such contract: ${[...missing].join(", ")}`);
  process.exit(1);
}
