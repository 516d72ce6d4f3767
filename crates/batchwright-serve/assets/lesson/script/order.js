// Part 3: 100 samples shuffled and dealt out, beside 100 that are drawn and put back.
import { neverDrawn } from "./counting.js";
import { below, generator, shuffled } from "./random.js";
import { digits, plain, say, whole } from "./text.js";
import { numbers, onRedraw } from "./numbers.js";
import { element, places, result, write } from "./page.js";
import { button, heading } from "./controls.js";
import { discs, figure, picture } from "./svg.js";
import { judgeNumber, predict } from "./predict.js";

const SAMPLES = 100;
const BATCH = 10;
const SEED = 7;
const KINDS = ["never", "once", "often"];

export function startOrder() {
  const expected = SAMPLES * neverDrawn(SAMPLES);
  predict("order", {
    question: () => say("order.predict"),
    most: SAMPLES,
    judge: judgeNumber(Math.round(expected), 3),
    answer: () => say("order.predicted", { answer: whole(expected), share: digits(neverDrawn(SAMPLES), 3) }),
  });
  const { play } = places("order");
  const buttons = element(play, "div", { class: "buttons" });
  button(buttons, "order.one_batch", () => draw(BATCH));
  button(buttons, "order.one_epoch", () => draw(SAMPLES - (game.drawn % SAMPLES)));
  button(buttons, "play.start_again", () => start());
  const way = result(play);
  const pair = element(play, "div", { class: "pair" });
  const grids = ["shuffled", "drawn"].map((name) => grid(pair, name));
  const key = element(play, "ul", { class: "legend" });
  onRedraw(() => key.replaceChildren(...KINDS.map(keyOf)));
  const formula = element(play, "p", { class: "note" });
  onRedraw(() => {
    const share = neverDrawn(numbers.n);
    write(
      formula,
      say("order.formula", { n: whole(numbers.n), share: digits(share, 3), never: whole(numbers.n * share) }),
    );
  });

  let game;
  const show = () => {
    const epoch = Math.max(1, Math.ceil(game.drawn / SAMPLES));
    write(way, say("order.drawn_so_far", { drawn: game.drawn - (epoch - 1) * SAMPLES, epoch }));
    grids.forEach((grid, at) => grid(game.seen[at]));
  };
  const start = () => {
    game = { random: generator(SEED), drawn: 0, order: [], seen: [counts(), counts()] };
    show();
  };
  const draw = (times) => {
    for (let time = 0; time < times; time += 1) drawOne(game);
    show();
  };
  start();
  onRedraw(show);
}

// How often each sample was seen in this epoch.
function counts() {
  return new Array(SAMPLES).fill(0);
}

function drawOne(game) {
  if (game.drawn % SAMPLES === 0) {
    game.order = shuffled(game.random, counts().keys());
    game.seen = [counts(), counts()];
  }
  game.seen[0][game.order[game.drawn % SAMPLES]] += 1;
  game.seen[1][below(game.random, SAMPLES)] += 1;
  game.drawn += 1;
}

function kindOf(times) {
  return KINDS[Math.min(times, 2)];
}

// A grid of dots with its heading and its count. Returns a function that shows how often each was seen.
function grid(parent, name) {
  const box = element(parent, "div");
  heading(box, `order.${name}`);
  let seen = counts();
  const again = figure(box, (width) => dots(width, name, seen), 300);
  const told = element(box, "p", { class: "note" });
  return (now) => {
    seen = now;
    write(told, say("order.count", tally(seen)));
    again();
  };
}

function tally(seen) {
  return Object.fromEntries(
    KINDS.map((kind) => [kind, seen.filter((times) => kindOf(times) === kind).length]),
  );
}

function dots(width, name, seen) {
  const side = width / 10;
  const parts = KINDS.map((kind) => {
    const at = [...seen.keys()].filter((sample) => kindOf(seen[sample]) === kind);
    const centres = at.map((sample) => [
      side * ((sample % 10) + 0.5),
      side * (Math.floor(sample / 10) + 0.5),
    ]);
    return dotsOf(kind, centres, 0.32 * side);
  });
  const label = `${plain(`order.${name}`)}: ${plain("order.count", tally(seen))}`;
  return picture(width, width, label, ...parts.flat());
}

// Never: a ring. Once: a disc. Often: a disc with a ring around it.
function dotsOf(kind, centres, radius) {
  if (kind === "often")
    return [discs(centres, radius, "ring often"), discs(centres, 0.6 * radius, "fill often")];
  return [discs(centres, radius, kind === "never" ? "ring" : "fill")];
}

function keyOf(kind) {
  const item = document.createElement("li");
  const dot = picture(22, 22, "", ...dotsOf(kind, [[11, 11]], 7));
  dot.setAttribute("aria-hidden", "true");
  item.append(dot, plain(`order.${kind}`));
  return item;
}
