// Find the bug: eight logs, each with a question.
import { plain, say } from "./text.js";
import { onRedraw } from "./numbers.js";
import { element, measured, result, write } from "./page.js";
import { button, heading } from "./controls.js";
import { ask } from "./quiz.js";

const { logs } = measured;

// Of the mixed choices each place is the right one two or three times.
const SEED = 70;

export function startBugs() {
  const place = document.querySelector("#bugs .place");
  const found = new Set();
  logs.forEach((log, at) => {
    const box = element(place, "div", { class: "log" });
    const title = heading(box, undefined);
    onRedraw(() => write(title, say("bugs.log", { number: at + 1 })));
    element(box, "p", { text: `bugs.${log.name}` });
    const lines = element(box, "pre", { tabindex: 0, role: "region" });
    lines.textContent = log.lines.join("\n");
    onRedraw(() => lines.setAttribute("aria-label", plain("bugs.log", { number: at + 1 })));
    const key = `bugs.${log.name}_`;
    const one = ask(box, {
      legend: () => say("bugs.question"),
      choices: ["a", "b", "c"].map((letter) => key + letter),
      seed: SEED + at,
      why: `${key}why`,
    });
    button(box, "predict.check", () => {
      if (one.chosen() === null) return;
      one.reveal();
      if (one.right()) found.add(at);
      tell();
    });
  });
  const score = result(place);
  const tell = () => write(score, found.size === 0 ? "" : say("bugs.solved", { right: found.size }));
  onRedraw(tell);
}
