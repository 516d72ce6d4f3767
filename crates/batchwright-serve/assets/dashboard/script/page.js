// The address of the page, and what its reader has chosen.
import { lang } from "./elements.js";

// Names of runs or studies in the address of the page.
export const names = () => [...new Set(new URLSearchParams(location.search).getAll("name"))];

// An address within the dashboard, in the language of the page.
export function address(path, parameters = []) {
  return `${path}?${new URLSearchParams([...parameters, ["lang", lang]])}`;
}

const inputs = (where) => [...where.querySelectorAll("input, summary, a, button")];

// Replaces finished HTML of the server where it has changed, and keeps what is open, chosen and focused.
export function replace(where, html) {
  if (where.made === html) return;
  where.made = html;
  const opened = [...where.querySelectorAll("details")].map((part) => part.open);
  const chosen = [...where.querySelectorAll("input:checked")].map((input) => [input.name, input.value]);
  const focused = inputs(where).indexOf(document.activeElement);
  where.innerHTML = html;
  where.querySelectorAll("details").forEach((part, at) => (part.open = opened[at] ?? false));
  for (const input of where.querySelectorAll("input")) {
    if (chosen.some(([name, value]) => input.name === name && input.value === value)) input.checked = true;
  }
  if (focused >= 0) inputs(where)[focused]?.focus({ preventScroll: true });
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
