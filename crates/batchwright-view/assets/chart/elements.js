// Texts and elements of a page. Its texts stand in its element `texts`.

const texts = JSON.parse(document.getElementById("texts").textContent);

export const lang = document.documentElement.lang;

// The text of a key; `{name}` in it becomes the value of that name.
export function text(key, values = {}) {
  return texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export const place = (id) => document.getElementById(id);

// A new element with attributes and children, which are elements or text. An attribute that is `false`,
// `null` or `undefined` is left out.
export function make(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

// The same of a picture.
export function shape(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}
