// Planted faults: a unified diff applied to a copy of the sources, and the artifacts that it changes.
// Each worker thread has a compiler of its own and takes the next fault when it has done one.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

import { Environment, Refused, UNIT_PREFIX, byName, openCompiler, readSources, stable } from "./compiler.mjs";

const PATCH = /\.(diff|patch)$/;

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

/**
 * Whether a change of these units may change a contract's code: where it has an instruction of one of them, or depends
 * on one that has no instruction anywhere, such as a file of constants.
 */
function mayChange({ dependsOn, madeOf }, changed, contracts) {
  const silent = (unit) => !Object.values(contracts).some((each) => each.madeOf.includes(unit));
  return changed.some((unit) => madeOf.includes(unit) || (silent(unit) && dependsOn.includes(unit)));
}

/** The artifact files of one fault: only contracts whose bytecode it changes. */
function faultFiles(compiler, { src, folder, sources, contracts }, diff) {
  const faulty = patchedSources(src, path.join(folder, diff));
  const changed = Object.keys(faulty).filter((unit) => faulty[unit] !== sources[unit]);
  const affected = Object.entries(contracts).filter(([, contract]) => mayChange(contract, changed, contracts));
  const selection = {};
  for (const [name, { unit }] of affected) (selection[unit] ??= []).push(name);
  if (affected.length === 0) throw new Refused("changes no contract");

  const files = {};
  for (const [name, { file, artifact }] of Object.entries(compiler.compile(faulty, selection))) {
    if (artifact.bytecode.object !== contracts[name]?.artifact.bytecode.object) files[file] = stable(artifact);
  }
  if (Object.keys(files).length === 0) throw new Refused("changes no bytecode");
  return files;
}

/** {relative path: text} of the artifacts of all faults in a folder; every refused one is named. */
export async function allFaultFiles(job) {
  const diffs = fs.readdirSync(job.folder).filter((name) => PATCH.test(name)).sort(byName);
  if (diffs.length === 0) throw new Refused(`no *.diff or *.patch in ${job.folder}`);
  const built = await buildAll(job, diffs);
  const refused = diffs.filter((diff) => built[diff].refused).map((diff) => `${diff}: ${built[diff].refused}`);
  if (refused.length > 0) throw new Refused(refused.join("\n"));
  const files = {};
  for (const diff of diffs) {
    for (const [file, text] of Object.entries(built[diff].files)) files[`${diff.replace(PATCH, "")}/${file}`] = text;
  }
  return files;
}

/** {diff: {files} or {refused}}, told in the order of the diffs, whichever worker ends first. */
async function buildAll(job, diffs) {
  const waiting = [...diffs];
  const built = {};
  let told = 0;
  const take = (diff, result) => {
    built[diff] = result;
    for (; diffs[told] in built; told += 1) {
      const { files } = built[diffs[told]];
      if (files) console.log(`${diffs[told].replace(PATCH, "")}: ${Object.keys(files).join(", ")}`);
    }
  };
  const count = Math.min(os.availableParallelism(), diffs.length);
  await Promise.all(Array.from({ length: count }, () => work(job, waiting, take)));
  return built;
}

/** Lets one worker build what is waiting, until nothing is. */
function work(job, waiting, take) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: job });
    const next = () => worker.postMessage(waiting.shift() ?? null);
    worker.on("message", ({ diff, missing, ...result }) => {
      if (missing) waiting.length = 0;
      if (missing) reject(new Environment(missing));
      else take(diff, result);
      next();
    });
    worker.on("error", reject);
    worker.on("exit", resolve);
    next();
  });
}

/** What is sent back for one fault: {files}, {refused: why} or {missing: what the machine lacks}. */
function attempt(compiler, diff) {
  try {
    return { diff, files: faultFiles(compiler, workerData, diff) };
  } catch (error) {
    if (error instanceof Refused) return { diff, refused: error.message };
    if (error instanceof Environment) return { diff, missing: error.message };
    throw error;
  }
}

if (!isMainThread) {
  const compiler = openCompiler(workerData.imports);
  parentPort.on("message", (diff) => (diff === null ? parentPort.close() : parentPort.postMessage(attempt(compiler, diff))));
}
