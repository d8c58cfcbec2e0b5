// The query page with script: the text field becomes an editor, answers are shown without loading the page again.
import { make } from "./dom.js";
import * as editor from "./editor.js";
import { Terms, source } from "./completion.js";
import { ask, Failure, MOST_BYTES, TooLarge } from "./endpoint.js";
import { table } from "./table.js";
import { chart } from "./chart.js";
import { map } from "./map.js";
import { PROGRAMS } from "./copies.js";

const LONGEST_TEXT = 200_000;
const NONCE = document.currentScript?.nonce ?? "";

function start(bench) {
  const settings = JSON.parse(bench.dataset.editor), { words } = settings;
  const say = (key, facts = {}) => words[key].replace(/\{(\w+)\}/g, (whole, name) => (name in facts ? facts[name] : whole));
  const form = bench.querySelector("form.ask"), field = form.querySelector("textarea"), label = form.querySelector("label");
  const row = form.querySelector(".row"), button = row.querySelector("button");
  let terms = null, running = null;

  const frame = make("div", { class: "code" }), status = make("p", { class: "hint", role: "status" });
  const stop = make("button", { type: "button", class: "button quiet", hidden: true, onclick: () => running?.abort() }, words.stop);
  const out = make("div", { class: "out" });
  field.before(frame);
  const view = editor.open(frame, field.value, {
    words, nonce: NONCE, run, complete: source(() => terms, settings.prefixes), changed: (text) => { field.value = text; },
  });
  field.hidden = true;
  field.required = false;
  label.removeAttribute("for");
  label.addEventListener("click", () => view.focus());
  row.before(make("p", { class: "hint", id: "editor-keys" }, words.keys));
  button.after(stop);
  form.after(status, out);
  form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
  fetch(settings.terms).then((answer) => (answer.ok ? answer.json() : null)).then((read) => {
    if (read) terms = new Terms(read, words, settings.lang);
    bench.dataset.terms = read ? "read" : "none";
  }).catch(() => { bench.dataset.terms = "none"; });

  const address = (query, format = "") => {
    const pairs = new URLSearchParams({ query });
    if (format) pairs.set("format", format);
    if (settings.explicit) pairs.set("lang", settings.lang);
    const link = `${settings.path}?${pairs}`;
    return link.length <= settings.longest ? link : "";
  };

  function fail(query, problem) {
    editor.mark(view, problem.mistake, problem.message);
    out.replaceChildren(make("div", { class: "finding violation", role: "alert" },
      make("p", {}, make("strong", {}, words.failed)), make("p", {}, problem.message),
      problem.mistake ? make("button", { type: "button", class: "button quiet", onclick: () => editor.jump(view, problem.mistake) },
        say("jump", problem.mistake)) : null));
    if (problem.mistake) editor.jump(view, problem.mistake);
  }

  async function run({ keep = false } = {}) {
    running?.abort();
    const mine = running = new AbortController(), query = editor.text(view), began = performance.now();
    if (!query.trim()) { view.focus(); return; }
    for (const old of bench.querySelectorAll(".body > .answer, .body > .finding")) old.remove();
    editor.mark(view, null);
    status.textContent = words.running;
    stop.hidden = false;
    out.setAttribute("aria-busy", "true");
    const link = address(query);
    const tongue = document.querySelector(".tongue a"); // the page in the other language asks the same
    if (tongue) {
      const other = new URL(tongue.href);
      if (link) other.searchParams.set("query", query); else other.searchParams.delete("query");
      tongue.href = other;
    }
    if (!keep) history.pushState({ query }, "", link || settings.path);
    try {
      const answer = await ask(settings, query, mine.signal);
      const seconds = ((performance.now() - began) / 1000).toFixed(2);
      status.textContent = answer.kind === "table" ? say("answered", { n: answer.rows.length.toLocaleString(), seconds }) : "";
      out.replaceChildren(answered(query, link, answer));
    } catch (problem) {
      if (mine !== running) return;
      status.textContent = problem.name === "AbortError" ? words.stopped : "";
      out.replaceChildren();
      if (problem instanceof TooLarge) {
        out.append(make("section", { class: "answer" }, make("p", {}, say("large", { size: MOST_BYTES / 1e6 })), taken(query, link, settings.tables)));
      } else if (problem instanceof Failure) fail(query, problem);
      else if (problem.name !== "AbortError") throw problem;
    } finally {
      if (mine === running) { stop.hidden = true; out.removeAttribute("aria-busy"); running = null; }
    }
  }

  function answered(query, link, answer) {
    const place = make("div"), section = make("section", { class: "answer", "aria-labelledby": "answer" }, make("h2", { id: "answer" }, words.answer));
    if (answer.kind === "verdict") place.append(make("p", { class: "lead" }, make("strong", {}, answer.verdict ? words.yes : words.no)));
    else if (answer.kind === "graph") {
      place.append(make("pre", { tabindex: "0" }, make("code", {}, answer.text.slice(0, LONGEST_TEXT))));
      if (answer.text.length > LONGEST_TEXT) place.append(make("p", { class: "hint" }, say("long", { n: LONGEST_TEXT.toLocaleString() })));
    } else if (!answer.rows.length) place.append(make("p", {}, words.none));
    else {
      const views = { table, chart, map }, buttons = Object.entries(views).map(([name, show]) => make("button", {
        type: "button", class: "view", "aria-pressed": String(name === "table"), onclick: (event) => {
          for (const one of buttons) one.setAttribute("aria-pressed", String(one === event.currentTarget));
          place.replaceChildren(show(answer, settings, say, query));
        },
      }, words[name]));
      section.append(make("div", { class: "views", role: "group", "aria-label": words.views }, ...buttons));
      place.append(table(answer, settings, say));
    }
    section.append(place, taken(query, link, answer.kind === "graph" ? settings.graphs : settings.tables));
    return section;
  }

  // Download, link and code of an answer.
  function taken(query, link, formats) {
    const one = (format) => {
      const to = address(query, format);
      return make("li", {}, to ? make("a", { href: to, download: `query.${format}` }, format)
        : make("form", { action: settings.path, method: "post" }, make("input", { type: "hidden", name: "query", value: query }),
          make("button", { class: "view", name: "format", value: format }, format)));
    };
    const endpoint = settings.endpoint, type = formats === settings.graphs ? "text/turtle" : "text/csv";
    const copied = make("p", { class: "hint", role: "status" });
    const code = make("pre", { tabindex: "0" }, make("code", {}));
    const texts = Object.entries(PROGRAMS).map(([name, written]) => [name, written(endpoint, query, type)]);
    code.firstChild.textContent = texts[0][1];
    const copy = async (text, shown) => {
      shown();
      try {
        await navigator.clipboard.writeText(text);
        copied.textContent = words.copied;
      } catch {
        getSelection().selectAllChildren(code.firstChild);
        copied.textContent = words.not_copied;
      }
    };
    return make("div", { class: "taken" },
      make("h3", {}, words.download), make("ul", { class: "forms" }, ...formats.map(one)),
      make("h3", {}, words.link), link ? make("p", {}, make("a", { class: "permalink", href: link }, new URL(link, location.href).href)) : make("p", {}, words.no_link),
      make("h3", {}, words.code), make("div", { class: "views" }, ...texts.map(([name, text]) => make("button", {
        type: "button", class: "view", onclick: () => copy(text, () => { code.firstChild.textContent = text; }),
      }, say("copy_as", { name })))), code, copied);
  }

  bench.querySelector(".tasks").addEventListener("click", (event) => {
    const link = event.target.closest("a"), query = link && new URL(link.href).searchParams.get("query");
    if (!query || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    editor.write(view, query);
    frame.scrollIntoView({ block: "nearest" });
    run();
    view.focus();
  });
  addEventListener("popstate", () => {
    const query = history.state?.query ?? new URL(location.href).searchParams.get("query");
    if (query) { editor.write(view, query); run({ keep: true }); } else { running?.abort(); out.replaceChildren(); status.textContent = ""; editor.mark(view, null); }
  });
  if (matchMedia("(min-width: 60rem)").matches) bench.querySelector(".tasks").open = true;
  if (settings.mistake) editor.mark(view, settings.mistake, settings.failed);
  else if (settings.asked && !settings.failed) run({ keep: true });
  bench.dataset.ready = "yes";
  return view;
}

// On a telephone the page stays the plain form until somebody wants to write: the editor would keep it busy for a second.
function wait(bench) {
  bench.querySelector("form.ask textarea").addEventListener("focus", () => start(bench).focus(), { once: true });
}

const bench = document.querySelector("[data-editor]");
if (bench) {
  const { asked, mistake } = JSON.parse(bench.dataset.editor);
  if (matchMedia("(max-width: 40rem)").matches && !asked && !mistake) wait(bench); else start(bench);
}
