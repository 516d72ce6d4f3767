// Part 6, first: the same runs counted in steps, samples, epochs and seconds, where the winner changes.
import { digits, plain, say, whole } from "./text.js";
import { numbers, onRedraw } from "./numbers.js";
import { element, measured, places, result, write } from "./page.js";
import { choice } from "./controls.js";
import { figure } from "./svg.js";
import { legend, lineChart } from "./chart.js";
import { predict, RIGHT, WRONG } from "./predict.js";
import { stepSeconds } from "./map.js";

const { runs, target } = measured.axes;
// With this size the learner's own is compared.
const COMPARED = 32;

// A row of a run on an axis: the step, or what it has used by then.
const AXES = {
  steps: ([step]) => step,
  samples: ([, samples]) => samples,
  epochs: ([, samples]) => samples / measured.samples,
  seconds: ([step], batch) => 1000 * step * stepSeconds(batch),
};

function costs(axis) {
  return runs.map(({ batch, rows }) => AXES[axis](rows.at(-1), batch));
}

// The batch size that is first on an axis.
export function winner(axis) {
  const all = costs(axis);
  return runs[all.indexOf(Math.min(...all))].batch;
}

export function startAxes() {
  const named = (batch) => plain("experiment.row", { batch: whole(batch) });
  predict("experiment", {
    question: () => say("experiment.predict"),
    options: runs.map(({ batch }) => [batch, () => named(batch)]),
    judge: (guess) => (Number(guess) === winner("seconds") ? RIGHT : WRONG),
    answer: () =>
      say(
        "experiment.predicted",
        Object.fromEntries(["seconds", "steps", "samples"].map((axis) => [axis, named(winner(axis))])),
      ),
  });
  const { play } = places("experiment");
  let axis = "steps";
  choice(play, {
    legend: "experiment.axis",
    options: Object.keys(AXES).map((name) => [name, `experiment.${name}`]),
    value: axis,
    onInput: (name) => {
      axis = name;
      tell();
      draw();
    },
  });
  const draw = figure(play, (width) => overlay(width, axis));
  const names = legend(play);
  onRedraw(() => names(runs.map(({ batch }) => named(batch))));
  const told = result(play);
  const tell = () => {
    const name = plain(`experiment.${axis}`);
    write(
      told,
      say("experiment.winner", {
        axis: name,
        batch: whole(winner(axis)),
        value: `${digits(Math.min(...costs(axis)))} ${name}`,
      }),
    );
  };
  onRedraw(tell);
  element(play, "p", { class: "note", text: "frame.chart_measured" });
  const yours = element(play, "p", { class: "formula" });
  onRedraw(() => {
    const times = digits(numbers.b / COMPARED);
    write(yours, say("experiment.yours", { batch: whole(numbers.b), times, other: COMPARED }));
  });
}

function overlay(width, axis) {
  const points = runs.map(({ batch, rows }) => rows.map((row) => [AXES[axis](row, batch), row[2]]));
  const best = winner(axis);
  return lineChart({
    width,
    height: 300,
    x: { low: 0, high: Math.max(...costs(axis)), name: plain(`experiment.${axis}`) },
    y: { low: 0.08, high: 3, log: true, name: plain("experiment.loss") },
    lines: points.map((line, style) => ({ points: line, style })),
    marks: points.map((line, style) => ({
      at: line.at(-1),
      style,
      text: runs[style].batch === best ? whole(best) : "",
    })),
    rules: [{ y: target, text: plain("experiment.target", { target }) }],
    description: `${plain("experiment.loss")} / ${plain(`experiment.${axis}`)}`,
  });
}
