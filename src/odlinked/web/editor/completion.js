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

const KEYWORD = /^(filter|optional|union|minus|graph|bind|values|where|select|service|exists|not|distinct|as)$/i;
const PATH = /^[|/^!*+?]+$/;
const TOKEN = /[{}\[\](),;]|[^\s{}\[\](),;]+/g;
const PARTS = ["subject", "predicate", "object", "end"];

// What stands at the end of a text: "subject", "predicate" or "object" of a statement (with the subject and the predicate before it),
// an "expression", "outside" all braces, or "text" where it ends in a literal or a comment, in which nothing is offered.
export function placeIn(text) {
  if (unclosed(text)) return { part: "text", subject: "", predicate: "" };
  const blind = blinded(text), outer = [];
  let now = { part: 0, subject: "", predicate: "", depth: 0 }, braces = 0;
  const enter = (next) => { outer.push(now); now = { part: 0, subject: "", predicate: "", depth: 0, ...next }; };
  const leave = () => { now = outer.pop() ?? { part: 0, subject: "", predicate: "", depth: 0 }; };
  const term = (token) => {
    if (KEYWORD.test(token)) now.part = 0;
    else if (now.part === 2 && now.predicate === "()" && /^[|/^]/.test(token)) now.predicate = "()";
    else if (PATH.test(token)) now.part = Math.min(now.part, 1);
    else if (now.part === 0) { now.subject = token; now.part = 1; }
    else if (now.part === 1) { now.predicate = token; now.part = 2; }
    else now.part = 3;
  };
  for (const found of blind.matchAll(TOKEN)) {
    const sign = found[0], token = text.slice(found.index, found.index + sign.length);
    if (sign === "{") { braces++; enter({}); }
    else if (sign === "}") { braces--; while (outer.length && now.bracket) leave(); leave(); if (!now.depth) now.part = 0; }
    else if (sign === "(") now.depth++;
    else if (sign === ")") { now.depth = Math.max(0, now.depth - 1); if (!now.depth && now.part) term("()"); }
    else if (now.depth) continue;
    else if (sign === "[") enter({ part: 1, bracket: true });
    else if (sign === "]") { if (now.bracket) leave(); term("[]"); }
    else if (sign === ";") now.part = 1;
    else if (sign === ",") now.part = 2;
    else {
      const ends = token.endsWith(".");
      if (token !== ".") term(ends ? token.slice(0, -1) : token);
      if (ends) now.part = 0;
    }
  }
  return { part: now.depth ? "expression" : braces <= 0 ? "outside" : PARTS[now.part], subject: now.subject, predicate: now.predicate };
}

function unclosed(text) {
  if (/"""|'''/.test(text.replace(/"""[^]*?"""|'''[^]*?'''/g, " "))) return true;
  const rest = text.replace(OPAQUE, (found) => (found[0] === "#" ? found : " "));
  return /["'#]/.test(rest.slice(rest.lastIndexOf("\n") + 1));
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
    if (term.label.toLowerCase() === typed) return 9;
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
    if (where.part === "text" || (where.part === "predicate" && typed === "a")) return [];
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
    else if (wanted && where.part !== "outside") {
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
  return ["expression", "subject", "outside"].includes(part) ? [...words, ...short] : [...short, ...words];
}

export function variables(text, typed) {
  const found = new Set(Array.from(blinded(text).matchAll(/[?$]([\p{L}\p{N}_]+)/gu), (one) => one[0][0] + one[1]));
  found.delete(typed);
  return [...found].filter((name) => name.startsWith(typed) || name.slice(1).startsWith(typed.slice(1)))
    .map((label) => ({ label, type: "variable" }));
}

// The source for CodeMirror: `terms()` gives the terms once they are read.
export function source(terms, prefixes) {
  return (context) => {
    const word = context.matchBefore(/[?$]?[\p{L}\p{N}_:\-]*/u);
    if (!word || (word.from === word.to && !context.explicit)) return null;
    const text = context.state.sliceDoc(0, word.to), whole = context.state.doc.toString();
    if (placeIn(text.slice(0, word.from)).part === "text") return null;
    if (/^[?$]/.test(word.text)) {
      const options = variables(whole, word.text);
      if (options.length === 1 && options[0].label === word.text) return null; // it is written out
    return options.length ? { from: word.from, options, filter: false } : null;
    }
    const known = terms();
    const options = known ? known.offered(text, word.text, prefixes) : plain(word.text, prefixes, placeIn(text.slice(0, word.from)).part);
    return options.length ? { from: word.from, options, filter: false } : null;
  };
}
