// What can be written at a place of a query: variables, keywords, prefixes, and the terms that the release was published with.

const KEYWORDS = ("SELECT DISTINCT REDUCED WHERE CONSTRUCT DESCRIBE ASK FROM NAMED PREFIX BASE FILTER OPTIONAL UNION MINUS GRAPH BIND VALUES UNDEF " +
  "ORDER BY GROUP BY HAVING LIMIT OFFSET ASC DESC AS IN NOT EXISTS COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT SEPARATOR STR LANG LANGMATCHES " +
  "DATATYPE BOUND IRI BNODE ABS CEIL FLOOR ROUND CONCAT STRLEN SUBSTR UCASE LCASE ENCODE_FOR_URI CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER " +
  "YEAR MONTH DAY HOURS MINUTES SECONDS NOW COALESCE IF STRLANG STRDT ISIRI ISBLANK ISLITERAL ISNUMERIC REGEX REPLACE MD5 SHA1 SHA256")
  .split(" ").filter((word, place, all) => all.indexOf(word) === place);

const MOST = 60;

// Comments, texts and IRIs have dots, braces and marks that mean nothing: each becomes one plain sign of the same length.
const OPAQUE = /"""[^]*?"""|'''[^]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|<[^<>"{}|^`\\\s]*>|#[^\n]*/g;

export function blinded(text) {
  return text.replace(OPAQUE, (found) => (found[0] === "#" ? " " : found[0] === "<" ? "I" : "L").repeat(found.length));
}

// Which part of a statement stands at the end of a text: "subject", "predicate" or "object", with the subject and predicate before.
export function placeIn(text) {
  const blind = blinded(text);
  let part = 0, subject = "", predicate = "", depth = 0;
  const tokens = /[{}\[\]();,]|\.(?=\s|$|[{}])|[^\s{}\[\]();,]+/g;
  for (let found; (found = tokens.exec(blind));) {
    const token = text.slice(found.index, found.index + found[0].length);
    if (found[0] === "(") depth++;
    else if (found[0] === ")") depth = Math.max(0, depth - 1);
    if (depth > 0 && found[0] !== "(") continue;
    if (/^[{}.]$/.test(found[0])) { part = 0; subject = predicate = ""; }
    else if (found[0] === "[") { part = 1; subject = ""; }
    else if (found[0] === "]" || found[0] === ")") { part = Math.max(part, 1); }
    else if (found[0] === ";") part = 1;
    else if (found[0] === ",") part = 2;
    else if (/^(filter|optional|union|minus|graph|bind|values|where|select|service|exists|not)$/i.test(token)) { part = 0; }
    else if (part === 0) { subject = token; part = 1; }
    else if (part === 1) { predicate = token; part = 2; }
    else part = 3;
  }
  const blindEnd = blind.length;
  const inString = unclosed(text);
  return { part: depth > 0 ? "expression" : ["subject", "predicate", "object", "end"][part], subject, predicate, inString, blindEnd };
}

// True where a text ends inside a comment or a literal, in which nothing is offered.
function unclosed(text) {
  const line = text.slice(text.lastIndexOf("\n") + 1).replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|<[^<>\s]*>/g, "");
  return /["'#]/.test(line);
}

// The classes that a query states of a subject, as they are written.
export function classesOf(text, subject) {
  if (!subject) return [];
  const found = [], statement = new RegExp(`(?:^|[\\s{.])${subject.replace(/[$?.*+()[\]{}|^\\]/g, "\\$&")}\\s([^.{}]*)`, "g");
  const blind = text.replace(/#[^\n]*/g, "");
  for (const [, rest] of blind.matchAll(statement)) {
    for (const [, name] of rest.matchAll(/(?:^|[;\s])(?:a|rdf:type)\s+((?:[\w-]*:[\w-]+|<[^>\s]*>))/g)) found.push(name);
  }
  return found;
}

export class Terms {
  constructor(read, words, lang) {
    const name = (kind) => ([label, zh, en, extra, more]) => {
      const own = lang === "en" ? [en, zh] : [zh, en];
      const list = kind === "code_kind" ? read.lists[extra][lang === "en" ? 1 : 0] : "";
      return {
        label, kind, zh, en, more, list, detail: own.filter(Boolean).join(" · "),
        count: typeof extra === "number" && kind !== "code_kind" ? extra : 0,
        local: label.replace(/^.*[:/#]/, "").replace(/>$/, "").toLowerCase(),
        words: `${label}\n${zh}\n${en}`.toLowerCase(),
      };
    };
    this.words = words;
    this.classes = read.classes.map(name("class"));
    this.properties = read.properties.map(name("property"));
    this.codes = read.codes.map(name("code_kind"));
    this.byName = new Map(this.classes.map((one) => [one.label, one]));
  }

  // How well a term fits what was typed, 0 where it does not.
  static worth(term, typed) {
    if (!typed) return 1;
    if (term.words.startsWith(typed)) return 8;
    if (term.local.startsWith(typed)) return 7;
    if (term.zh.startsWith(typed) || term.en.toLowerCase().startsWith(typed)) return 6;
    const colon = typed.indexOf(":");
    if (colon >= 0) {
      const [prefix, local] = [typed.slice(0, colon + 1), typed.slice(colon + 1)];
      return term.words.startsWith(prefix) && (term.local.includes(local) || term.words.indexOf(local, prefix.length) > 0) ? 5 : 0;
    }
    return term.words.includes(typed) ? 3 : 0;
  }

  offered(text, typed, prefixes) {
    const before = text.slice(0, text.length - typed.length), where = placeIn(before), wanted = typed.toLowerCase();
    if (where.inString) return [];
    const scored = [];
    const add = (terms, bonus, own) => {
      for (const term of terms) {
        const fits = Terms.worth(term, wanted);
        if (fits) scored.push([fits + bonus + (own?.has(term) ? 20 : 0) + Math.min(1, Math.log10(1 + term.count) / 8), term]);
      }
    };
    if (where.part === "predicate") {
      const own = new Set(classesOf(text, where.subject).flatMap((one) => this.byName.get(one)?.more ?? []).map((place) => this.properties[place]));
      add(this.properties, 10, own);
    } else if (where.part === "object" && /^(a|rdf:type)$/.test(where.predicate)) add(this.classes, 10);
    else if (wanted) {
      add(this.codes, where.part === "object" ? 4 : 2);
      add(this.classes, 1);
      add(this.properties, 0);
    }
    scored.sort((a, b) => b[0] - a[0] || (a[1].label < b[1].label ? -1 : 1));
    const found = scored.slice(0, MOST).map(([, term]) => ({
      label: term.label, type: term.kind, detail: term.detail, apply: term.label,
      info: term.list || (term.count ? this.words.used.replace("{n}", term.count.toLocaleString()) : undefined),
    }));
    return [...found, ...plain(typed, prefixes, where.part)];
  }
}

// Keywords and prefixes that begin as what was typed.
function plain(typed, prefixes, part) {
  if (!typed || typed.includes(":")) return [];
  const upper = typed.toUpperCase(), lower = typed.toLowerCase();
  const words = KEYWORDS.filter((word) => word.startsWith(upper) && word !== upper).map((label) => ({ label, type: "keyword" }));
  const short = Object.entries(prefixes).filter(([prefix]) => prefix.startsWith(lower))
    .map(([prefix, detail]) => ({ label: `${prefix}:`, type: "prefix", detail }));
  return part === "expression" || part === "subject" ? [...words, ...short] : [...short, ...words];
}

export function variables(text, typed) {
  const found = new Set(Array.from(blinded(text).matchAll(/[?$]([\p{L}\p{N}_]+)/gu), (one) => one[0][0] + one[1]));
  const own = text.match(new RegExp(`\\${typed[0]}${typed.slice(1)}(?![\\p{L}\\p{N}_])`, "gu")) ?? [];
  if (own.length < 2) found.delete(typed);
  return [...found].filter((name) => name.startsWith(typed) || name.slice(1).startsWith(typed.slice(1)))
    .map((label) => ({ label, type: "variable" }));
}

// The source for CodeMirror: `terms()` gives the terms once they are read.
export function source(terms, prefixes) {
  return (context) => {
    const word = context.matchBefore(/[?$]?[\p{L}\p{N}_:\-]*/u);
    if (!word || (word.from === word.to && !context.explicit)) return null;
    const text = context.state.sliceDoc(0, word.to), whole = context.state.doc.toString();
    if (placeIn(text.slice(0, word.from)).inString) return null;
    if (/^[?$]/.test(word.text)) return { from: word.from, options: variables(whole, word.text), filter: false };
    const known = terms();
    const options = known ? known.offered(text, word.text, prefixes) : plain(word.text, prefixes, placeIn(text.slice(0, word.from)).part);
    return options.length ? { from: word.from, options, filter: false } : null;
  };
}
