// Part 6, last: a study of `find`, run by run, on the map.
import { digits, percent, plain, say, whole } from "./text.js";
import { onRedraw } from "./numbers.js";
import { calm, element, measured, result, write } from "./page.js";
import { button, heading, slider } from "./controls.js";
import { figure, picture, round, shape } from "./svg.js";
import { fields, grid, placeOf } from "./map.js";

const { trials, target } = measured.study;
const MILLISECONDS = 350;

export function startReplay(play) {
  heading(play, "experiment.replay");
  const about = element(play, "p", {});
  onRedraw(() => write(about, say("experiment.replay_text", { target: digits(target) })));
  let [shown, timer] = [1, null];
  const bar = element(play, "div", { class: "controls" });
  const way = slider(bar, {
    label: "experiment.run",
    high: () => trials.length,
    value: shown,
    onInput: (run) => show(run),
  });
  // Who does not want motion moves the slider.
  const toggle = calm ? null : button(bar, "play.play", () => (timer ? pause() : start()));
  const draw = figure(play, (width) => map(width, shown));
  const told = result(play);
  const tell = () => write(told, `${runText(shown)} ${answerText(trials[shown - 1].answer)}`);
  const show = (run) => {
    shown = run;
    way.set(run);
    tell();
    draw();
  };
  const name = (text) => {
    toggle.dataset.text = text;
    toggle.textContent = plain(text);
  };
  const pause = () => {
    clearInterval(timer);
    timer = null;
    told.setAttribute("aria-live", "polite");
    name("play.play");
  };
  const start = () => {
    if (shown === trials.length) show(1);
    name("play.pause");
    // Three runs a second are too many to be read out.
    told.setAttribute("aria-live", "off");
    timer = setInterval(() => (shown < trials.length ? show(shown + 1) : pause()), MILLISECONDS);
  };
  onRedraw(tell);
}

function runText(run) {
  const { batch, rate, end, steps } = trials[run - 1];
  return say(`experiment.run_${end}`, {
    run,
    runs: trials.length,
    batch: whole(batch),
    rate,
    steps: whole(steps),
  });
}

function answerText(answer) {
  if (!answer) return say("experiment.no_answer");
  const [batch, rate, regret] = answer;
  return say("experiment.answer", { batch: whole(batch), rate: digits(rate), regret: percent(regret) });
}

// The map in the background, the runs on it, the newest one largest.
function map(width, shown) {
  const { parts, height } = fields(width);
  const { centre } = grid(width);
  const runs = trials.slice(0, shown).map(({ batch, rate, end }, at) => {
    const [cx, cy] = centre(...placeOf(batch, rate));
    const newest = at === shown - 1;
    return shape("circle", {
      cx: round(cx),
      cy: round(cy),
      r: newest ? 8 : 4.5,
      class: `run ${end}${newest ? " newest" : ""}`,
    });
  });
  const faded = shape("g", { class: "faded" }, ...parts);
  return picture(width, height, plain("experiment.replay_picture", { runs: shown }), faded, ...runs);
}
