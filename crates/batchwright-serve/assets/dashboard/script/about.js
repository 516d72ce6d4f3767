// How a run or a study was started, and how it goes on.
import { make, text } from "./elements.js";

// Shows it in `parent`, again only where it has changed.
export function about(parent, { command, folder, resume }) {
  const state = JSON.stringify([command, folder, resume]);
  if (parent.dataset.state === state) return;
  parent.dataset.state = state;
  const rows = [];
  if (resume) rows.push([text("resume_command"), copied(resume)]);
  if (command) rows.push([text("command_line"), make("code", {}, command)]);
  if (folder) rows.push([text("started_in"), make("code", {}, folder)]);
  const list = rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);
  parent.replaceChildren(...(rows.length ? [make("dl", { class: "box commands" }, ...list)] : []));
}

// A command with a button that copies it. Where the browser does not let it, the command is selected.
function copied(command) {
  const code = make("code", {}, command);
  const button = make("button", { type: "button" }, text("copy"));
  const said = make("span", { role: "status" });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(command);
      said.textContent = text("copied");
    } catch {
      getSelection().selectAllChildren(code);
    }
  });
  return make("span", { class: "copied" }, code, " ", button, " ", said);
}
