// A question with several choices. The first is the right one; they are mixed, always in the same way.
import { plain, say } from "./text.js";
import { generator, shuffled } from "./random.js";
import { onRedraw } from "./numbers.js";
import { element, freshId, result, write } from "./page.js";

export const UNSURE = "unsure";

// Asks. `legend` returns HTML, `choices` are keys, the first of the right one. Returns the group, what was
// chosen, and a function that tells whether it is right and why.
export function ask(parent, { legend, choices, seed, why, unsure = false }) {
  const group = element(parent, "fieldset", { class: "choice question" });
  const asked = element(group, "legend");
  onRedraw(() => write(asked, legend()));
  const name = freshId();
  const all = [...shuffled(generator(seed), choices), ...(unsure ? [`questions.${UNSURE}`] : [])];
  for (const key of all) {
    const line = element(group, "label");
    element(line, "input", { type: "radio", name, value: key });
    element(line, "span", { text: key });
  }
  const told = result(group);
  let revealed = false;
  const chosen = () => group.querySelector("input:checked")?.value ?? null;
  const right = () => chosen() === choices[0];
  const tell = () => {
    if (!revealed) return;
    const verdict = right()
      ? say("questions.is_right")
      : say("questions.is_wrong", { answer: plain(choices[0]) });
    write(told, `<b>${verdict}</b> ${say(why)}`);
  };
  onRedraw(tell);
  const reveal = () => {
    revealed = true;
    group.classList.toggle("right", right());
    group.classList.toggle("wrong", !right());
    tell();
  };
  return { group, chosen, right, reveal };
}
