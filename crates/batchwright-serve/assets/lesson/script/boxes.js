// Part 1: samples in boxes of one batch; the short box in its own colour.
import { lastBatch, samplesAfter, stepsPerEpoch } from "./counting.js";
import { digits, plain, say, whole } from "./text.js";
import { change, numbers, onRedraw, range } from "./numbers.js";
import { element, places, result, write } from "./page.js";
import { button, choice, slider } from "./controls.js";
import { discs, figure, label, picture, rectangles, shape } from "./svg.js";
import { judgeNumber, predict } from "./predict.js";

const ASKED = { samples: 10000, batch: 100 };
const EXAMPLES = [
  [10000, 100],
  [1000, 100],
  [1000, 64],
  [60000, 32],
];
// The sliders end here; larger numbers can be typed.
const MOST = { n: 60000, b: 1024 };
// More boxes are drawn in groups.
const MOST_BOXES = 600;
const MOST_HEIGHT = 600;
const GAP = 5;
// Distances between the dots of a box, and sides of a box without dots, in pixels: the first that fits.
const APARTS = [9, 7, 5, 4, 3];
const FILLED_SIDES = [40, 32, 26, 20, 15, 10];

let dropLast = false;

function run() {
  return { samples: numbers.n, batch: numbers.b, dropLast };
}

export function startBoxes() {
  const answer = stepsPerEpoch(ASKED);
  predict("boxes", {
    question: () => say("boxes.predict"),
    judge: judgeNumber(answer),
    answer: () =>
      say("boxes.predicted", { n: whole(ASKED.samples), b: whole(ASKED.batch), answer: whole(answer) }),
  });
  const { play } = places("boxes");
  const examples = element(play, "div", { class: "buttons", role: "group" });
  onRedraw(() => examples.setAttribute("aria-label", plain("boxes.examples")));
  for (const [n, b] of EXAMPLES) {
    button(examples, undefined, () => change({ n, b })).textContent = `${whole(n)} ÷ ${whole(b)}`;
  }
  const controls = element(play, "div", { class: "controls" });
  ownSlider(controls, "number.samples", "n");
  ownSlider(controls, "number.batch", "b");
  choice(play, {
    legend: "boxes.last",
    options: [
      ["keep", "boxes.keep"],
      ["drop", "boxes.drop"],
    ],
    value: "keep",
    onInput: (value) => {
      dropLast = value === "drop";
      tell();
      draw();
    },
  });
  const told = result(play);
  const more = element(play, "p", { class: "note" });
  const tell = () => {
    write(told, [formula(), filling()].join(" "));
    write(
      more,
      stepsPerEpoch(run()) === 0
        ? ""
        : [say("boxes.bar", { steps: whole(stepsPerEpoch(run())) }), wholeRun()].join(" "),
    );
  };
  onRedraw(tell);
  const draw = figure(play, boxes);
}

// A slider for one of the learner's numbers, which follows the field in which it is typed.
function ownSlider(parent, label, name) {
  const high = () => Math.max(MOST[name], Math.min(numbers[name], range(name).high));
  const own = slider(parent, {
    label,
    high,
    value: numbers[name],
    log: true,
    onInput: (value) => change({ [name]: value }),
  });
  onRedraw(() => own.set(numbers[name]));
}

function formula() {
  const { samples, batch } = run();
  const values = {
    n: whole(samples),
    b: whole(batch),
    exact: digits(samples / batch, 6),
    steps: whole(stepsPerEpoch(run())),
  };
  return say("boxes.formula", values);
}

function filling() {
  const { samples, batch } = run();
  const [full, rest] = [Math.floor(samples / batch), samples % batch];
  const values = { full: whole(full), rest: whole(rest) };
  if (rest === 0) return say("boxes.full", values);
  if (!dropLast) return say("boxes.short", values);
  return full === 0 ? say("boxes.nothing") : say("boxes.dropped", values);
}

function wholeRun() {
  const steps = stepsPerEpoch(run());
  const all = numbers.e * steps;
  const values = {
    epochs: whole(numbers.e),
    steps: whole(steps),
    all: whole(all),
    samples: whole(samplesAfter(run(), all)),
  };
  return say("boxes.epochs", values);
}

// All boxes of an epoch, also the one that is left out, as large as fits. Where samples would be too small
// to see, a box is filled; where there are too many boxes, a square stands for several.
function boxes(width) {
  const { samples, batch } = run();
  const all = Math.ceil(samples / batch);
  const group = Math.ceil(all / MOST_BOXES);
  const shown = Math.ceil(all / group);
  const across = Math.ceil(Math.sqrt(Math.min(batch, samples)));
  const apart =
    group === 1
      ? APARTS.find((apart) => heightOf(shown, across * apart + 4, width) <= MOST_HEIGHT)
      : undefined;
  const side = apart
    ? across * apart + 4
    : FILLED_SIDES.find((side) => heightOf(shown, side, width) <= MOST_HEIGHT);
  const rest = samples % batch;
  const short = rest === 0 ? -1 : shown - 1;
  const columns = columnsOf(side, width);
  const parts = Array.from({ length: shown }, (_, box) => {
    const at = { x: (box % columns) * (side + GAP) + 1, y: Math.floor(box / columns) * (side + GAP) + 1 };
    return oneBox(at, side, box === short ? rest : batch, box === short, apart ? { across, apart } : null);
  });
  const values = { steps: whole(stepsPerEpoch(run())), last: whole(lastBatch(run())) };
  const note = group > 1 ? plain("boxes.grouped", { boxes: whole(group) }) : "";
  const height = heightOf(shown, side, width);
  const text = group > 1 ? [label(0, height + 16, note, "tick")] : [];
  return picture(
    width,
    height + (group > 1 ? 24 : 2),
    `${plain("boxes.picture", values)} ${note}`,
    ...parts,
    ...text,
  );
}

function columnsOf(side, width) {
  return Math.max(1, Math.floor((width + GAP) / (side + GAP)));
}

function heightOf(count, side, width) {
  return side > width ? Infinity : Math.ceil(count / columnsOf(side, width)) * (side + GAP);
}

// A box with so many samples in it: as dots, or filled as far as it is full.
function oneBox({ x, y }, side, count, short, dots) {
  const kind = short ? (dropLast ? " dropped" : " short") : "";
  const frame = rectangles([[x, y, side - 2, side - 2]], `box${kind}`);
  if (dots) return shape("g", {}, frame, samplesOf({ x, y }, count, dots, `fill${kind}`));
  const high = (side - 6) * Math.min(1, count / numbers.b);
  return shape("g", {}, frame, rectangles([[x + 2, y + 2 + side - 6 - high, side - 6, high]], `fill${kind}`));
}

function samplesOf({ x, y }, count, { across, apart }, className) {
  const place = (sample) => [
    x + 1 + apart * ((sample % across) + 0.5),
    y + 1 + apart * (Math.floor(sample / across) + 0.5),
  ];
  const centres = Array.from({ length: count }, (_, sample) => place(sample));
  // Thousands of discs are slow; so small, a square looks the same.
  if (apart < 5)
    return rectangles(
      centres.map(([cx, cy]) => [cx - 0.35 * apart, cy - 0.35 * apart, 0.7 * apart, 0.7 * apart]),
      className,
    );
  return discs(centres, 0.36 * apart, className);
}
