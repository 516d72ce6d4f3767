// The page on which runs are compared: their curves one over the other, and a table.
import { look } from "./chart.js";
import { Curves } from "./curves.js";
import { make, place, text } from "./elements.js";
import { names, replace } from "./page.js";
import { notice } from "./notices.js";
import { ask, follow } from "./server.js";
import { Table } from "./table.js";

const wanted = names();
const asked = wanted.map((name) => ["name", name]);

if (wanted.length === 0) {
  place("above").append(make("p", { class: "note" }, text("choose_runs")));
} else {
  const curves = new Curves(place("chart"), {
    names: () => wanted,
    splits: ["validation"],
    title: (line) => line.name,
  });
  const swatch = (name) => look(make("span", { class: "swatch" }), wanted.indexOf(name));
  const table = new Table(place("below"), { label: text("comparison"), swatch });
  const notes = make("div", { class: "notes" });
  place("about").append(notes);

  follow(async () => {
    const series = await curves.look();
    const [comparison, entries] = await Promise.all([ask("/data/comparison", asked), ask("/data/entries", asked)]);
    replace(place("above"), comparison.above);
    const rank = (entry) => wanted.indexOf(entry.name);
    const runs = entries.entries.filter((entry) => entry.kind === "run").sort((a, b) => rank(a) - rank(b));
    table.show(entries.columns, runs, {});
    for (const run of runs) notice(run.name, run.status, run.alert);
    const said = [...series.notes];
    if (series.missing.length) said.push(text("not_runs", { names: series.missing.join(", ") }));
    if (series.left_out) said.push(text("at_most", { most: wanted.length - series.left_out }));
    notes.replaceChildren(...said.map((note) => make("p", { class: "note bad" }, note)));
  });
}
