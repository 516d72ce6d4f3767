// Predict first: a question, the learner's guess, and only then the answer and what there is to play.
import { say } from "./text.js";
import { onRedraw, redraw } from "./numbers.js";
import { element, freshId, places, result, write } from "./page.js";

// How good a guess is.
export const RIGHT = "right";
export const NEAR = "near";
export const WRONG = "wrong";

// Judges a number: near is within a fifth.
export function judgeNumber(answer, tolerance = 0) {
  return (guess) => {
    const off = Math.abs(guess - answer);
    if (off <= tolerance) return RIGHT;
    return off <= answer / 5 ? NEAR : WRONG;
  };
}

// Asks in the part `id`. `question` and `answer` return HTML, `judge` says how good a guess is. With
// `options`, pairs of a value and a function that names it, the guess is chosen; with `most` it is dragged
// from 0 to that; otherwise it is typed.
export function predict(id, { question, options, most, judge, answer }) {
  const { predict: place, play, after } = places(id);
  const form = element(place, "form", { novalidate: "" });
  element(form, "p", { class: "kicker", text: "predict.heading" });
  const guess = options
    ? chosen(form, question, options)
    : most
      ? dragged(form, question, most)
      : typed(form, question);
  element(form, "button", { type: "submit", text: "predict.check" });
  const told = result(form);
  let judged = null;
  const tell = () => {
    if (judged)
      write(told, judged === "none" ? say("predict.none") : `<b>${say(`predict.${judged}`)}</b> ${answer()}`);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = guess();
    judged = value === null ? "none" : judge(value);
    tell();
    if (value === null || !play.hidden) return;
    play.hidden = false;
    after.hidden = false;
    redraw();
  });
  onRedraw(tell);
}

function typed(form, question) {
  const id = freshId();
  const asked = element(form, "label", { for: id, class: "question" });
  onRedraw(() => write(asked, question()));
  const input = element(form, "input", { id, type: "number", inputmode: "decimal", min: 0, step: "any" });
  return () => (input.value === "" || !Number.isFinite(Number(input.value)) ? null : Number(input.value));
}

// A slider says nothing until it has been moved.
function dragged(form, question, most) {
  const id = freshId();
  const asked = element(form, "label", { for: id, class: "question" });
  onRedraw(() => write(asked, question()));
  const box = element(form, "div", { class: "slider" });
  const input = element(box, "input", { id, type: "range", min: 0, max: most, value: 0 });
  const output = element(box, "output", { for: id });
  input.addEventListener("input", () => {
    output.textContent = input.value;
  });
  return () => (output.textContent === "" ? null : Number(input.value));
}

function chosen(form, question, options) {
  const group = element(form, "fieldset", { class: "choice" });
  const asked = element(group, "legend", { class: "question" });
  onRedraw(() => write(asked, question()));
  const name = freshId();
  for (const [value, named] of options) {
    const line = element(group, "label");
    element(line, "input", { type: "radio", name, value });
    const text = element(line, "span");
    onRedraw(() => write(text, named()));
  }
  return () => group.querySelector("input:checked")?.value ?? null;
}
