// Part 6, second: the map of batch sizes and learning rates, and its ridge of best rates.
import { digits, duration, plain, say, whole } from "./text.js";
import { onRedraw } from "./numbers.js";
import { element, measured, result, write } from "./page.js";
import { heading, slider } from "./controls.js";
import { figure, label, line, picture, rectangles, round, shape } from "./svg.js";

const { rates, sizes } = measured.map;
const MARGIN = { left: 58, top: 8, bottom: 44 };
const CELL = 13;
// How strong the colours are, from late to soon; each is a factor of two.
const SHADES = 6;

// Measured seconds of a step of this size.
export function stepSeconds(batch) {
  return measured.costs.steps.find((row) => row.batch === batch).seconds;
}

// Seconds to the target at the place of a size and of a rate; none where it was missed.
function seconds(size, rate) {
  const steps = sizes[size].steps[rate];
  return steps === null ? null : steps * stepSeconds(sizes[size].batch);
}

// The place of the rate that reaches the target in the fewest steps; of several the middle one.
function bestRate(size) {
  const reached = sizes[size].steps.map((steps) => steps ?? Infinity);
  const least = Math.min(...reached);
  const places = [...reached.keys()].filter((rate) => reached[rate] === least);
  return places[Math.floor(places.length / 2)];
}

// The fastest field of all.
export function bestField() {
  const all = sizes.map((_, size) => ({ size, rate: bestRate(size) }));
  return all.reduce((best, field) =>
    seconds(field.size, field.rate) < seconds(best.size, best.rate) ? field : best,
  );
}

// Where fields are: rates from below upwards, sizes from left to right.
export function grid(width) {
  const cell = (width - MARGIN.left - 6) / sizes.length;
  const height = MARGIN.top + rates.length * CELL + MARGIN.bottom;
  const corner = (size, rate) => [MARGIN.left + size * cell, MARGIN.top + (rates.length - 1 - rate) * CELL];
  const centre = (size, rate) => [
    MARGIN.left + (size + 0.5) * cell,
    MARGIN.top + (rates.length - 0.5 - rate) * CELL,
  ];
  return { cell, height, corner, centre };
}

// The place of a batch size and a rate, which need not be that of a field.
export function placeOf(batch, rate) {
  const between = (list, value) =>
    ((list.length - 1) * Math.log(value / list[0])) / Math.log(list.at(-1) / list[0]);
  return [
    between(
      sizes.map((size) => size.batch),
      batch,
    ),
    between(rates, rate),
  ];
}

// The fields and their axes.
export function fields(width) {
  const { cell, height, corner, centre } = grid(width);
  const fastest = seconds(bestField().size, bestField().rate);
  const ofShade = Array.from({ length: SHADES }, () => []);
  const missed = [];
  sizes.forEach((_, column) => {
    rates.forEach((_, row) => {
      const place = [...corner(column, row), cell - 1, CELL - 1];
      const time = seconds(column, row);
      const shade =
        time === null ? missed : ofShade[Math.min(SHADES - 1, Math.floor(Math.log2(time / fastest)))];
      shade.push(place);
    });
  });
  const parts = ofShade.map((list, shade) => rectangles(list, `shade-${shade}`));
  parts.push(rectangles(missed, "missed"));
  sizes.forEach(({ batch }, column) => {
    if (cell > 36 || column % 2 === 0)
      parts.push(label(centre(column, 0)[0], height - MARGIN.bottom + 16, whole(batch), "tick", "middle"));
  });
  rates.forEach((rate, row) => {
    if (row % 4 === 0)
      parts.push(label(MARGIN.left - 6, centre(0, row)[1] + 4, digits(rate, 2), "tick", "end"));
  });
  parts.push(label(width / 2, height - 6, plain("experiment.batch"), "tick", "middle"));
  return { parts, height };
}

export function startMap(play) {
  heading(play, "experiment.map");
  element(play, "p", { text: "experiment.map_text" });
  const now = { ...bestField() };
  const move = (some) => {
    Object.assign(now, some);
    tell();
    draw();
  };
  const controls = element(play, "div", { class: "controls" });
  slider(controls, {
    label: "experiment.field_size",
    low: () => 0,
    high: () => sizes.length - 1,
    value: now.size,
    show: (size) => whole(sizes[size].batch),
    onInput: (size) => move({ size }),
  });
  slider(controls, {
    label: "experiment.field_rate",
    low: () => 0,
    high: () => rates.length - 1,
    value: now.rate,
    show: (rate) => String(rates[rate]),
    onInput: (rate) => move({ rate }),
  });
  element(play, "p", { class: "axis-name", text: "experiment.rate" });
  const draw = figure(play, (width) => chart(width, now));
  const key = element(play, "ul", { class: "legend" });
  onRedraw(() => key.replaceChildren(...keys()));
  const told = result(play);
  const tell = () => write(told, fieldText(now));
  onRedraw(tell);
}

function chart(width, now) {
  const { parts, height } = fields(width);
  const { cell, corner, centre } = grid(width);
  const ridge = sizes.map((_, size) => centre(size, bestRate(size)));
  const rings = ridge.map(([cx, cy]) =>
    shape("circle", { cx: round(cx), cy: round(cy), r: 4.5, class: "peak" }),
  );
  const [x, y] = corner(now.size, now.rate);
  const chosen = shape("rect", {
    x: round(x - 1),
    y: y - 1,
    width: round(cell + 1),
    height: CELL + 1,
    class: "chosen",
  });
  const best = bestField();
  const values = {
    sizes: sizes.length,
    rates: rates.length,
    batch: whole(sizes[best.size].batch),
    rate: rates[best.rate],
  };
  return picture(
    width,
    height,
    plain("experiment.map_picture", values),
    ...parts,
    line(ridge, "ridge"),
    ...rings,
    chosen,
  );
}

function fieldText({ size, rate }) {
  const { batch, steps } = sizes[size];
  const values = { batch: whole(batch), rate: rates[rate] };
  if (steps[rate] === null) return say("experiment.field_missed", values);
  return say("experiment.field", {
    ...values,
    steps: digits(steps[rate]),
    seconds: duration(seconds(size, rate)),
  });
}

function keys() {
  const item = (name, ...parts) => {
    const made = document.createElement("li");
    made.append(
      shape("svg", { width: 26, height: 14, "aria-hidden": "true" }, ...parts),
      plain(`experiment.${name}`),
    );
    return made;
  };
  const place = [[0, 0, 25, CELL]];
  return [
    item("soon", rectangles(place, "shade-0")),
    item("late", rectangles(place, `shade-${SHADES - 1}`)),
    item("missed", rectangles(place, "missed")),
  ];
}
