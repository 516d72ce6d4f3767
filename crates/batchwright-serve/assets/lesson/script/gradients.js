// Part 4: arrows of batches around that of all samples, their scatter, and the paths they lead to.
import { digits, plain, say, whole } from "./text.js";
import { numbers, onRedraw } from "./numbers.js";
import { element, measured, places, result, write } from "./page.js";
import { choice, heading } from "./controls.js";
import { figure, line, picture, shape } from "./svg.js";
import { legend, lineChart } from "./chart.js";
import { predict, RIGHT, WRONG } from "./predict.js";

const { arrows, spread, wrong_label: wrongLabel, paths } = measured.gradients;
const HEIGHT = 340;

// A measured value by its batch size.
function of(rows, batch) {
  return rows.find(([size]) => size === batch)[1];
}

export function startGradients() {
  predict("gradients", {
    question: () => say("gradients.predict"),
    options: ["same", "half", "quarter", "sixteenth"].map((name) => [name, () => plain(`gradients.${name}`)]),
    judge: (guess) => (guess === "half" ? RIGHT : WRONG),
    answer: () =>
      say("gradients.predicted", { small: digits(of(spread, 16)), large: digits(of(spread, 64)) }),
  });
  const { play } = places("gradients");
  startArrows(play);
  heading(play, "gradients.chart");
  figure(play, scatter);
  const name = legend(play);
  onRedraw(() => name([plain("gradients.measured"), plain("gradients.law")]));
  const yours = element(play, "p", { class: "formula" });
  onRedraw(() =>
    write(
      yours,
      say("gradients.yours", {
        batch: whole(numbers.b),
        first: digits(of(spread, 1)),
        spread: digits(of(spread, 1) / Math.sqrt(numbers.b)),
      }),
    ),
  );
  startPaths(play);
}

function startArrows(play) {
  let batch = arrows[0].batch;
  choice(play, {
    legend: "gradients.size",
    options: arrows.map((row) => [row.batch, () => whole(row.batch)]),
    value: batch,
    onInput: (value) => {
      batch = value;
      tell();
      draw();
    },
  });
  const draw = figure(
    play,
    (width) =>
      rose(
        width,
        arrows.find((row) => row.batch === batch),
      ),
    560,
  );
  const told = result(play);
  const tell = () => {
    const size = whole(batch);
    const sentences = [
      say("gradients.spread", { batch: size, spread: digits(of(spread, batch)) }),
      say("gradients.outlier", { batch: size, degrees: digits(of(wrongLabel, batch), 2) }),
    ];
    write(told, sentences.join(" "));
  };
  onRedraw(tell);
}

// The arrows of one size, as large as there is room: the thick one is the measure.
function rose(width, { batch, ends }) {
  const reach = Math.max(1, ...ends.flat().map(Math.abs));
  const scale = Math.min(width, HEIGHT) / 2 / (1.05 * reach);
  const centre = [width / 2, HEIGHT / 2];
  const end = ([x, y]) => [centre[0] + scale * x, centre[1] - scale * y];
  const thin = ends.map((at) =>
    shape("g", {}, line([centre, end(at)], "arrow"), head(centre, end(at), 6, "arrow-head")),
  );
  const full = [line([centre, end([1, 0])], "arrow full"), head(centre, end([1, 0]), 11, "arrow-head full")];
  return picture(width, HEIGHT, plain("gradients.picture", { batch: whole(batch) }), ...thin, ...full);
}

// The head of an arrow: a triangle whose tip is the end.
function head(from, tip, size, className) {
  const [dx, dy] = [tip[0] - from[0], tip[1] - from[1]];
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [(size * dx) / length, (size * dy) / length];
  const corners = [
    tip,
    [tip[0] - ux - uy / 2, tip[1] - uy + ux / 2],
    [tip[0] - ux + uy / 2, tip[1] - uy - ux / 2],
  ];
  return shape("polygon", {
    class: className,
    points: corners.map((corner) => corner.map((at) => at.toFixed(1)).join(",")).join(" "),
  });
}

function scatter(width) {
  const first = of(spread, 1);
  const [low, high] = [1, spread.at(-1)[0]];
  return lineChart({
    width,
    x: { low, high, log: true, name: plain("gradients.x") },
    y: { low: 0.2, high: 10, log: true, name: plain("gradients.y") },
    lines: [
      { points: spread, style: 0 },
      {
        points: [
          [low, first],
          [high, first / Math.sqrt(high)],
        ],
        style: 1,
      },
    ],
    marks: spread.map((at) => ({ at, style: 0 })),
    description: plain("gradients.chart"),
  });
}

function startPaths(play) {
  heading(play, "gradients.path");
  const all = measured.samples;
  const named = (batch) => (batch === all ? plain("gradients.all", { n: whole(all) }) : whole(batch));
  let chosen = paths[0].batch;
  choice(play, {
    legend: "gradients.path_size",
    options: paths.map(({ batch }) => [batch, () => named(batch)]),
    value: chosen,
    onInput: (value) => {
      chosen = value;
      draw();
    },
  });
  const draw = figure(play, (width) => trails(width, chosen, named(chosen)));
  element(play, "p", { class: "note", text: "gradients.path_text" });
}

// All paths, the chosen one in front. They begin at the ring.
function trails(width, chosen, name) {
  const points = paths.flatMap((path) => path.points);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = Math.min((width - 30) / (right - left), (HEIGHT - 30) / (high - low));
  const place = ([x, y]) => [15 + scale * (x - left), 15 + scale * (high - y)];
  const others = paths
    .filter(({ batch }) => batch !== chosen)
    .map((path) => line(path.points.map(place), "trail"));
  const own = paths.find(({ batch }) => batch === chosen).points.map(place);
  const dots = own.map(([cx, cy]) => shape("circle", { cx, cy, r: 2.6, class: "fill" }));
  const [cx, cy] = own[0];
  const start = shape("circle", { cx, cy, r: 7, class: "ring" });
  const parts = [...others, line(own, "trail own"), ...dots, start];
  return picture(
    width,
    Math.ceil(scale * (high - low)) + 30,
    plain("gradients.path_picture", { batch: name }),
    ...parts,
  );
}
