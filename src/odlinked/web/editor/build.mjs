// Bundles the query page's script into one file: node build.mjs OUTPUT. The licences of what is bundled stand at its head.
import { build } from "esbuild";
import { readFileSync, writeFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const made = await build({
  absWorkingDir: here, entryPoints: ["page.js"], bundle: true, minify: true, format: "iife", target: "es2020", charset: "utf8",
  legalComments: "inline", metafile: true, write: false, logLevel: "warning",
});

const packages = new Set();
for (const path of Object.keys(made.metafile.inputs)) {
  const found = path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) packages.add(found[1]);
}
const byLicence = new Map(); // the same text is written once for all packages that have it
for (const name of [...packages].sort()) {
  const folder = join(here, "node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  if (!file) throw new Error(`${name} states no licence text`);
  const text = readFileSync(join(folder, file), "utf8").trim();
  byLicence.set(text, [...(byLicence.get(text) ?? []), `${name} ${about.version} (${about.license})`]);
}
const notices = [...byLicence].map(([text, names]) => `${names.join(", ")}\n\n${text}`).join("\n\n");
const head = `/*! The query page of odlinked (Apache-2.0). It has in it:\n\n${notices.replaceAll("*/", "* /")}\n*/\n`;
writeFileSync(process.argv[2], head + made.outputFiles[0].text);
