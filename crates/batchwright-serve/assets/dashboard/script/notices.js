// Notices of what has happened since the page was opened.
import { make, place, text } from "./elements.js";

// Notices that are shown at once; the oldest go.
const MOST = 5;

const known = new Map();

// What a run tells before it ends. Its curve wavers and its numbers change, so it is told once.
const SO_FAR = "overfitting_so_far";

// Shows the alert of a run or a study if it is new. What is there when it is first seen is no news.
export function notice(name, status, alert) {
  const before = known.get(name);
  const goesOn = before === SO_FAR && status === "running";
  const now = goesOn || alert?.kind === SO_FAR ? SO_FAR : (alert?.text ?? "");
  known.set(name, now);
  if (before === undefined || !alert || before === now) return;
  const where = place("notices");
  const shown = make("div", { class: `notice ${alert.kind}` }, make("p", {}, alert.text));
  const button = make("button", { type: "button" }, text("dismiss"));
  button.addEventListener("click", () => shown.remove());
  shown.append(button);
  where.append(shown);
  while (where.children.length > MOST) where.firstElementChild.remove();
}
