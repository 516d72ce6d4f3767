// Part 5: time of a step and memory against the batch size; a card's memory is filled until it bursts.
import { largestThatFits, stepsPerEpoch } from "./counting.js";
import { bytes, digits, duration, percent, plain, say, whole } from "./text.js";
import { numbers, onRedraw } from "./numbers.js";
import { element, measured, places, result, write } from "./page.js";
import { choice, heading, slider } from "./controls.js";
import { figure, label, picture, rectangles } from "./svg.js";
import { legend, lineChart } from "./chart.js";
import { judgeNumber, predict } from "./predict.js";

const { steps, memory } = measured.costs;
const ASKED = 64;
const GIB = 2 ** 30;
const CARDS = [6, 8, 16, 24, 80];

function secondsOf(batch) {
  return steps.find((row) => row.batch === batch).seconds;
}

export function startCosts() {
  const times = secondsOf(ASKED) / secondsOf(1);
  predict("costs", {
    question: () => say("costs.predict", { seconds: duration(secondsOf(1)) }),
    judge: judgeNumber(times, 0.5),
    answer: () =>
      say("costs.predicted", {
        answer: digits(times, 2),
        seconds: duration(secondsOf(ASKED)),
        share: percent(times / ASKED),
      }),
  });
  const { play } = places("costs");
  startTime(play);
  startMemory(play);
}

function startTime(play) {
  heading(play, "costs.time");
  let at = steps.findIndex((row) => row.batch === ASKED);
  slider(play, {
    label: "costs.size",
    low: () => 0,
    high: () => steps.length - 1,
    value: at,
    show: (place) => whole(steps[place].batch),
    onInput: (place) => {
      at = place;
      tell();
      draw();
    },
  });
  const draw = figure(play, (width) => times(width, at));
  const names = legend(play);
  onRedraw(() => names([plain("costs.step"), plain("costs.sample")]));
  element(play, "p", { class: "note", text: "frame.chart_measured" });
  const told = result(play);
  const tell = () => {
    const { batch, seconds } = steps[at];
    const ofEpoch = stepsPerEpoch({ samples: measured.samples, batch });
    const values = {
      batch: whole(batch),
      step: duration(seconds),
      sample: duration(seconds / batch),
      n: whole(measured.samples),
      steps: whole(ofEpoch),
      epoch: duration(ofEpoch * seconds),
    };
    write(told, say("costs.at", values));
  };
  onRedraw(tell);
}

function times(width, at) {
  const micro = 1e6;
  const ofStep = steps.map(({ batch, seconds }) => [batch, micro * seconds]);
  const ofSample = steps.map(({ batch, seconds }) => [batch, (micro * seconds) / batch]);
  return lineChart({
    width,
    x: { low: 1, high: steps.at(-1).batch, log: true, name: plain("costs.size") },
    y: { low: 0.2, high: 1000, log: true, name: plain("costs.seconds") },
    lines: [
      { points: ofStep, style: 0 },
      { points: ofSample, style: 1 },
    ],
    marks: [
      { at: ofStep[at], style: 0, text: digits(ofStep[at][1]) },
      { at: ofSample[at], style: 1, text: digits(ofSample[at][1]) },
    ],
    description: plain("costs.time"),
  });
}

function startMemory(play) {
  heading(play, "costs.memory");
  const now = { network: memory.at(-1), card: CARDS[1], samples: 1 };
  const set = (some) => {
    Object.assign(now, some);
    samples.set(now.samples);
    tell();
    draw();
  };
  choice(play, {
    legend: "costs.network",
    options: memory.map((network) => [network.kind, `costs.${network.kind}`]),
    value: now.network.kind,
    onInput: (kind) => set({ network: memory.find((network) => network.kind === kind), samples: 1 }),
  });
  choice(play, {
    legend: "costs.card",
    options: CARDS.map((card) => [card, () => `${card} GiB`]),
    value: now.card,
    onInput: (card) => set({ card }),
  });
  const samples = slider(play, {
    label: "costs.at_once",
    // A bit more than what fits, so that it can burst.
    high: () => Math.max(4, Math.ceil(1.6 * largest(now))),
    value: 1,
    log: true,
    onInput: (value) => set({ samples: value }),
  });
  const draw = figure(play, (width) => tank(width, now));
  const told = result(play);
  const tell = () => write(told, `${filling(now)} ${accumulating(now)}`);
  onRedraw(tell);
  element(play, "p", { class: "note", text: "costs.planned" });
}

function largest({ network, card }) {
  return largestThatFits({ memory: card * GIB, ...network });
}

function used({ network, samples }) {
  return network.fixed + samples * network.sample;
}

function filling(now) {
  const values = { used: bytes(used(now)), memory: bytes(now.card * GIB), largest: whole(largest(now)) };
  if (largest(now) === 0) return say("costs.fits_none", values);
  return say(used(now) > now.card * GIB ? "costs.bursts" : "costs.fits", values);
}

function accumulating(now) {
  const most = largest(now);
  const batch = numbers.b;
  if (most === 0) return "";
  if (batch <= most) return say("costs.whole", { batch: whole(batch) });
  const times = Math.ceil(batch / most);
  return say("costs.accumulate", {
    batch: whole(batch),
    times: whole(times),
    micro: whole(Math.ceil(batch / times)),
  });
}

// The card as a tank: the network, its samples, and what no longer fits.
function tank(width, now) {
  const [full, height] = [now.card * GIB, 46];
  const burst = used(now) > full;
  const scale = (width - 4) / (1.3 * full);
  const fixed = Math.min(now.network.fixed, 1.3 * full) * scale;
  const all = Math.min(used(now), 1.3 * full) * scale;
  const parts = [
    rectangles([[2, 18, full * scale, height]], "box"),
    rectangles([[2, 18, fixed, height]], "weights"),
    rectangles([[2 + fixed, 18, Math.max(0, all - fixed), height]], burst ? "fill burst" : "fill"),
    rectangles([[2 + full * scale, 10, 2, height + 16]], "edge"),
    label(2 + full * scale, 10, bytes(full), "tick", "middle"),
    label(2, 18 + height + 18, `${plain("costs.weights")}: ${bytes(now.network.fixed)}`, "tick"),
    label(
      2,
      18 + height + 36,
      `${plain("costs.samples")}: ${whole(now.samples)} × ${bytes(now.network.sample)}`,
      "tick",
    ),
  ];
  return picture(width, height + 60, filling(now).replace(/<[^>]*>/g, ""), ...parts);
}
