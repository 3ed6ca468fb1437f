// The npm solc with the settings of this project, and what it compiles in the form of an artifact.

import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const MODULES = path.join(ROOT, "node_modules");
const PACKAGES = ["@openzeppelin/contracts", "solady"];

// Source unit names are the same for every build, so that link placeholders do not depend on
// where a copy of the sources lies.
export const UNIT_PREFIX = "contracts/src/";

const MAX_CODE_BYTES = 24_576; // EIP-170
const MAX_INIT_CODE_BYTES = 49_152; // EIP-3860

// Kept equal to foundry.toml; a test compares them.
export const SETTINGS = {
  evmVersion: "cancun",
  metadata: { appendCBOR: false, bytecodeHash: "none" },
  optimizer: { enabled: true, runs: 200 },
  viaIR: false,
};

const OUTPUTS = [
  "abi",
  "evm.bytecode.linkReferences",
  "evm.bytecode.object",
  "evm.bytecode.sourceMap",
  "evm.deployedBytecode.immutableReferences",
  "evm.deployedBytecode.linkReferences",
  "evm.deployedBytecode.object",
  "evm.deployedBytecode.sourceMap",
  "evm.methodIdentifiers",
  "metadata",
];

// Each entry: which messages are let through, and why.
const ALLOWED_WARNINGS = [
  { allows: (m) => !fileOf(m).startsWith(UNIT_PREFIX) && fileOf(m) !== "", why: "in a library: not ours to mend" },
  { allows: (m) => ["3860", "5574"].includes(m.errorCode), why: "code sizes are refused below, by name" },
];

/** What is given cannot be built, or is not what was built. */
export class Refused extends Error {}

/** Something that the build needs is not there. */
export class Environment extends Error {}

const fileOf = (message) => message.sourceLocation?.file ?? "";
export const sha256 = (data) => createHash("sha256").update(data).digest("hex");
export const byName = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** JSON text with sorted keys, two spaces and a final newline. */
export function stable(value) {
  const sorted = (v) =>
    Array.isArray(v)
      ? v.map(sorted)
      : v !== null && typeof v === "object"
        ? Object.fromEntries(Object.keys(v).sort(byName).map((k) => [k, sorted(v[k])]))
        : v;
  return `${JSON.stringify(sorted(value), null, 2)}\n`;
}

/** The files under a folder that end with `suffix`: slash-separated relative paths, sorted. */
export function filesUnder(folder, suffix) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)))
    .map((relative) => relative.split(path.sep).join("/"))
    .sort(byName);
}

function loadSolc() {
  try {
    return createRequire(path.join(ROOT, "package.json"))("solc");
  } catch (error) {
    throw new Environment(`no Solidity compiler: run "npm ci --ignore-scripts" first (${error.code})`);
  }
}

export function packageVersions() {
  const read = (name) => JSON.parse(fs.readFileSync(path.join(MODULES, name, "package.json"), "utf8"));
  return Object.fromEntries(PACKAGES.map((name) => [name, read(name).version]));
}

/** {unit name: text} of a source folder. */
export function readSources(src) {
  const files = filesUnder(src, ".sol");
  if (files.length === 0) throw new Refused(`no .sol file under ${src}`);
  return Object.fromEntries(
    files.map((file) => [UNIT_PREFIX + file, fs.readFileSync(path.join(src, file), "utf8").replaceAll("\r\n", "\n")]),
  );
}

/** Answers the compiler's question for a file of an npm package, or where [prefix, folder] says it lies. */
function resolveImport(imports, unit) {
  for (const [prefix, folder] of imports) {
    if (!unit.startsWith(prefix)) continue;
    const file = path.join(folder, unit.slice(prefix.length));
    if (fs.existsSync(file)) return { contents: fs.readFileSync(file, "utf8") };
  }
  if (!PACKAGES.some((name) => unit.startsWith(`${name}/`))) return { error: `not found: ${unit}` };
  try {
    return { contents: fs.readFileSync(path.join(MODULES, unit), "utf8") };
  } catch {
    return { error: `not found in node_modules: ${unit}` };
  }
}

/** {version, compile}: the compiler, whose imports that begin with a [prefix, folder] lie there. */
export function openCompiler(imports) {
  const solc = loadSolc();
  return {
    version: solc.version(),
    compile: (sources, selection) => compile(solc, imports, sources, selection),
  };
}

/** Compiles and refuses what cannot be deployed; `selection` narrows it to {unit: [contract names]}. */
function compile(solc, imports, sources, selection) {
  const wanted = selection ?? Object.fromEntries(Object.keys(sources).map((unit) => [unit, ["*"]]));
  const outputSelection = Object.fromEntries(
    Object.entries(wanted).map(([unit, names]) => [unit, Object.fromEntries(names.map((name) => [name, OUTPUTS]))]),
  );
  const input = {
    language: "Solidity",
    settings: { ...SETTINGS, outputSelection },
    sources: Object.fromEntries(Object.entries(sources).map(([unit, content]) => [unit, { content }])),
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: (unit) => resolveImport(imports, unit) }));
  const messages = (output.errors ?? []).filter(
    (message) => message.severity === "error" || !ALLOWED_WARNINGS.some((entry) => entry.allows(message)),
  );
  if (messages.length > 0) throw new Refused(messages.map((m) => m.formattedMessage.trim()).join("\n\n"));
  const contracts = contractsOf(output, sources);
  refuseOversize(contracts);
  return contracts;
}

/** {contract name: {unit, file, artifact, dependsOn, madeOf}} of the contracts in our own sources. */
function contractsOf(output, sources) {
  const contracts = {};
  const units = Object.fromEntries(Object.entries(output.sources ?? {}).map(([unit, { id }]) => [id, unit]));
  for (const unit of Object.keys(output.contracts ?? {}).sort(byName)) {
    if (!(unit in sources)) continue;
    for (const name of Object.keys(output.contracts[unit]).sort(byName)) {
      if (name in contracts) throw new Refused(`two contracts are called ${name}: artifacts are found by name`);
      const compiled = output.contracts[unit][name];
      contracts[name] = {
        unit,
        file: `${path.posix.basename(unit)}/${name}.json`,
        artifact: artifactOf(compiled),
        dependsOn: Object.keys(JSON.parse(compiled.metadata).sources),
        madeOf: [...new Set([compiled.evm.bytecode, compiled.evm.deployedBytecode].flatMap((code) => unitsIn(code, units)))],
      };
    }
  }
  return contracts;
}

/** The source units of a code's instructions: the third part of each entry, which stays where it is left out. */
function unitsIn({ sourceMap }, units) {
  const ids = new Set(sourceMap.split(";").map((entry) => entry.split(":")[2]));
  return [...ids].filter((id) => id in units).map((id) => units[id]);
}

function artifactOf({ abi, evm }) {
  const { bytecode, deployedBytecode, methodIdentifiers } = evm;
  return {
    abi,
    bytecode: { linkReferences: bytecode.linkReferences, object: `0x${bytecode.object}` },
    deployedBytecode: {
      immutableReferences: plainImmutables(deployedBytecode.immutableReferences),
      linkReferences: deployedBytecode.linkReferences,
      object: `0x${deployedBytecode.object}`,
    },
    methodIdentifiers,
  };
}

/** Immutables by their order: the compiler's own keys are AST ids, which shift with any source. */
function plainImmutables(references = {}) {
  const ids = Object.keys(references).sort((a, b) => Number(a) - Number(b));
  return Object.fromEntries(ids.map((id, index) => [String(index), references[id]]));
}

export const codeSize = (code) => (code.object.length - 2) / 2;

function refuseOversize(contracts) {
  for (const [name, { artifact }] of Object.entries(contracts)) {
    const size = codeSize(artifact.deployedBytecode);
    if (size > MAX_CODE_BYTES) throw new Refused(`${name} has ${size} bytes of code, more than ${MAX_CODE_BYTES}`);
    const initial = codeSize(artifact.bytecode);
    if (initial > MAX_INIT_CODE_BYTES)
      throw new Refused(`${name} has ${initial} bytes of init code, more than ${MAX_INIT_CODE_BYTES}`);
  }
}
