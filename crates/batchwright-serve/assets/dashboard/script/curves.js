// The curves of runs with their controls: axis, metric, smoothing, scale, and the part that is shown.
import { Chart } from "./chart.js";
import { radios } from "./controls.js";
import { make, text } from "./elements.js";
import { remember, remembered } from "./page.js";
import { ask } from "./server.js";

const AXES = ["samples", "steps", "epochs", "seconds"];
const METRICS = ["loss", "accuracy", "rate"];

// Curves in `parent` of the runs that `names()` gives. `splits` are what a curve is measured on; `title` of
// a line is its name, or its split where there is one run.
export class Curves {
  constructor(parent, { names, splits, title }) {
    Object.assign(this, { names, splits, title });
    this.axis = remembered("axis", "samples");
    this.metric = "loss";
    this.smoothing = remembered("smoothing", 0);
    this.log = null;
    this.part = [null, null];
    this.controls = make("div", { class: "controls" });
    parent.append(make("h2", {}, text("curves")), this.controls);
    this.empty = make("p", { class: "note" }, text("no_rows"));
    parent.append(this.empty);
    this.chart = new Chart(parent, (from, to) => this.choose(() => (this.part = [from, to])));
    this.parent = parent;
    this.build();
  }

  build() {
    const axis = radios("axis", AXES, this.axis, (value) =>
      this.choose(() => {
        this.axis = value;
        this.part = [null, null];
        remember("axis", value);
      }),
    );
    const metric = radios("metric", METRICS, this.metric, (value) => this.choose(() => (this.metric = value)));
    this.accuracy = metric.querySelector("[value=accuracy]").parentElement;
    const smoothing = make("input", { type: "range", min: 0, max: 0.99, step: 0.01, value: this.smoothing });
    smoothing.addEventListener("input", () =>
      this.choose(() => {
        this.smoothing = Number(smoothing.value);
        remember("smoothing", this.smoothing);
      }),
    );
    this.logBox = make("input", { type: "checkbox" });
    this.logBox.addEventListener("change", () => this.choose(() => (this.log = this.logBox.checked)));
    this.controls.append(
      axis,
      metric,
      make("label", { class: "slider" }, `${text("smoothing")} `, smoothing),
      make("label", {}, this.logBox, ` ${text("log")}`),
    );
  }

  // Changes what is shown. Choices that come faster than answers are asked for together.
  async choose(change) {
    change();
    this.again = true;
    if (this.asking) return;
    this.asking = true;
    while (this.again) {
      this.again = false;
      try {
        await this.look();
      } catch {
        // The next look tells why.
      }
    }
    this.asking = false;
  }

  // Asks for the curves and draws them. Returns the answer.
  async look() {
    const names = this.names();
    const [from, to] = this.part;
    const parameters = [
      ...names.map((name) => ["name", name]),
      ...this.splits.map((split) => ["split", split]),
      ["x", this.axis],
      ["metric", this.metric],
      ["pixels", Math.max(100, Math.round(this.parent.clientWidth))],
      ["smooth", this.smoothing],
      ...(from === null ? [] : [["from", from]]),
      ...(to === null ? [] : [["to", to]]),
    ];
    const answer = await ask("/data/series", parameters);
    const lines = answer.lines.map((line, at) => ({ ...line, title: this.title(line), look: at }));
    const any = lines.some((line) => line.points.length > 0);
    this.empty.hidden = any;
    this.accuracy.hidden = !answer.accuracy;
    const title = `${text(this.metric)}, ${text(this.axis)}: ${lines.map((line) => line.title).join(", ")}`;
    const { from: start, to: end, range } = answer;
    this.chart.show({
      from: start,
      to: end,
      range,
      axis: this.axis,
      metric: this.metric,
      log: this.log,
      title: title.slice(0, 300),
      lines,
    });
    if (this.log === null) this.logBox.checked = this.chart.y?.log ?? false;
    return answer;
  }
}
