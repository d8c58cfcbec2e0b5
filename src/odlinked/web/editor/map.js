// An answer as a map. It is drawn by the service, as on the page without script: one request more, answered from what it kept.
import { make } from "./dom.js";

const drawings = new WeakMap();

async function drawing(answer, query, { path, lang }) {
  const page = await fetch(path, { method: "POST", body: new URLSearchParams({ query }), headers: { "Accept": "text/html", "Accept-Language": lang } });
  if (!page.ok) return null;
  return new DOMParser().parseFromString(await page.text(), "text/html").querySelector("#maps");
}

export function map(answer, settings, say, query) {
  const place = make("div", { class: "drawing", "aria-busy": "true" }, make("p", {}, settings.words.map_wait));
  const draw = drawings.get(answer) ?? drawing(answer, query, settings).catch(() => null);
  drawings.set(answer, draw);
  draw.then((found) => {
    place.removeAttribute("aria-busy");
    place.replaceChildren(found ? document.importNode(found, true) : make("p", {}, settings.words.map_none));
  });
  return place;
}
