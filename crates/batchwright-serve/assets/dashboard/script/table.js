// A table of runs and studies whose rows are kept while their cells change, so that a choice, the focus
// and the place of the reader stay.
import { make, text } from "./elements.js";
import { address } from "./page.js";

// A table in `parent`. `sorted(column)` is called when a heading is pressed, `chosen(name, on)` when a row
// is chosen; without `chosen` rows cannot be chosen. `swatch(name)` is what stands before a name.
export class Table {
  constructor(parent, { label, sorted, chosen, isChosen, swatch }) {
    Object.assign(this, { sorted, chosen, isChosen, swatch });
    this.rows = new Map();
    this.head = make("thead");
    this.body = make("tbody");
    const table = make("table", { class: "stacked entries" }, this.head, this.body);
    parent.append(make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, table));
  }

  // Shows these entries in their order, of which `columns` are the headings and `order` the sorting.
  show(columns, entries, order) {
    this.heading(columns, order);
    const kept = new Set(entries.map((entry) => entry.name));
    for (const [name, { row }] of this.rows) {
      if (!kept.has(name)) {
        row.remove();
        this.rows.delete(name);
      }
    }
    entries.forEach((entry, at) => {
      const { row } = this.row(entry, columns);
      if (this.body.children[at] !== row) this.body.insertBefore(row, this.body.children[at] ?? null);
    });
  }

  heading(columns, order) {
    const state = JSON.stringify([columns, order]);
    if (this.state === state) return;
    this.state = state;
    const focused = [...this.head.querySelectorAll("button")].indexOf(document.activeElement);
    const cells = columns.map(([name, isNumber], at) => this.headingCell(name, isNumber, at, order));
    if (this.chosen) cells.unshift(make("td", { class: "choice" }));
    this.head.replaceChildren(make("tr", {}, ...cells));
    if (focused >= 0) this.head.querySelectorAll("button")[focused]?.focus();
  }

  headingCell(name, isNumber, at, order) {
    const kind = isNumber ? null : "words";
    if (!this.sorted) return make("th", { scope: "col", class: kind }, name);
    const here = order.column === at;
    const button = make("button", { type: "button", title: text("sort_by", { column: name }) }, name);
    button.append(make("span", { "aria-hidden": "true" }, here ? (order.falling ? " ▼" : " ▲") : ""));
    button.addEventListener("click", () => this.sorted(at));
    const direction = order.falling ? "descending" : "ascending";
    return make("th", { scope: "col", class: kind, "aria-sort": here ? direction : null }, button);
  }

  row(entry, columns) {
    const known = this.rows.get(entry.name) ?? this.newRow(entry, columns);
    const cells = JSON.stringify([entry.cells, entry.status]);
    if (known.made === cells) return known;
    known.made = cells;
    known.row.dataset.status = entry.status;
    entry.cells.forEach((cell, at) => {
      if (at > 0 && known.cells[at].textContent !== cell.text) known.cells[at].textContent = cell.text;
    });
    return known;
  }

  newRow(entry, columns) {
    const cells = columns.map(([name, isNumber], at) =>
      make("td", { class: isNumber ? null : at === 2 ? "words status" : "words", "data-label": name }),
    );
    const link = make("a", { href: address(`/${entry.kind}`, [["name", entry.name]]) }, entry.cells[0].text);
    cells[0].append(...(this.swatch ? [this.swatch(entry.name)] : []), link);
    const row = make("tr", {}, ...cells);
    if (this.chosen) row.prepend(this.choice(entry));
    const known = { row, cells, made: null };
    this.rows.set(entry.name, known);
    return known;
  }

  // Only runs are compared.
  choice(entry) {
    if (entry.kind !== "run") return make("td", { class: "choice" });
    const label = `${text("choose")}: ${entry.cells[0].text}`;
    const box = make("input", { type: "checkbox", "aria-label": label, checked: this.isChosen(entry.name) });
    box.addEventListener("change", () => this.chosen(entry.name, box.checked));
    return make("td", { class: "choice" }, box);
  }
}
