// Sliders, number fields, choices and buttons: native elements with labels, so that keyboard and screen
// reader work as the reader is used to.
import { plain, whole } from "./text.js";
import { allowed, change, numbers, onRedraw, range } from "./numbers.js";
import { element, freshId } from "./page.js";

const LOG_STOPS = 300;

// A slider from `low` to `high`, both by functions because they may change. With `log`, equal ways are
// equal ratios. `show` turns the value into what is read beside it.
export function slider(parent, { label, low = () => 1, high, value, log = false, show = whole, onInput }) {
  const id = freshId();
  const box = element(parent, "div", { class: "slider" });
  element(box, "label", { for: id, text: label });
  const output = element(box, "output", { for: id });
  const input = element(box, "input", { id, type: "range" });
  const ofStop = (stop) => Math.round(low() * (high() / low()) ** (stop / LOG_STOPS));
  const stopOf = (number) => Math.round((LOG_STOPS * Math.log(number / low())) / Math.log(high() / low()));
  let now = value;
  const refresh = () => {
    now = Math.min(Math.max(now, low()), high());
    input.min = log ? 0 : low();
    input.max = log ? LOG_STOPS : high();
    input.value = log ? stopOf(now) : now;
    const shown = show(now).replace(/<[^>]*>/g, "");
    output.textContent = shown;
    input.setAttribute("aria-valuetext", shown);
  };
  input.addEventListener("input", () => {
    const stop = Number(input.value);
    now = log ? moved(now, ofStop(stop), stop, stopOf(now)) : stop;
    refresh();
    onInput(now);
  });
  onRedraw(refresh);
  return {
    get value() {
      return now;
    },
    set(number) {
      now = number;
      refresh();
    },
  };
}

// Among small numbers several stops are the same number: a key press must still move on.
function moved(before, after, stop, stopBefore) {
  if (after !== before || stop === stopBefore) return after;
  return stop > stopBefore ? before + 1 : before - 1;
}

// A field for one of the learner's numbers.
export function numberField(parent, { label, name }) {
  const [id, hintId] = [freshId(), freshId()];
  const box = element(parent, "div", { class: "field" });
  element(box, "label", { for: id, text: label });
  const { low, high } = range(name);
  const input = element(box, "input", {
    id,
    type: "number",
    min: low,
    max: high,
    step: 1,
    "aria-describedby": hintId,
  });
  const hint = element(box, "p", { id: hintId, class: "hint", role: "status" });
  const check = () => {
    const value = Number(input.value);
    const fine = allowed(name, value);
    input.setAttribute("aria-invalid", String(!fine));
    hint.textContent = fine ? "" : plain("number.range", { low, high: whole(high) });
    return fine ? value : null;
  };
  input.addEventListener("input", () => {
    const value = check();
    if (value !== null) change({ [name]: value });
  });
  onRedraw(() => {
    if (document.activeElement !== input) input.value = numbers[name];
    check();
  });
}

// Radio buttons. Options are pairs of a value and the key of its label, or a function that names it.
export function choice(parent, { legend, options, value, onInput }) {
  const group = element(parent, "fieldset", { class: "choice" });
  element(group, "legend", { text: legend });
  const name = freshId();
  for (const [option, label] of options) {
    const line = element(group, "label");
    const input = element(line, "input", { type: "radio", name, value: option });
    input.checked = option === value;
    input.addEventListener("change", () => onInput(option));
    if (typeof label === "function") {
      const text = element(line, "span");
      onRedraw(() => {
        text.textContent = label();
      });
    } else {
      element(line, "span", { text: label });
    }
  }
  return group;
}

export function button(parent, text, onClick) {
  const made = element(parent, "button", { type: "button", text });
  made.addEventListener("click", onClick);
  return made;
}

// A heading within a part.
export function heading(parent, text) {
  return element(parent, "h3", { text });
}
