// The curves of a report, read at a cursor, smoothed and zoomed. Without this script the page has the same
// curves as pictures, one an axis; on paper too.
import { Chart, endMark, look } from "./chart.js";
import { radios } from "./controls.js";
import { make, place, shape, text } from "./elements.js";

// `{metrics, lines, level, labels, legend}`; each line has a list of places for each axis and of values for each
// metric.
const known = JSON.parse(place("curves").textContent);
const curves = document.querySelector(".curves");
const axes = [...curves.querySelectorAll(".switch input")];

let metric = known.metrics[0];
let smoothing = 0;
let log = null;
let part = [null, null];

const parent = make("div", { class: "reader" });
const chart = new Chart(parent, (from, to) => {
  part = [from, to];
  draw();
});
const logBox = make("input", { type: "checkbox" });
parent.prepend(controls());
if (known.legend) parent.append(legend());
curves.append(parent);
curves.classList.add("live");

for (const button of axes) {
  button.addEventListener("change", () => {
    part = [null, null];
    draw();
  });
}
draw();

// On paper everything is open.
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const details of closed) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of closed) details.open = false;
});

function controls() {
  const made = make("div", { class: "controls" });
  if (known.metrics.length > 1) {
    made.append(
      radios("metric", known.metrics, metric, (value) => {
        metric = value;
        log = null;
        draw();
      }),
    );
  }
  const slider = make("input", { type: "range", min: 0, max: 0.99, step: 0.01, value: 0 });
  slider.addEventListener("input", () => {
    smoothing = Number(slider.value);
    draw();
  });
  if (!known.level) made.append(make("label", { class: "slider" }, `${text("smoothing")} `, slider));
  logBox.addEventListener("change", () => {
    log = logBox.checked;
    draw();
  });
  made.append(make("label", {}, logBox, ` ${text("log")}`));
  return made;
}

// What colours and marks mean.
function legend() {
  const colours = known.legend.colours.map(({ title, look: at }) => make("li", {}, look(make("span", { class: "swatch" }), at), title));
  const ends = known.legend.ends.map(({ title, end }) => {
    const sign = shape("svg", { width: 14, height: 14, viewBox: "-7 -7 14 14", "aria-hidden": "true" });
    sign.append(endMark(end));
    return make("li", {}, sign, ` ${title}`);
  });
  return make("ul", { class: "legend" }, ...colours, ...ends);
}

// The points of a line over an axis, as a flat list.
function flat(line, axis, values) {
  return line[axis].flatMap((x, at) => [x, values[at] ?? null]);
}

// The exponentially weighted mean up to each point, divided by the weight of the values so far, so that it
// does not begin at 0.
function smooth(points, share) {
  let [sum, weight] = [0, 0];
  return points.map((value, at) => {
    if (at % 2 === 0 || value === null) return value;
    sum = share * sum + (1 - share) * value;
    weight = share * weight + (1 - share);
    return sum / weight;
  });
}

function draw() {
  const axis = axes.find((button) => button.checked).value;
  const lines = known.lines
    .filter((line) => line[metric])
    .map((line) => {
      const points = flat(line, axis, line[metric]);
      return { ...line, points, smooth: smoothing > 0 ? smooth(points, smoothing) : null };
    })
    // Wide lines lie above the others.
    .sort((a, b) => Number(a.look.wide ?? 0) - Number(b.look.wide ?? 0));
  const places = known.lines.flatMap((line) => line[axis]);
  const most = places.reduce((most, x) => Math.max(most, x), 0) || 1;
  const [from, to] = [part[0] ?? 0, part[1] ?? most];
  const label = known.labels?.[metric];
  const title = `${label ?? text(metric)}, ${text(axis)}: ${known.title}`;
  chart.show({ from, to, range: [0, most], axis, metric, log, title, label, level: known.level, lines });
  if (log === null) logBox.checked = chart.y?.log ?? false;
}
