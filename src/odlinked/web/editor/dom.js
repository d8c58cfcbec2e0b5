// Elements, made without HTML text: what an answer holds stays text.

export function make(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

const SVG = "http://www.w3.org/2000/svg";

export function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

export function select(label, choices, chosen, changed) {
  const field = make("select", { onchange: () => changed(field.value) },
    ...choices.map(([value, text]) => make("option", { value, selected: value === chosen }, text)));
  return make("label", { class: "choice" }, label, " ", field);
}
