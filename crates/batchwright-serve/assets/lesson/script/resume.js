// Part 7: a training is stopped within an epoch and goes on: where it was, or wrongly.
import { position, samplesAfter, stepsPerEpoch } from "./counting.js";
import { plain, say, whole } from "./text.js";
import { numbers, onRedraw } from "./numbers.js";
import { element, measured, places, result, write } from "./page.js";
import { choice, heading, slider } from "./controls.js";
import { figure, label, picture, shape } from "./svg.js";
import { judgeNumber, predict } from "./predict.js";

const ASKED = { samples: 1000, batch: 64 };
const ASKED_STEPS = 20;
const BATCH = 4;
const ORDER = measured.order[1];
const SHOWN = { samples: ORDER.length, batch: BATCH };

export function startResume() {
  const { epoch, used } = position(ASKED, ASKED_STEPS);
  const perEpoch = stepsPerEpoch(ASKED);
  predict("resume", {
    question: () => say("resume.predict"),
    judge: judgeNumber(used),
    answer: () =>
      say("resume.predicted", {
        answer: whole(used),
        per_epoch: epoch * perEpoch,
        rest: ASKED_STEPS - epoch * perEpoch,
      }),
  });
  const { play } = places("resume");
  heading(play, "resume.strip");
  const now = { stop: 2, way: "exact" };
  const set = (some) => {
    Object.assign(now, some);
    tell();
    draw();
  };
  slider(play, {
    label: "resume.stop",
    high: () => stepsPerEpoch(SHOWN) - 1,
    value: now.stop,
    onInput: (stop) => set({ stop }),
  });
  choice(play, {
    legend: "resume.way",
    options: ["exact", "repeat", "skip"].map((way) => [way, `resume.${way}`]),
    value: now.way,
    onInput: (way) => set({ way }),
  });
  const draw = figure(play, (width) => strip(width, now), 560);
  const key = element(play, "ul", { class: "legend" });
  onRedraw(() => key.replaceChildren(...["before", "after", "both", "neither"].map(keyOf)));
  const told = result(play);
  const tell = () => write(told, outcome(now));
  onRedraw(tell);
  startOwn(play);
}

// When a sample of this place in the order is used: before the stop, after it, both times or never.
function usage({ stop, way }, place) {
  const before = place < stop * BATCH;
  if (way === "repeat") return before ? "both" : "after";
  if (way === "skip") return before ? "before" : "neither";
  return before ? "before" : "after";
}

function outcome(now) {
  const used = samplesAfter(SHOWN, now.stop);
  if (now.way === "repeat") return say("resume.repeats", { twice: used });
  if (now.way === "skip") return say("resume.skips", { never: ORDER.length - used });
  return say("resume.fine");
}

// The samples in their order, with their numbers, in boxes of one batch.
function strip(width, now) {
  const boxes = ORDER.length / BATCH;
  const across = width < 420 ? boxes / 2 : boxes;
  const box = width / across;
  const side = (box - 10) / 2;
  const parts = ORDER.map((sample, place) => {
    const at = Math.floor(place / BATCH);
    const x = box * (at % across) + 5 + side * (place % 2);
    const y = Math.floor(at / across) * (2 * side + 18) + 5 + side * Math.floor((place % BATCH) / 2);
    return tile(x, y, side - 3, usage(now, place), sample);
  });
  return picture(
    width,
    Math.ceil((boxes / across) * (2 * side + 18)),
    outcome(now).replace(/<[^>]*>/g, ""),
    ...parts,
  );
}

function tile(x, y, side, kind, text) {
  const size = { x: x.toFixed(1), y: y.toFixed(1), width: side.toFixed(1), height: side.toFixed(1), rx: 4 };
  const parts = [shape("rect", { ...size, class: `tile ${kind}` })];
  if (kind === "both")
    parts.push(
      shape("rect", {
        x: (x + 4).toFixed(1),
        y: (y + 4).toFixed(1),
        width: (side - 8).toFixed(1),
        height: (side - 8).toFixed(1),
        rx: 3,
        class: "tile inner",
      }),
    );
  if (text !== "") parts.push(label(x + side / 2, y + side / 2 + 5, text, `tile-text ${kind}`, "middle"));
  return shape("g", {}, ...parts);
}

function keyOf(kind) {
  const item = document.createElement("li");
  item.append(
    shape("svg", { width: 24, height: 22, "aria-hidden": "true" }, tile(1, 1, 20, kind, "")),
    plain(`resume.${kind}`),
  );
  return item;
}

// The same for the learner's own training.
function startOwn(play) {
  const run = () => ({ samples: numbers.n, batch: numbers.b });
  const stop = slider(play, {
    label: "resume.own_steps",
    low: () => 0,
    high: () => Math.min(numbers.e, 100) * stepsPerEpoch(run()),
    value: ASKED_STEPS,
    onInput: () => tell(),
  });
  const formula = element(play, "p", { class: "formula", "aria-live": "polite" });
  const tell = () => {
    const { epoch, used } = position(run(), stop.value);
    write(
      formula,
      say("resume.formula", {
        n: whole(numbers.n),
        b: whole(numbers.b),
        steps: whole(stop.value),
        epoch: whole(epoch + 1),
        used: whole(used),
      }),
    );
  };
  onRedraw(tell);
}
