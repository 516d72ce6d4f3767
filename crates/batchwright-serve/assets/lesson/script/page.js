// Places of the page and small elements in them.

export const measured = JSON.parse(document.getElementById("measured").textContent);

export const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// The places of a part that a script fills.
export function places(id) {
  const section = document.getElementById(id);
  return {
    predict: section.querySelector(".predict"),
    play: section.querySelector(".play"),
    after: section.querySelector(".after"),
  };
}

// A new element at the end of `parent`. `text` is the key of its sentence.
export function element(parent, tag, { text, ...attributes } = {}) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.dataset.text = text;
  parent.append(made);
  return made;
}

// A paragraph whose changes a screen reader reads out.
export function result(parent) {
  return element(parent, "p", { class: "result", "aria-live": "polite" });
}

// Writes only what has changed, so that a screen reader does not repeat it.
export function write(place, html) {
  if (place.dataset.html === html) return;
  place.dataset.html = html;
  place.innerHTML = html;
}

let made = 0;

// An id that no other element has.
export function freshId() {
  made += 1;
  return `made-${made}`;
}
