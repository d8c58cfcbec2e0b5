// An answer as bars or a line: one column says what, another how much. No chart for fewer than three values.
import { drawn, make, select } from "./dom.js";
import { names as namesOf } from "./endpoint.js";
import { isNumeric, number, shortener } from "./table.js";

const MOST = 50;
const WIDEST = 720;

// How wide a drawing is: as the place it goes to, so that its words keep their size on a telephone.
function width(most) {
  return Math.max(300, Math.min(most, document.querySelector(".out")?.clientWidth || most));
}

// The columns that can be drawn: those of numbers, and for the names the others (else the first).
export function drawable(answer) {
  const values = answer.columns.filter((name) => {
    const found = answer.rows.map((row) => row[name]).filter(Boolean);
    return found.length >= 3 && found.every((term) => number(term) !== null) && found.some(isNumeric);
  });
  const texts = answer.columns.filter((name) => !values.includes(name));
  return { values, names: texts.length ? texts : answer.columns };
}

function isTime(answer, name) {
  const found = answer.rows.map((row) => row[name]).filter(Boolean);
  return found.length > 0 && found.every((term) => /^\d{4}(-\d{2}){0,2}(T.*)?$/.test(term.value));
}

export function chart(answer, settings, say) {
  const { words } = settings, { values, names } = drawable(answer), place = make("div", { class: "drawing" });
  if (!values.length) return make("p", {}, words.chart_none);
  const short = shortener(settings.prefixes);
  // A name reads better than an IRI where the answer has both.
  const best = names.find((name) => answer.rows.some((row) => row[name] && row[name].type !== "uri")) ?? names[0];
  const chosen = { name: best, value: values.find((value) => value !== best) ?? values[0] };
  chosen.kind = isTime(answer, chosen.name) ? "line" : "bars";

  let known = new Map();
  const text = (term) => (term.type === "uri" ? known.get(term.value)?.text ?? short(term.value) : term.value);

  function show() {
    const points = answer.rows.map((row) => [row[chosen.name], number(row[chosen.value])]).filter(([, value]) => value !== null)
      .map(([term, value]) => [term ? text(term) : "–", value]);
    if (chosen.kind === "line") points.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    const some = points.slice(0, MOST), title = say("chart_title", { name: chosen.name, value: chosen.value });
    const left = answer.rows.length - points.length;
    place.replaceChildren(
      make("div", { class: "choices" },
        select(words.names, names.map((name) => [name, name]), chosen.name, (value) => { chosen.name = value; show(); }),
        select(words.values, values.map((name) => [name, name]), chosen.value, (value) => { chosen.value = value; show(); }),
        select(words.kind, [["bars", words.bars], ["line", words.line]], chosen.kind, (value) => { chosen.kind = value; show(); })),
      make("figure", { class: "chart" }, make("figcaption", {}, title),
        chosen.kind === "line" ? line(some, title, chosen) : bars(some, title)),
      ...(points.length > MOST ? [make("p", { class: "hint" }, say("chart_first", { n: MOST, all: points.length.toLocaleString() }))] : []),
      ...(left ? [make("p", { class: "hint" }, say("chart_left", { n: left.toLocaleString() }))] : []));
  }
  show();
  const iris = answer.rows.slice(0, MOST).flatMap((row) => names.map((name) => row[name])).filter((term) => term?.type === "uri");
  if (iris.length) namesOf(settings, iris.map((term) => term.value)).then((found) => { known = found; show(); }, () => {});
  return place;
}

function clipped(text, most) {
  const signs = [...text];
  return signs.length > most ? `${signs.slice(0, most - 1).join("")}…` : text;
}

function shown(value) {
  return value.toLocaleString(undefined, { maximumFractionDigits: 2 });
}

function bars(points, title) {
  const least = Math.min(0, ...points.map(([, value]) => value)), most = Math.max(0, ...points.map(([, value]) => value));
  const wide = width(WIDEST), row = 26, left = Math.round(wide * 0.3), right = 80;
  const scale = (wide - left - right) / (most - least || 1), zero = left - least * scale;
  const height = points.length * row + 10;
  return drawn("svg", { viewBox: `0 0 ${wide} ${height}`, role: "img", "aria-label": title },
    ...points.map(([name, value], place) => {
      const y = place * row + 5, length = Math.abs(value) * scale;
      return drawn("g", {}, drawn("title", {}, `${name}: ${shown(value)}`),
        drawn("text", { x: left - 8, y: y + 15, "text-anchor": "end" }, clipped(name, Math.floor(left / 12))),
        drawn("rect", { x: value < 0 ? zero - length : zero, y: y + 3, width: Math.max(length, 1), height: row - 10, class: "bar" }),
        drawn("text", { x: zero + (value < 0 ? 4 : length + 6), y: y + 15 }, shown(value)));
    }),
    drawn("line", { x1: zero, x2: zero, y1: 0, y2: height, class: "axis" }));
}

function line(points, title, { name, value: valueName }) {
  const wide = width(WIDEST), height = 320, left = 70, right = 30, top = 26, bottom = 46;
  const values = points.map(([, value]) => value), least = Math.min(0, ...values), most = Math.max(0, ...values);
  const x = (place) => left + (points.length > 1 ? place * (wide - left - right) / (points.length - 1) : 0);
  const y = (value) => height - bottom - (value - least) * (height - top - bottom) / (most - least || 1);
  const every = Math.ceil(points.length / (wide / 90)), told = Math.ceil(points.length / (wide / 60));
  return drawn("svg", { viewBox: `0 0 ${wide} ${height}`, role: "img", "aria-label": title },
    drawn("line", { x1: left, x2: wide - right, y1: y(least), y2: y(least), class: "axis" }),
    drawn("line", { x1: left, x2: left, y1: top, y2: height - bottom, class: "axis" }),
    drawn("text", { x: left - 8, y: y(most) + 4, "text-anchor": "end" }, shown(most)),
    drawn("text", { x: left - 8, y: y(least) + 4, "text-anchor": "end" }, shown(least)),
    drawn("text", { x: left, y: 14 }, clipped(valueName, 40)),
    drawn("text", { x: wide - right, y: height - 8, "text-anchor": "end" }, clipped(name, 40)),
    drawn("polyline", { points: points.map(([, value], place) => `${x(place).toFixed(1)},${y(value).toFixed(1)}`).join(" "), class: "line" }),
    ...points.map(([text, value], place) => drawn("g", {}, drawn("title", {}, `${text}: ${shown(value)}`),
      drawn("circle", { cx: x(place), cy: y(value), r: 3.5, class: "dot" }),
      place % told === 0 ? drawn("text", { x: x(place), y: y(value) - 8, "text-anchor": "middle" }, shown(value)) : null,
      place % every === 0 ? drawn("text", { x: x(place), y: height - bottom + 18, "text-anchor": "middle" }, clipped(text, 10)) : null)));
}
