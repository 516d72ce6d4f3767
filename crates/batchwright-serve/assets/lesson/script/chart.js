// Line charts: scales, axes, lines that differ in colour and in dashes, and their legend.
import { digits } from "./text.js";
import { element } from "./page.js";
import { label, line, picture, round, shape } from "./svg.js";

const MARGIN = { left: 52, right: 16, top: 12, bottom: 42 };

// From a value to its share of the axis, in 0..=1.
function share({ low, high, log }, value) {
  return log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
}

// Values at which an axis is labelled: powers, or whole multiples of 1, 2 or 5.
export function ticks({ low, high, log }, most) {
  if (log) return logTicks(low, high, most);
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, at) => (first + at) * step);
}

function logTicks(low, high, most) {
  for (const factors of [[1, 2, 5], [1], [1, null]]) {
    const found = [];
    const stride = factors.includes(null) ? 2 : 1;
    for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power += stride) {
      for (const factor of factors) {
        const value = factor * 10 ** power;
        if (factor && value >= low * 0.999 && value <= high * 1.001) found.push(value);
      }
    }
    if (found.length <= most) return found;
  }
  return [low, high];
}

// A chart. `lines` are { points: [[x, y], ..], style: 0.., name }, where the style is that of the legend;
// `marks` are single points { at, style, text }; `rules` are horizontal lines { y, text }.
export function lineChart({ width, height = 260, x, y, lines, marks = [], rules = [], description }) {
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const place = ([vx, vy]) => [
    MARGIN.left + inner.width * share(x, vx),
    MARGIN.top + inner.height * (1 - share(y, vy)),
  ];
  const [left, bottom] = [MARGIN.left, MARGIN.top + inner.height];
  const parts = [];
  for (const value of ticks(y, 6)) {
    const [, py] = place([x.low, value]);
    parts.push(
      line(
        [
          [left, py],
          [left + inner.width, py],
        ],
        "grid",
      ),
      label(left - 6, py + 4, digits(value), "tick", "end"),
    );
  }
  for (const value of ticks(x, Math.max(3, Math.floor(inner.width / 62)))) {
    const [px] = place([value, y.low]);
    parts.push(
      line(
        [
          [px, bottom],
          [px, bottom + 4],
        ],
        "grid",
      ),
      label(px, bottom + 18, digits(value), "tick", "middle"),
    );
  }
  parts.push(label(left + inner.width / 2, height - 4, x.name, "tick", "middle"));
  parts.push(label(left, MARGIN.top - 2, y.name, "tick"));
  for (const rule of rules) {
    const [, py] = place([x.low, rule.y]);
    parts.push(
      line(
        [
          [left, py],
          [left + inner.width, py],
        ],
        "rule",
      ),
      label(left + inner.width, py - 5, rule.text, "tick", "end"),
    );
  }
  for (const { points, style } of lines) parts.push(line(points.map(place), `line style-${style}`));
  for (const { at, style, text } of marks) {
    const [cx, cy] = place(at);
    parts.push(shape("circle", { cx: round(cx), cy: round(cy), r: 5, class: `mark style-${style}` }));
    if (text) parts.push(label(cx, cy - 9, text, "value", anchorAt(cx - left, inner.width)));
  }
  return picture(width, height, description, ...parts);
}

// A text near an edge grows away from it.
function anchorAt(x, width) {
  if (x < 30) return "start";
  return x > width - 40 ? "end" : "middle";
}

// What the lines are: a list, each with a piece of its line.
export function legend(parent) {
  const list = element(parent, "ul", { class: "legend" });
  return (names) => {
    list.replaceChildren();
    names.forEach((name, style) => {
      const item = element(list, "li");
      const piece = shape(
        "svg",
        { width: 34, height: 12, "aria-hidden": "true" },
        line(
          [
            [1, 6],
            [33, 6],
          ],
          `line style-${style}`,
        ),
      );
      item.append(piece, name);
    });
  };
}
