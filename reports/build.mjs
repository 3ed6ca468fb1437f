// Bundles the pictures and tables of reports, with the libraries they are drawn by, into one file.
//
//   node reports/build.mjs            write reports/assets
//   node reports/build.mjs --check    compare with what is committed, write nothing
//
// Exit codes: 0 built or equal, 1 different, 2 bad usage, 3 no bundler.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.dirname(HERE);
const ASSETS = path.join(HERE, "assets");
const PLOT = path.join(ROOT, "node_modules/@observablehq/plot/src/plot.js");
const CLASS = "plot"; // as in src/charts/frame.js

async function openBundler() {
  try {
    return await import("esbuild");
  } catch {
    console.error("error: esbuild is not installed: run `npm ci --ignore-scripts`");
    process.exit(3);
  }
}

/** Name, version and licence of each package that is in the bundle. */
function packagesOf(inputs) {
  const names = new Set();
  for (const input of Object.keys(inputs)) {
    const found = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) names.add(found[1]);
  }
  return [...names].sort().map((name) => {
    const folder = path.join(ROOT, "node_modules", name);
    const { version, license } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
    const file = fs.readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    const text = file ? fs.readFileSync(path.join(folder, file), "utf8").replaceAll("\r\n", "\n").trim() : "";
    return { name, version, license, text };
  });
}

/** Each licence text once, under the packages that have it, with who holds the copyright. */
function noticesOf(packages) {
  const byTerms = new Map();
  for (const { name, version, license, text } of packages) {
    const lines = text.split("\n");
    const holders = lines.filter((line) => /^\s*Copyright\b/.test(line)).map((line) => line.trim());
    const terms = lines.filter((line) => !/^\s*Copyright\b/.test(line)).join("\n").replace(/\s+/g, " ").trim();
    const known = byTerms.get(terms) ?? { license, packages: [] };
    known.packages.push(`${name} ${version}: ${holders.join("; ") || "see the package"}`);
    byTerms.set(terms, known);
  }
  const parts = [...byTerms].map(([terms, { license, packages }]) =>
    [...packages.sort(), "", `${license}: ${terms}`].join("\n"),
  );
  return parts.sort().join("\n\n").replaceAll("*/", "* /");
}

/** The style that Plot writes into each picture, which a page's policy admits by its hash. */
function styleOfPlot() {
  const source = fs.readFileSync(PLOT, "utf8");
  const found = /append\("style"\)\.text\(\s*`([^`]+)`/.exec(source);
  if (!found) throw new Error("Plot writes its style elsewhere now: see styleOfPlot");
  return found[1].replaceAll("${className}", CLASS);
}

async function build() {
  const bundler = await openBundler();
  const made = await bundler.build({
    absWorkingDir: ROOT,
    entryPoints: ["reports/src/main.js"],
    bundle: true,
    minify: true,
    charset: "ascii",
    format: "iife",
    legalComments: "none",
    metafile: true,
    target: "es2022",
    write: false,
  });
  const [output] = Object.values(made.metafile.outputs);
  const notices = noticesOf(packagesOf(output.inputs));
  const script = made.outputFiles[0].text.trimEnd();
  return {
    "report.js": `/* Bundled with these packages.\n\n${notices}\n*/\n${script}\n`,
    "plot.css": styleOfPlot(),
  };
}

const { values } = parseArgs({ options: { check: { type: "boolean" } } });
const files = await build();
const different = Object.entries(files).filter(([name, text]) => {
  const file = path.join(ASSETS, name);
  return !fs.existsSync(file) || fs.readFileSync(file, "utf8") !== text;
});
if (values.check) {
  for (const [name] of different) console.error(`different: reports/assets/${name}`);
  process.exitCode = different.length ? 1 : 0;
} else {
  fs.mkdirSync(ASSETS, { recursive: true });
  for (const [name, text] of different) fs.writeFileSync(path.join(ASSETS, name), text);
}
for (const [name, text] of Object.entries(files)) console.log(`${name} ${text.length} bytes`);
