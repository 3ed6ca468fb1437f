// Compiles contracts/src with the npm solc and writes the committed artifacts, byte for byte
// reproducible, in the layout of Foundry's out/ folder.
//
//   node contracts/build.mjs                          write contracts/artifacts
//   node contracts/build.mjs --check                  compare with what is committed, write nothing
//   node contracts/build.mjs --src DIR --out DIR      other folders
//   node contracts/build.mjs --import PREFIX=DIR      where imports that begin so lie; may be repeated,
//                                                     the first that fits and has the file counts
//   node contracts/build.mjs --faults tests/faults    build each *.diff or *.patch there, applied to a
//                                                     copy of the sources, into DIR/artifacts/<name>/
//
// Exit codes: 0 built or equal, 1 refused or different, 2 bad usage, 3 no compiler.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const MODULES = path.join(ROOT, "node_modules");
const PACKAGES = ["@openzeppelin/contracts", "solady"];

// Source unit names are the same for every build, so that link placeholders do not depend on
// where a copy of the sources lies.
const UNIT_PREFIX = "contracts/src/";

const MAX_CODE_BYTES = 24_576; // EIP-170
const MAX_INIT_CODE_BYTES = 49_152; // EIP-3860

// Kept equal to foundry.toml; a test compares them.
const SETTINGS = {
  evmVersion: "cancun",
  metadata: { appendCBOR: false, bytecodeHash: "none" },
  optimizer: { enabled: true, runs: 200 },
  viaIR: false,
};

const OUTPUTS = ["abi", "evm.bytecode", "evm.deployedBytecode", "evm.methodIdentifiers", "metadata"];

// Each entry: which messages are let through, and why.
const ALLOWED_WARNINGS = [
  { allows: (m) => !fileOf(m).startsWith(UNIT_PREFIX) && fileOf(m) !== "", why: "in a library: not ours to mend" },
  { allows: (m) => ["3860", "5574"].includes(m.errorCode), why: "code sizes are refused below, by name" },
];

/** [prefix, folder] of each --import. */
const imports = [];

class Refused extends Error {}
class Environment extends Error {}

const fileOf = (message) => message.sourceLocation?.file ?? "";
const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const byName = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** JSON text with sorted keys, two spaces and a final newline. */
function stable(value) {
  const sorted = (v) =>
    Array.isArray(v)
      ? v.map(sorted)
      : v !== null && typeof v === "object"
        ? Object.fromEntries(Object.keys(v).sort(byName).map((k) => [k, sorted(v[k])]))
        : v;
  return `${JSON.stringify(sorted(value), null, 2)}\n`;
}

/** The files under a folder that end with `suffix`: slash-separated relative paths, sorted. */
function filesUnder(folder, suffix) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)))
    .map((relative) => relative.split(path.sep).join("/"))
    .sort(byName);
}

function loadCompiler() {
  try {
    return createRequire(path.join(ROOT, "package.json"))("solc");
  } catch (error) {
    throw new Environment(`no Solidity compiler: run "npm ci --ignore-scripts" first (${error.code})`);
  }
}

function packageVersions() {
  const read = (name) => JSON.parse(fs.readFileSync(path.join(MODULES, name, "package.json"), "utf8"));
  return Object.fromEntries(PACKAGES.map((name) => [name, read(name).version]));
}

/** {unit name: text} of a source folder. */
function readSources(src) {
  const files = filesUnder(src, ".sol");
  if (files.length === 0) throw new Refused(`no .sol file under ${src}`);
  return Object.fromEntries(
    files.map((file) => [UNIT_PREFIX + file, fs.readFileSync(path.join(src, file), "utf8").replaceAll("\r\n", "\n")]),
  );
}

/** Answers the compiler's question for a file of an npm package, or where --import says it lies. */
function resolveImport(unit) {
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

/** Compiles; `selection` narrows the output to {unit: [contract names]}. */
function compile(solc, sources, selection) {
  const wanted = selection ?? Object.fromEntries(Object.keys(sources).map((unit) => [unit, ["*"]]));
  const outputSelection = Object.fromEntries(
    Object.entries(wanted).map(([unit, names]) => [unit, Object.fromEntries(names.map((name) => [name, OUTPUTS]))]),
  );
  const input = {
    language: "Solidity",
    settings: { ...SETTINGS, outputSelection },
    sources: Object.fromEntries(Object.entries(sources).map(([unit, content]) => [unit, { content }])),
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: resolveImport }));
  const messages = (output.errors ?? []).filter(
    (message) => message.severity === "error" || !ALLOWED_WARNINGS.some((entry) => entry.allows(message)),
  );
  if (messages.length > 0) throw new Refused(messages.map((m) => m.formattedMessage.trim()).join("\n\n"));
  return contractsOf(output, sources);
}

/** {contract name: {unit, file, artifact, dependsOn}} of the contracts in our own sources. */
function contractsOf(output, sources) {
  const contracts = {};
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
      };
    }
  }
  return contracts;
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

const codeSize = (code) => (code.object.length - 2) / 2;

function refuseOversize(contracts) {
  for (const [name, { artifact }] of Object.entries(contracts)) {
    const size = codeSize(artifact.deployedBytecode);
    if (size > MAX_CODE_BYTES) throw new Refused(`${name} has ${size} bytes of code, more than ${MAX_CODE_BYTES}`);
    const initial = codeSize(artifact.bytecode);
    if (initial > MAX_INIT_CODE_BYTES)
      throw new Refused(`${name} has ${initial} bytes of init code, more than ${MAX_INIT_CODE_BYTES}`);
  }
}

function manifestOf(solc, sources, contracts) {
  return {
    contracts: Object.fromEntries(
      Object.entries(contracts).map(([name, { file, artifact }]) => [
        name,
        {
          bytecode_sha256: sha256(artifact.bytecode.object),
          deployed_size: codeSize(artifact.deployedBytecode),
          path: file,
        },
      ]),
    ),
    packages: packageVersions(),
    settings: SETTINGS,
    solc: solc.version(),
    sources: Object.fromEntries(Object.entries(sources).map(([unit, text]) => [unit, sha256(text)])),
  };
}

/** {relative path: text} of the artifacts and the manifest. */
function artifactFiles(solc, sources, contracts) {
  const files = { "manifest.json": stable(manifestOf(solc, sources, contracts)) };
  for (const { file, artifact } of Object.values(contracts)) {
    if (file in files) throw new Refused(`two source files would both write ${file}`);
    files[file] = stable(artifact);
  }
  return files;
}

/** Writes the files and removes every other JSON file in the folder. */
function write(out, files) {
  for (const stale of filesUnder(out, ".json").filter((file) => !(file in files))) {
    fs.rmSync(path.join(out, stale));
    console.log(`removed ${stale}`);
  }
  for (const [file, text] of Object.entries(files)) {
    const target = path.join(out, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
  }
  removeEmptyFolders(out);
  console.log(`${Object.keys(files).length} files in ${path.relative(process.cwd(), out) || "."}`);
}

function removeEmptyFolders(folder) {
  if (!fs.existsSync(folder)) return;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const inner = path.join(folder, entry.name);
    removeEmptyFolders(inner);
    if (fs.readdirSync(inner).length === 0) fs.rmdirSync(inner);
  }
}

function compare(out, files) {
  const present = filesUnder(out, ".json");
  const differences = [
    ...present.filter((file) => !(file in files)).map((file) => `stale     ${file}`),
    ...Object.keys(files)
      .filter((file) => !present.includes(file))
      .map((file) => `missing   ${file}`),
    ...present
      .filter((file) => file in files && fs.readFileSync(path.join(out, file), "utf8") !== files[file])
      .map((file) => `different ${file}`),
  ].sort(byName);
  if (differences.length > 0)
    throw new Refused(`${out} is not what the sources compile to; run "make contracts":\n${differences.join("\n")}`);
  console.log(`${Object.keys(files).length} files equal, byte for byte, in ${path.relative(process.cwd(), out) || "."}`);
}

/** The sources with one unified diff (paths a/contracts/src/…) applied. */
function patchedSources(src, diff) {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), "weiproof-fault-"));
  try {
    fs.cpSync(src, path.join(copy, UNIT_PREFIX), { recursive: true });
    execFileSync("git", ["apply", "--whitespace=nowarn", path.resolve(diff)], {
      cwd: copy,
      env: { ...process.env, GIT_CEILING_DIRECTORIES: path.dirname(copy) },
      stdio: ["ignore", "ignore", "pipe"],
    });
    return readSources(path.join(copy, UNIT_PREFIX));
  } catch (error) {
    if (error.code === "ENOENT") throw new Environment("git is needed to apply the fault diffs");
    throw error.stderr ? new Refused(`does not apply: ${error.stderr.toString().trim()}`) : error;
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
  }
}

/** The artifact files of one fault: only contracts whose bytecode it changes. */
function faultFiles(solc, src, diff, sources, contracts) {
  const faulty = patchedSources(src, diff);
  const changed = Object.keys(faulty).filter((unit) => faulty[unit] !== sources[unit]);
  const affected = Object.entries(contracts).filter(([, { dependsOn }]) => changed.some((unit) => dependsOn.includes(unit)));
  const selection = {};
  for (const [name, { unit }] of affected) (selection[unit] ??= []).push(name);
  if (affected.length === 0) throw new Refused("changes no contract");

  const built = compile(solc, faulty, selection);
  refuseOversize(built);
  const files = {};
  for (const [name, { file, artifact }] of Object.entries(built)) {
    if (artifact.bytecode.object !== contracts[name]?.artifact.bytecode.object) files[file] = stable(artifact);
  }
  if (Object.keys(files).length === 0) throw new Refused("changes no bytecode");
  return files;
}

function allFaultFiles(solc, src, folder, sources, contracts) {
  const diffs = fs
    .readdirSync(folder)
    .filter((name) => /\.(diff|patch)$/.test(name))
    .sort(byName);
  if (diffs.length === 0) throw new Refused(`no *.diff or *.patch in ${folder}`);
  const files = {};
  for (const diff of diffs) {
    const name = diff.replace(/\.(diff|patch)$/, "");
    let built;
    try {
      built = faultFiles(solc, src, path.join(folder, diff), sources, contracts);
    } catch (error) {
      if (error instanceof Refused) throw new Refused(`${diff}: ${error.message}`);
      throw error;
    }
    console.log(`${name}: ${Object.keys(built).join(", ")}`);
    for (const [file, text] of Object.entries(built)) files[`${name}/${file}`] = text;
  }
  return files;
}

function options() {
  const { values } = parseArgs({
    options: {
      check: { type: "boolean", default: false },
      faults: { type: "string" },
      import: { type: "string", multiple: true, default: [] },
      out: { type: "string" },
      src: { type: "string", default: path.join(ROOT, "contracts", "src") },
    },
  });
  const fallback = values.faults ? path.join(values.faults, "artifacts") : path.join(ROOT, "contracts", "artifacts");
  return { ...values, out: values.out ?? fallback };
}

/** [prefix, folder] of PREFIX=DIR. */
function importOf(given) {
  const at = given.indexOf("=");
  const error = new Error(`--import ${given}: expected PREFIX=DIR`);
  if (at < 1) throw Object.assign(error, { code: "ERR_PARSE_ARGS_IMPORT" });
  return [given.slice(0, at), given.slice(at + 1)];
}

function main() {
  const { check, faults, import: given, out, src } = options();
  imports.push(...given.map(importOf));
  const solc = loadCompiler();
  const sources = readSources(src);
  const contracts = compile(solc, sources);
  refuseOversize(contracts);
  const files = faults
    ? allFaultFiles(solc, src, faults, sources, contracts)
    : artifactFiles(solc, sources, contracts);
  (check ? compare : write)(out, files);
}

try {
  main();
} catch (error) {
  const usage = error.code?.startsWith?.("ERR_PARSE_ARGS");
  if (!usage && !(error instanceof Refused) && !(error instanceof Environment)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = usage ? 2 : error instanceof Environment ? 3 : 1;
}
