// Compiles contracts/src with the npm solc and writes the committed artifacts, byte for byte
// reproducible, in the layout of Foundry's out/ folder.
//
//   node contracts/build.mjs                          write contracts/artifacts
//   node contracts/build.mjs --check                  compare with what is committed, write nothing
//   node contracts/build.mjs --src DIR --out DIR      other folders
//   node contracts/build.mjs --import PREFIX=DIR      where imports that begin so lie; may be repeated,
//                                                     the first that fits and has the file counts
//   node contracts/build.mjs --faults tests/faults    build each *.diff or *.patch there, applied to a
//                                                     copy of the sources, into DIR/artifacts/<name>/,
//                                                     as many at a time as there are processors
//
// Exit codes: 0 built or equal, 1 refused or different, 2 bad usage, 3 no compiler.

import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import {
  Environment,
  ROOT,
  Refused,
  SETTINGS,
  byName,
  codeSize,
  filesUnder,
  openCompiler,
  packageVersions,
  readSources,
  sha256,
  stable,
} from "./compiler.mjs";
import { allFaultFiles } from "./fault.mjs";

function manifestOf(compiler, sources, contracts) {
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
    solc: compiler.version,
    sources: Object.fromEntries(Object.entries(sources).map(([unit, text]) => [unit, sha256(text)])),
  };
}

/** {relative path: text} of the artifacts and the manifest. */
function artifactFiles(compiler, sources, contracts) {
  const files = { "manifest.json": stable(manifestOf(compiler, sources, contracts)) };
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

async function main() {
  const { check, faults, import: given, out, src } = options();
  const imports = given.map(importOf);
  const compiler = openCompiler(imports);
  const sources = readSources(src);
  const contracts = compiler.compile(sources);
  const files = faults
    ? await allFaultFiles({ src, folder: faults, imports, sources, contracts })
    : artifactFiles(compiler, sources, contracts);
  (check ? compare : write)(out, files);
}

try {
  await main();
} catch (error) {
  const usage = error.code?.startsWith?.("ERR_PARSE_ARGS");
  if (!usage && !(error instanceof Refused) && !(error instanceof Environment)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = usage ? 2 : error instanceof Environment ? 3 : 1;
}
