// Ten questions before the lesson and again after it, with the score and the reasons.
import { say } from "./text.js";
import { onRedraw } from "./numbers.js";
import { element, result, write } from "./page.js";
import { button } from "./controls.js";
import { ask } from "./quiz.js";

const COUNT = 10;

// Of the mixed choices each place is the right one two or three times.
const SEED = 20;

let before = null;

export function startQuestions() {
  const first = document.querySelector("#questions-before .place");
  const folded = element(first, "details");
  element(folded, "summary", { text: "questions.open" });
  sheet(folded, false);
  sheet(document.querySelector("#questions-after .place"), true);
}

// Questions with a button for the score. With `reasons` each answer is told, too.
function sheet(parent, reasons) {
  const asked = Array.from({ length: COUNT }, (_, at) => question(parent, at + 1));
  let told = () => "";
  button(parent, "questions.score_button", () => {
    const missing = asked.flatMap((one, at) => (one.chosen() === null ? [at + 1] : []));
    told =
      missing.length > 0
        ? () => say("questions.missing", { numbers: missing.join(", ") })
        : score(asked, reasons);
    write(place, told());
  });
  const place = result(parent);
  onRedraw(() => write(place, told()));
}

function question(parent, number) {
  const key = `questions.${number}`;
  const choices = ["a", "b", "c", "d"].map((letter) => key + letter);
  return ask(parent, {
    legend: () => `${number}. ${say(key)}`,
    choices,
    seed: SEED + number,
    why: `${key}why`,
    unsure: true,
  });
}

// Returns what is said about the score.
function score(asked, reasons) {
  const right = asked.filter((one) => one.right()).length;
  if (!reasons) {
    before = right;
    return () => say("questions.score_before", { right });
  }
  for (const one of asked) one.reveal();
  return () =>
    before === null ? say("questions.score", { right }) : say("questions.score_both", { before, right });
}
