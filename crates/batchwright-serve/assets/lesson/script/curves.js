// Part 8: a healthy and an overfitting learning curve, with the verdict of a run that ends where one looks.
import { epochOfStep, stepsPerEpoch } from "./counting.js";
import { digits, percent, plain, say, whole } from "./text.js";
import { numbers, onRedraw } from "./numbers.js";
import { element, measured, places, result, write } from "./page.js";
import { slider } from "./controls.js";
import { figure } from "./svg.js";
import { legend, lineChart } from "./chart.js";
import { predict, RIGHT, WRONG } from "./predict.js";

const STOPS = 40;
const [, bad] = measured.curves;

// The row of the lowest validation loss.
function lowest({ rows }) {
  return rows.reduce((best, row) => (row[2] < best[2] ? row : best));
}

export function startCurves() {
  const [best, last] = [lowest(bad), bad.rows.at(-1)];
  predict("curves", {
    question: () => say("curves.predict", { samples: whole(bad.samples), epochs: whole(last[0]) }),
    options: ["falls", "stays", "rises"].map((name) => [name, () => plain(`curves.${name}`)]),
    judge: (guess) => (guess === "rises" ? RIGHT : WRONG),
    answer: () =>
      say("curves.predicted", { best: whole(best[0]), lowest: digits(best[2]), last: digits(last[2]) }),
  });
  const { play } = places("curves");
  let stop = 3;
  slider(play, {
    label: "curves.scrub",
    high: () => STOPS,
    value: stop,
    show: (at) => plain("curves.percent", { percent: percent(at / STOPS) }),
    onInput: (at) => {
      stop = at;
      for (const show of shows) show();
    },
  });
  const names = legend(play);
  onRedraw(() => names([plain("curves.train"), plain("curves.validation")]));
  const pair = element(play, "div", { class: "pair" });
  const shows = measured.curves.map((curve) => panel(pair, curve, () => stop));
  const yours = element(play, "p", { class: "formula" });
  onRedraw(() => {
    const steps = numbers.e * stepsPerEpoch({ samples: numbers.n, batch: numbers.b });
    write(yours, say("curves.yours", { epochs: whole(numbers.e), steps: whole(steps) }));
  });
}

// One curve with its verdict. Returns a function that draws it up to where the slider is.
function panel(parent, curve, stop) {
  const box = element(parent, "div");
  const title = element(box, "h3");
  onRedraw(() => write(title, say(`curves.${curve.name}`, { samples: whole(curve.samples) })));
  const rows = () => curve.rows.slice(0, Math.max(1, Math.round((curve.rows.length * stop()) / STOPS)));
  const draw = figure(box, (width) => chart(width, curve, rows()));
  const at = element(box, "p", { class: "note" });
  const told = result(box);
  const tell = () => {
    const [epoch, train, validation, kind, since] = rows().at(-1);
    const step = epoch * curve.steps_per_epoch;
    write(
      at,
      say("curves.at", {
        epoch: whole(epoch),
        step: whole(step),
        train: digits(train),
        validation: digits(validation),
      }),
    );
    write(
      told,
      say(`verdict.${kind}`, {
        since: since === null ? "" : whole(epochOfStep(since, curve.steps_per_epoch)),
      }),
    );
  };
  onRedraw(tell);
  return () => {
    draw();
    tell();
  };
}

function chart(width, curve, rows) {
  const [epoch, train, validation] = rows.at(-1);
  return lineChart({
    width,
    height: 240,
    x: { low: 0, high: curve.rows.at(-1)[0], name: plain("curves.epochs") },
    y: { low: 0, high: 1.2, name: plain("curves.loss") },
    lines: [1, 2].map((column) => ({ points: rows.map((row) => [row[0], row[column]]), style: column - 1 })),
    marks: [1, 2].map((column) => ({ at: [epoch, rows.at(-1)[column]], style: column - 1 })),
    description: plain("curves.picture", {
      epoch: whole(epoch),
      train: digits(train),
      validation: digits(validation),
    }),
  });
}
