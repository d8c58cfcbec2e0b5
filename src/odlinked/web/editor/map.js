// An answer as dots on a frame of longitudes and latitudes. Nothing is drawn that the answer does not say.
import { drawn, make } from "./dom.js";
import { number } from "./table.js";

const MOST = 5_000;
const POINT = /^(?:<[^>]*>\s*)?POINT\s*\(\s*(-?\d+(?:\.\d+)?)\s+(-?\d+(?:\.\d+)?)\s*\)$/i;

function column(answer, names) {
  const wanted = names.split(" ");
  const words = (name) => name.toLowerCase().split(/[_\s]+|(?<=[a-z])(?=[A-Z])/);
  return answer.columns.find((name) => wanted.includes(name.toLowerCase())) ??
    answer.columns.find((name) => words(name).some((word) => word.length > 1 && wanted.includes(word)) || wanted.some((one) => !/^[a-z]+$/.test(one) && name.includes(one)));
}

// The places of an answer: [longitude, latitude, row]; null where no column says any.
export function places(answer, { longitude_names, latitude_names }) {
  const found = [];
  const keep = (longitude, latitude, row) => {
    if (longitude !== null && latitude !== null && Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90 && (longitude || latitude)) found.push([longitude, latitude, row]);
  };
  const [east, north] = [column(answer, longitude_names), column(answer, latitude_names)];
  const wkt = answer.columns.find((name) => answer.rows.some((row) => row[name]?.type !== "uri" && POINT.test(row[name]?.value.trim() ?? "")));
  if (east && north && east !== north) for (const row of answer.rows) keep(number(row[east]), number(row[north]), row);
  else if (wkt) {
    for (const row of answer.rows) {
      const read = POINT.exec(row[wkt]?.value.trim() ?? "");
      if (read) keep(Number(read[1]), Number(read[2]), row);
    }
  } else return null;
  return found;
}

function step(span) {
  const raw = span / 5, ten = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((one) => one * ten).find((one) => one >= raw);
}

export function map(answer, settings, say) {
  const { words } = settings, found = places(answer, words);
  if (!found?.length) return make("p", {}, words.map_none);
  const some = found.slice(0, MOST);
  const [west, east] = some.reduce(([a, b], [x]) => [Math.min(a, x), Math.max(b, x)], [180, -180]);
  const [south, north] = some.reduce(([a, b], [, y]) => [Math.min(a, y), Math.max(b, y)], [90, -90]);
  const middle = Math.cos(((south + north) / 2) * Math.PI / 180) || 1, least = 0.01;
  const wide = Math.max((east - west) * middle, (north - south), least) * 1.15;
  const [cx, cy] = [(west + east) / 2, (south + north) / 2], size = 520, edge = 46, inner = size - 2 * edge;
  const x = (longitude) => edge + inner / 2 + (longitude - cx) * middle * inner / wide;
  const y = (latitude) => edge + inner / 2 - (latitude - cy) * inner / wide;
  const by = step(wide), digits = Math.max(0, -Math.floor(Math.log10(by)));
  const lines = (centre, span) => {
    const all = [];
    for (let at = Math.ceil((centre - span / 2) / by) * by; at <= centre + span / 2; at += by) all.push(at);
    return all;
  };
  const title = say("map_title", { n: found.length.toLocaleString() }), left = answer.rows.length - found.length;
  const told = ([longitude, latitude, row]) => [...answer.columns.map((name) => row[name]?.value).filter(Boolean).slice(0, 3), `${latitude}, ${longitude}`].join("\n");
  return make("div", { class: "drawing" },
    make("figure", { class: "chart map" }, make("figcaption", {}, title),
      drawn("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": title },
        drawn("rect", { x: edge, y: edge, width: inner, height: inner, class: "frame" }),
        ...lines(cx, wide / middle).flatMap((at) => [drawn("line", { x1: x(at), x2: x(at), y1: edge, y2: size - edge, class: "grid" }),
          drawn("text", { x: x(at), y: size - edge + 16, "text-anchor": "middle" }, at.toFixed(digits))]),
        ...lines(cy, wide).flatMap((at) => [drawn("line", { x1: edge, x2: size - edge, y1: y(at), y2: y(at), class: "grid" }),
          drawn("text", { x: edge - 6, y: y(at) + 4, "text-anchor": "end" }, at.toFixed(digits))]),
        drawn("text", { x: size - edge, y: size - 8, "text-anchor": "end" }, words.longitude),
        drawn("text", { x: 6, y: edge - 14 }, words.latitude),
        ...some.map((one) => drawn("circle", { cx: x(one[0]).toFixed(1), cy: y(one[1]).toFixed(1), r: 4, class: "place" }, drawn("title", {}, told(one)))))),
    make("p", { class: "hint" }, words.map_note),
    found.length > MOST ? make("p", { class: "hint" }, say("map_first", { n: MOST.toLocaleString() })) : null,
    left ? make("p", { class: "hint" }, say("map_left", { n: left.toLocaleString() })) : null);
}
