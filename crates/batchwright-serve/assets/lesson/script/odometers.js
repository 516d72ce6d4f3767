// Part 2: samples, steps, epochs and micro-batches as four counters of one journey.
import {
  effectiveBatch,
  microBatchesAfter,
  samplesAfter,
  samplesPerEpoch,
  stepsPerEpoch,
} from "./counting.js";
import { digits, say, whole } from "./text.js";
import { change, numbers, onRedraw } from "./numbers.js";
import { element, places, result, write } from "./page.js";
import { button, slider } from "./controls.js";
import { judgeNumber, predict } from "./predict.js";

const ASKED = { micro: 8, accumulation: 4, devices: 2 };
const COUNTERS = ["samples", "steps", "epochs", "micro_batches"];
// The slider of the way covers so many epochs at most.
const MOST_EPOCHS = 3;

function parts() {
  return { micro: numbers.m, accumulation: numbers.a, devices: numbers.d };
}

function run() {
  return { samples: numbers.n, batch: effectiveBatch(parts()) };
}

export function startOdometers() {
  const answer = effectiveBatch(ASKED);
  predict("odometers", {
    question: () => say("odometers.predict"),
    judge: judgeNumber(answer),
    answer: () => say("odometers.predicted", { ...ASKED, answer }),
  });
  const { play } = places("odometers");
  const controls = element(play, "div", { class: "controls" });
  for (const [label, name, most] of [
    ["odometers.micro", "m", 64],
    ["odometers.accumulation", "a", 16],
    ["odometers.devices", "d", 8],
  ]) {
    const own = slider(controls, {
      label,
      high: () => Math.max(most, numbers[name]),
      value: numbers[name],
      onInput: (value) => change({ [name]: value }),
    });
    onRedraw(() => own.set(numbers[name]));
  }
  const formula = element(play, "p", { class: "formula" });
  onRedraw(() =>
    write(
      formula,
      say("odometers.formula", {
        ...parts(),
        batch: whole(run().batch),
        n: whole(numbers.n),
        steps: whole(stepsPerEpoch(run())),
      }),
    ),
  );
  const way = slider(play, {
    label: "odometers.place",
    low: () => 0,
    high: () => MOST_EPOCHS * stepsPerEpoch(run()),
    value: 0,
    onInput: () => count(),
  });
  const buttons = element(play, "div", { class: "buttons" });
  const go = (steps) => {
    way.set(steps);
    count();
  };
  button(buttons, "odometers.one_step", () => go(way.value + 1));
  button(buttons, "odometers.one_epoch", () =>
    go((Math.floor(way.value / stepsPerEpoch(run())) + 1) * stepsPerEpoch(run())),
  );
  button(buttons, "play.start_again", () => go(0));
  const counters = faces(play);
  const told = result(play);
  told.classList.add("spoken");
  const count = () => {
    const values = state(way.value);
    for (const name of COUNTERS) counters[name].textContent = values[name];
    write(told, say("odometers.state", values));
  };
  onRedraw(count);
}

// The four counters after so many steps, as they are written.
function state(steps) {
  const samples = samplesAfter(run(), steps);
  return {
    steps: whole(steps),
    samples: whole(samples),
    epochs: digits(samples / samplesPerEpoch(run()), 3),
    micro_batches: whole(microBatchesAfter(run(), numbers.m, steps)),
  };
}

function faces(parent) {
  const list = element(parent, "dl", { class: "odometers", "aria-hidden": "true" });
  const made = {};
  for (const name of COUNTERS) {
    const box = element(list, "div");
    element(box, "dt", { text: `odometers.${name}` });
    made[name] = element(box, "dd");
  }
  return made;
}
