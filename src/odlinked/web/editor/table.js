// An answer as a table: a hundred rows at a time, sorted by a column where that is wanted, names beside IRIs.
import { make } from "./dom.js";
import { names } from "./endpoint.js";

const SIZE = 100;
const NUMERIC = /#(integer|decimal|double|float|int|long|short|byte|nonNegativeInteger|positiveInteger|unsignedInt|unsignedLong)$/;

export function number(term) {
  if (!term || term.type === "uri" || !term.value.trim()) return null;
  const value = Number(term.value);
  return Number.isFinite(value) && (NUMERIC.test(term.datatype ?? "") || !term.datatype) ? value : null;
}

export function isNumeric(term) {
  return NUMERIC.test(term?.datatype ?? "");
}

export function shortener(prefixes) {
  const spaces = Object.entries(prefixes).sort((a, b) => b[1].length - a[1].length);
  return (iri) => {
    const fits = spaces.find(([, space]) => iri.startsWith(space) && /^[\p{L}\p{N}_-]+$/u.test(iri.slice(space.length)));
    return fits ? `${fits[0]}:${iri.slice(fits[1].length)}` : iri;
  };
}

// The path under which this service describes an IRI, null for those of others.
function ownPath(iri, spaces) {
  const found = Object.entries(spaces).find(([space]) => iri.startsWith(space));
  return found ? found[1] + iri.slice(found[0].length) : null;
}

// Where an IRI leads: a page of this service for what it describes, the web for another address, nowhere for the rest.
export function target(iri, { spaces, root, explicit, lang }) {
  const own = ownPath(iri, spaces);
  if (own !== null) {
    const [path, part] = own.split("#");
    return root + path + (explicit ? `?lang=${lang}` : "") + (part ? `#${part}` : "");
  }
  return /^https?:\/\/[^\s"<>\\^`{|}]+$/.test(iri) ? iri : null;
}

function compared(a, b) {
  if (!a || !b) return (a ? 0 : 1) - (b ? 0 : 1);
  const [x, y] = [number(a), number(b)];
  return x !== null && y !== null ? x - y : a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}

export function table(answer, settings, say) {
  const { words } = settings, short = shortener(settings.prefixes), place = make("div");
  let order = null, rows = answer.rows, start = 0;

  const cell = (term) => {
    if (!term) return make("td");
    if (term.type !== "uri") {
      return make("td", { class: isNumeric(term) ? "number" : null, lang: term["xml:lang"] ?? null },
        isNumeric(term) && /^-?\d+$/.test(term.value) ? Number(term.value).toLocaleString(settings.lang) : term.value);
    }
    const link = target(term.value, settings), name = short(term.value), shown = name === term.value ? ownPath(name, settings.spaces) ?? name : name;
    return make("td", { "data-iri": term.value }, link
      ? make("a", { href: link, title: term.value, rel: link.startsWith("http") ? "nofollow noreferrer" : null }, shown) : shown);
  };

  async function label(body) {
    const cells = [...body.querySelectorAll("td[data-iri]")];
    let found;
    try { found = await names(settings, cells.map((one) => one.dataset.iri)); } catch { return; } // the table is right without names
    for (const one of cells) {
      const name = found.get(one.dataset.iri);
      if (name && !one.querySelector(".name")) {
        one.prepend(make("span", { class: "name", lang: name.tag || null }, name.text));
      }
    }
  }

  function sortBy(column) {
    order = order?.column === column ? { column, down: !order.down } : { column, down: false };
    rows = [...answer.rows].sort((a, b) => compared(a[column], b[column]) * (order.down && a[column] && b[column] ? -1 : 1));
    show(0, `sort-${answer.columns.indexOf(column)}`);
  }

  function show(from, focus = null) {
    start = Math.min(Math.max(0, from), Math.max(0, rows.length - 1));
    start -= start % SIZE;
    const end = Math.min(start + SIZE, rows.length);
    const heads = answer.columns.map((name, column) => make("th", {
      scope: "col", "aria-sort": order?.column === name ? (order.down ? "descending" : "ascending") : null,
    }, make("button", { type: "button", class: "sort", "data-key": `sort-${column}`, title: say("sort", { name }), onclick: () => sortBy(name) }, name)));
    const body = make("tbody", {}, ...rows.slice(start, end).map((row) => make("tr", {}, ...answer.columns.map((name) => cell(row[name])))));
    const step = (key, to, off) => make("button", {
      type: "button", class: "button quiet", "data-key": key, "aria-disabled": off ? "true" : null, onclick: () => off || show(to, key),
    }, words[key]);
    const last = rows.length - 1 - ((rows.length - 1) % SIZE);
    const range = say("page", { start: (start + 1).toLocaleString(), end: end.toLocaleString(), n: rows.length.toLocaleString() });
    const pager = rows.length > SIZE ? make("nav", { class: "turn", "aria-label": words.table },
      step("first", 0, start === 0), step("previous", start - SIZE, start === 0),
      make("span", { role: "status" }, range),
      step("next", start + SIZE, end === rows.length), step("last", last, end === rows.length)) : null;
    place.replaceChildren(
      make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": words.table },
        make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body)),
      ...(pager ? [pager] : []));
    if (focus) place.querySelector(`[data-key="${focus}"]`)?.focus();
    label(body);
  }

  show(0);
  return place;
}
