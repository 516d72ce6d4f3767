// Texts and elements of the page.

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

// Names of runs or studies in the address of the page.
export const names = () => [...new Set(new URLSearchParams(location.search).getAll("name"))];

// An address within the dashboard, in the language of the page.
export function address(path, parameters = []) {
  return `${path}?${new URLSearchParams([...parameters, ["lang", lang]])}`;
}

// Replaces finished HTML of the server where it has changed, and keeps what is open and focused.
export function replace(where, html) {
  if (where.made === html) return;
  where.made = html;
  const opened = [...where.querySelectorAll("details")].map((part) => part.open);
  where.innerHTML = html;
  where.querySelectorAll("details").forEach((part, at) => (part.open = opened[at] ?? false));
}

const saved = () => {
  try {
    return JSON.parse(localStorage.getItem("batchwright") ?? "{}");
  } catch {
    return {};
  }
};

// A choice of the reader that the next page finds again; where nothing can be kept, it is not.
export function remember(key, value) {
  try {
    localStorage.setItem("batchwright", JSON.stringify({ ...saved(), [key]: value }));
  } catch {
    // A browser may refuse to keep anything.
  }
}

export const remembered = (key, otherwise) => saved()[key] ?? otherwise;
