// The list of runs and studies: filtered, sorted, live, with a choice of runs to compare.
import { make, place, text } from "./elements.js";
import { address, remember, remembered } from "./page.js";
import { notice } from "./notices.js";
import { ask, follow } from "./server.js";
import { Table } from "./table.js";

// Rows that are shown at first, and more each time.
const PORTION = 200;
const CREATED = 8;

let answer = { columns: [], entries: [], notes: [] };
let order = { column: CREATED, falling: true };
let most = PORTION;
const chosen = new Set(remembered("chosen", []));

const filter = make("input", { type: "search", autocomplete: "off" });
const hint = make("p", { class: "note", id: "filter-hint" }, text("filter_hint"));
filter.setAttribute("aria-describedby", "filter-hint");
const count = make("p", { class: "note", role: "status" });
const compare = make("a", { class: "button", href: "#" });
place("tools").append(make("div", { class: "controls" }, make("label", {}, `${text("filter")} `, filter), compare), hint, count);

const table = new Table(place("list"), { label: text("list"), sorted, chosen: choose, isChosen: (name) => chosen.has(name) });
const notes = make("div", { class: "notes" });
const more = make("button", { type: "button" }, text("show_more"));
place("list").append(more, notes);

filter.addEventListener("input", () => {
  most = PORTION;
  draw();
});
more.addEventListener("click", () => {
  most += PORTION;
  draw();
});

function sorted(column) {
  const isNumber = answer.columns[column][1] || column === CREATED;
  order = { column, falling: order.column === column ? !order.falling : isNumber };
  draw();
}

function choose(name, on) {
  if (on) chosen.add(name);
  else chosen.delete(name);
  remember("chosen", [...chosen]);
  drawChoice();
}

function drawChoice() {
  const names = answer.entries.filter((entry) => entry.kind === "run" && chosen.has(entry.name));
  compare.textContent = `${text("compare_chosen")} (${names.length})`;
  compare.href = address("/compare", names.map((entry) => ["name", entry.name]));
}

// Whether every word of the filter occurs in a cell.
function passes(entry) {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const cells = entry.cells.map((cell) => cell.text.toLowerCase()).join("\n");
  return words.every((word) => cells.includes(word));
}

// What has no value stands last, whatever the order.
function compared(a, b) {
  const [one, other] = [a.cells[order.column], b.cells[order.column]];
  const missing = (cell) => (cell.text === "" ? 1 : 0);
  if (missing(one) !== missing(other)) return missing(one) - missing(other);
  const by = one.number !== null && other.number !== null ? one.number - other.number : one.text.localeCompare(other.text, undefined, { numeric: true });
  return order.falling ? -by : by;
}

function draw() {
  const found = answer.entries.filter(passes).sort(compared);
  table.show(answer.columns, found.slice(0, most), order);
  const said = answer.entries.length === 0 ? text("no_entries") : text("shown_of", { shown: Math.min(most, found.length), all: answer.entries.length });
  if (count.textContent !== said) count.textContent = said;
  more.hidden = found.length <= most;
  notes.replaceChildren(...answer.notes.map((note) => make("p", { class: "note bad" }, note)));
  drawChoice();
}

follow(async () => {
  answer = await ask("/data/entries");
  for (const entry of answer.entries) notice(entry.name, entry.status, entry.alert);
  draw();
});
