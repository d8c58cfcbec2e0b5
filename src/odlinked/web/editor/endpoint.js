// Asking the endpoint: one request, read up to a size a page can hold.

export const MOST_BYTES = 24_000_000;

export class Failure extends Error {
  constructor(message, mistake = null) {
    super(message);
    this.mistake = mistake;
  }
}

export class TooLarge extends Error {}

// Ask a query; the answer is {kind: "table", columns, rows}, {kind: "verdict", verdict} or {kind: "graph", text}.
export async function ask({ path, lang, words }, query, signal) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST", signal, body: new URLSearchParams({ query }),
      headers: { "Accept": "application/sparql-results+json, text/turtle;q=0.9", "Accept-Language": lang },
    });
  } catch (problem) {
    throw problem.name === "AbortError" ? problem : new Failure(words.unreachable);
  }
  const kind = (response.headers.get("Content-Type") ?? "").split(";")[0];
  if (!response.ok) {
    const told = kind === "application/problem+json" ? await response.json() : {};
    throw new Failure(told.detail ?? `${response.status} ${response.statusText}`,
      told.line ? { line: told.line, column: told.column } : null);
  }
  const text = await limited(response);
  if (kind !== "application/sparql-results+json") return { kind: "graph", text };
  const read = JSON.parse(text);
  return "boolean" in read ? { kind: "verdict", verdict: read.boolean }
    : { kind: "table", columns: read.head.vars ?? [], rows: read.results.bindings };
}

async function limited(response) {
  const reader = response.body.getReader(), decoder = new TextDecoder();
  let size = 0, text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > MOST_BYTES) { await reader.cancel(); throw new TooLarge(); }
    text += decoder.decode(value, { stream: true });
  }
}

// Return IRI -> name in the language of the page, where the catalogue has one. What was asked once is not asked again.
const known = new Map();
export async function names(settings, iris) {
  const wanted = [...new Set(iris)].filter((iri) => !known.has(iri) && /^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`\u0000-\u0020]*$/i.test(iri)).slice(0, 400);
  if (wanted.length) {
    const query = settings.labels.replace("<urn:odlinked:iri>", wanted.map((iri) => `<${iri}>`).join(" "));
    const { rows } = await ask(settings, query, undefined);
    const best = new Map();
    for (const { iri, label } of rows) {
      const tag = (label["xml:lang"] ?? "").toLowerCase(), own = settings.lang.toLowerCase();
      const worth = tag === own ? 3 : tag.split("-")[0] === own.split("-")[0] ? 2 : tag === "" ? 1 : 0;
      if (worth > (best.get(iri.value)?.worth ?? -1)) best.set(iri.value, { worth, text: label.value, tag: label["xml:lang"] ?? "" });
    }
    for (const iri of wanted) known.set(iri, best.get(iri) ?? null);
  }
  return known;
}
