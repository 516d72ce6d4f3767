// Part 1: samples in boxes of one batch; the short box in its own colour.
import { lastBatch, samplesAfter, stepsPerEpoch } from "./counting.js";
import { digits, plain, say, whole } from "./text.js";
import { change, numbers, onRedraw, range } from "./numbers.js";
import { element, places, result, write } from "./page.js";
import { button, choice, slider } from "./controls.js";
import { discs, figure, picture, rectangles } from "./svg.js";
import { judgeNumber, predict } from "./predict.js";

const ASKED = { samples: 10000, batch: 100 };
const EXAMPLES = [[10000, 100], [1000, 100], [1000, 64], [60000, 32]];
// The sliders end here; larger numbers can be typed.
const MOST = { n: 60000, b: 1024 };
// Above so many, samples are too small to draw, and boxes are drawn in groups.
const MOST_DOTS = 1500;
const MOST_BOXES = 400;
const GAP = 5;

let dropLast = false;

function run() {
  return { samples: numbers.n, batch: numbers.b, dropLast };
}

export function startBoxes() {
  const answer = stepsPerEpoch(ASKED);
  predict("boxes", {
    question: () => say("boxes.predict"),
    judge: judgeNumber(answer),
    answer: () => say("boxes.predicted", { n: whole(ASKED.samples), b: whole(ASKED.batch), answer: whole(answer) }),
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
    options: [["keep", "boxes.keep"], ["drop", "boxes.drop"]],
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
    write(more, stepsPerEpoch(run()) === 0 ? "" : [say("boxes.bar", { steps: whole(stepsPerEpoch(run())) }), wholeRun()].join(" "));
  };
  onRedraw(tell);
  const draw = figure(play, boxes);
}

// A slider for one of the learner's numbers, which follows the field in which it is typed.
function ownSlider(parent, label, name) {
  const high = () => Math.max(MOST[name], Math.min(numbers[name], range(name).high));
  const own = slider(parent, { label, high, value: numbers[name], log: true, onInput: (value) => change({ [name]: value }) });
  onRedraw(() => own.set(numbers[name]));
}

function formula() {
  const { samples, batch } = run();
  const values = { n: whole(samples), b: whole(batch), exact: digits(samples / batch, 6), steps: whole(stepsPerEpoch(run())) };
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
  const values = { epochs: whole(numbers.e), steps: whole(steps), all: whole(all), samples: whole(samplesAfter(run(), all)) };
  return say("boxes.epochs", values);
}

// All boxes of an epoch, also the one that is left out. Few samples are drawn as dots.
function boxes(width) {
  const { samples, batch } = run();
  const all = Math.ceil(samples / batch);
  const group = Math.ceil(all / MOST_BOXES);
  const shown = Math.ceil(all / group);
  const dots = group === 1 && samples <= MOST_DOTS;
  const side = dots ? Math.min(sideForDots(Math.min(batch, samples)), width - 2) : Math.max(12, Math.min(40, Math.floor(width / Math.ceil(Math.sqrt(shown)) / 2)));
  const columns = Math.max(1, Math.floor((width + GAP) / (side + GAP)));
  const height = Math.ceil(shown / columns) * (side + GAP) + (group > 1 ? 22 : 0);
  const corner = (box) => [(box % columns) * (side + GAP) + 1, Math.floor(box / columns) * (side + GAP) + 1];
  const short = samples % batch === 0 ? -1 : shown - 1;
  const places = Array.from({ length: shown }, (_, box) => [...corner(box), side - 2, side - 2]);
  const kept = places.filter((_, box) => box !== short);
  const last = short < 0 ? [] : [places[short]];
  const lastClass = dropLast ? "box dropped" : "box short";
  const inside = dots ? dotsOf(samples, batch, side, corner, short) : fills(kept, last, samples % batch, batch);
  const values = { steps: whole(stepsPerEpoch(run())), last: whole(lastBatch(run())) };
  const note = group > 1 ? ` ${plain("boxes.grouped", { boxes: whole(group) })}` : "";
  const parts = [rectangles(kept, "box"), rectangles(last, lastClass), ...inside];
  return picture(width, height + 2, plain("boxes.picture", values) + note, ...parts);
}

// A box whose dots are about 7 pixels apart.
function sideForDots(batch) {
  return Math.max(16, Math.ceil(Math.sqrt(batch)) * 7 + 6);
}

function dotsOf(samples, batch, side, corner, short) {
  const across = Math.ceil(Math.sqrt(Math.min(batch, samples)));
  const apart = (side - 4) / across;
  const lists = { full: [], short: [] };
  for (let sample = 0; sample < samples; sample += 1) {
    const box = Math.floor(sample / batch);
    const [x, y] = corner(box);
    const at = sample % batch;
    const dot = [x + 1 + apart * ((at % across) + 0.5), y + 1 + apart * (Math.floor(at / across) + 0.5)];
    lists[box === short ? "short" : "full"].push(dot);
  }
  const radius = Math.min(3.2, 0.36 * apart);
  return [discs(lists.full, radius, "fill"), discs(lists.short, radius, dropLast ? "fill dropped" : "fill short")];
}

// Boxes that are too many for dots: full ones are filled, the short one as far as it is.
function fills(kept, last, rest, batch) {
  const inset = ([x, y, width, height], part) => [x + 2, y + 2 + (1 - part) * (height - 4), width - 4, part * (height - 4)];
  const short = last.map((place) => inset(place, rest / batch));
  return [
    rectangles(kept.map((place) => inset(place, 1)), "fill"),
    rectangles(short, dropLast ? "fill dropped" : "fill short"),
  ];
}
