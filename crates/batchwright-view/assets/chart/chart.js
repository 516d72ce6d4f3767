// A chart of many lines: drawn, read at a cursor, and zoomed, by pointer and by keyboard.
import { make, shape, text } from "./elements.js";
import { exact, scale, short, spreads, ticks, timeUnit, where } from "./scale.js";

// Lines whose values are told at the cursor.
const MOST_TOLD = 8;
const DASHES = ["none", "7 3", "2 3", "9 3 2 3"];
// A turn of the colours that puts neighbours far apart.
const TURN = 137.508;

// What a line looks like: of a number its colour by its hue, and from the 13th on its dashes too; or
// `{colour, wide}`.
export function look(line, at) {
  if (typeof at === "object") {
    line.style.setProperty("--line", at.colour);
    line.classList.toggle("wide", at.wide);
    return line;
  }
  line.style.setProperty("--hue", String((210 + at * TURN) % 360));
  line.style.setProperty("--dash", DASHES[Math.floor(at / 12) % DASHES.length]);
  return line;
}

// How a trial ended, drawn at the end of its line.
const ENDS = {
  reached: "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
  missed: "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
  lost: "M0-5v10",
  diverged: "M-4-4l8 8m0-8l-8 8",
};

// The mark of an end.
export function endMark(end) {
  return shape("path", { class: `end ${end}`, d: ENDS[end] });
}

// A chart in `parent`. `zoomed(from, to)` is called when another part of the axis is wanted; both are null
// for all of it.
export class Chart {
  constructor(parent, zoomed) {
    this.zoomed = zoomed;
    this.shown = null;
    this.cursor = null;
    this.pressed = null;
    this.frame = make("div", { class: "plot", tabindex: "0", role: "group", "aria-describedby": "chart-keys" });
    this.values = make("div", { class: "values", role: "region", "aria-label": text("values") });
    const keys = make("p", { class: "note", id: "chart-keys" }, text("chart_keys"));
    parent.append(this.frame, this.buttons(), this.values, keys);
    this.frame.addEventListener("keydown", (event) => this.key(event));
    for (const [kind, act] of Object.entries({
      pointermove: (event) => this.move(event),
      pointerdown: (event) => this.press(event),
      pointerup: (event) => this.release(event),
      pointercancel: () => this.leave(),
      pointerleave: () => this.leave(),
    })) {
      this.frame.addEventListener(kind, act);
    }
    new ResizeObserver(() => this.draw()).observe(this.frame);
  }

  buttons() {
    const acts = [
      ["zoom_in", () => this.zoom(0.5)],
      ["zoom_out", () => this.zoom(2)],
      ["left", () => this.shift(-0.25)],
      ["right", () => this.shift(0.25)],
      ["zoom_reset", () => this.zoomed(null, null)],
    ];
    const made = acts.map(([key, act]) => {
      const button = make("button", { type: "button" }, text(key));
      button.addEventListener("click", act);
      return button;
    });
    return make("div", { class: "buttons" }, ...made);
  }

  // Shows lines: `{from, to, range, axis, metric, log, title, lines}`; a line has `title`, `look`,
  // `points` and maybe `smooth`, each a flat list of places and values, and maybe `tag`, a short text at its
  // end, and `end`, how it ended. Maybe with `label`, the metric in words, and `level`, a value to reach with
  // its `title`.
  show(shown) {
    this.shown = shown;
    this.draw();
  }

  draw() {
    const width = this.frame.clientWidth;
    if (!this.shown || width === 0) return;
    const { from, to, axis, metric, lines, title } = this.shown;
    const height = width < 500 ? 280 : 360;
    const tags = lines.some((line) => line.tag);
    const box = { left: 58, right: width - (tags ? 30 : 14), top: 26, bottom: height - 42 };
    const [low, high, log] = this.heights();
    this.x = scale(from, to, box.left, box.right);
    this.y = scale(low, high, box.bottom, box.top, log);
    const svg = shape("svg", { width, height, role: "img", "aria-label": title });
    svg.append(shape("clipPath", { id: "plot" }, rectangle(box)));
    this.axes(svg, box);
    const drawn = shape("g", { "clip-path": "url(#plot)" });
    for (const line of lines) {
      if (line.smooth) drawn.append(this.path(line, line.points, "line pale"));
      drawn.append(this.path(line, line.smooth ?? line.points, "line"));
    }
    for (const line of lines) if (line.end) drawn.append(...this.end(line));
    if (this.shown.level) drawn.append(...this.level(box));
    this.marks = shape("g", { class: "marks" });
    svg.append(drawn, this.marks);
    if (tags) svg.append(...this.tags(box));
    svg.append(label(2, 14, (this.shown.label ?? text(metric)) + (log ? ` (${text("log").toLowerCase()})` : ""), "start"));
    this.box = box;
    this.frame.replaceChildren(svg);
    this.frame.setAttribute("aria-label", title);
    this.tell();
  }

  // The lowest and the highest value that is shown, with room, and whether the axis is logarithmic.
  heights() {
    const { from, to, lines, log } = this.shown;
    let [low, high, least] = [Infinity, -Infinity, Infinity];
    for (const line of lines) {
      const points = line.smooth ?? line.points;
      for (let at = 0; at < points.length; at += 2) {
        const value = points[at + 1];
        if (value === null || points[at] < from || points[at] > to) continue;
        [low, high] = [Math.min(low, value), Math.max(high, value)];
        if (value > 0) least = Math.min(least, value);
      }
    }
    const level = this.shown.level?.value;
    if (level !== undefined) [low, high] = [Math.min(low, level), Math.max(high, level)];
    if (level > 0) least = Math.min(least, level);
    if (low > high) return [0, 1, false];
    const logarithmic = log ?? spreads(low, high);
    if (logarithmic && least < Infinity) {
      const bottom = low > 0 ? low : least;
      return bottom < high ? [bottom / 1.1, high * 1.1, true] : [bottom / 2, high * 2, true];
    }
    const room = 0.06 * (high - low) || Math.abs(high) * 0.1 || 1;
    return [low - room, high + room, false];
  }

  axes(svg, box) {
    const { axis, to } = this.shown;
    const show = this.shown.metric === "accuracy" ? (value) => exact(value, "accuracy") : short;
    for (const value of ticks(this.y, 5)) {
      const y = this.y.at(value);
      svg.append(shape("line", { class: "grid", x1: box.left, x2: box.right, y1: y, y2: y }));
      svg.append(label(box.left - 6, y + 4, show(value), "end"));
    }
    const [unit, unitName] = axis === "seconds" ? timeUnit(to) : [1, ""];
    const inUnits = { low: this.x.low / unit, high: this.x.high / unit, log: false };
    for (const value of ticks(inUnits, box.right - box.left < 400 ? 4 : 8)) {
      const x = this.x.at(value * unit);
      svg.append(shape("line", { class: "tick", x1: x, x2: x, y1: box.bottom, y2: box.bottom + 4 }));
      svg.append(label(x, box.bottom + 18, short(value), "middle"));
    }
    const named = unitName ? `${text(axis)} (${unitName})` : text(axis);
    svg.append(shape("line", { class: "tick", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }));
    svg.append(label((box.left + box.right) / 2, box.bottom + 36, named, "middle"));
  }

  // A value that is no number breaks the line.
  path(line, points, kind) {
    const parts = [];
    let pen = "M";
    for (let at = 0; at < points.length; at += 2) {
      const value = points[at + 1];
      if (value === null || (this.y.log && value <= 0)) {
        pen = "M";
        continue;
      }
      parts.push(`${pen}${this.x.at(points[at]).toFixed(1)} ${this.y.at(value).toFixed(1)}`);
      pen = "L";
    }
    return look(shape("path", { class: kind, d: parts.join("") }), line.look);
  }

  // The mark at the last point of a line; nothing where it is not drawn.
  end({ points, look: at, end }) {
    const [x, value] = points.slice(-2);
    if (value === undefined || value === null || (this.y.log && value <= 0)) return [];
    const place = `translate(${this.x.at(x).toFixed(1)} ${this.y.at(value).toFixed(1)})`;
    const mark = endMark(end);
    mark.setAttribute("transform", place);
    return [look(mark, at)];
  }

  // The value to reach, as a line across.
  level(box) {
    const { value, title } = this.shown.level;
    if (this.y.log && value <= 0) return [];
    const y = this.y.at(value);
    const line = shape("line", { class: "level", x1: box.left, x2: box.right, y1: y, y2: y });
    const above = y - 6 > box.top + 12;
    return [line, label(box.right - 4, above ? y - 6 : y + 15, title, "end")];
  }

  // The tags of the lines beside their last points, moved apart.
  tags(box) {
    const ends = this.shown.lines.flatMap((line) => {
      const points = line.smooth ?? line.points;
      for (let at = points.length - 2; at >= 0; at -= 2) {
        const value = points[at + 1];
        if (value !== null && points[at] <= this.shown.to && !(this.y.log && value <= 0)) return [[this.y.at(value), line]];
      }
      return [];
    });
    ends.sort((a, b) => a[0] - b[0]);
    const gap = Math.min(13, (box.bottom - box.top) / Math.max(ends.length, 1));
    let free = box.top + 8;
    const places = ends.map(([y]) => {
      const here = Math.max(y, free);
      free = here + gap;
      return here;
    });
    let most = box.bottom;
    for (let at = places.length - 1; at >= 0; at -= 1) {
      places[at] = Math.min(places[at], most);
      most = places[at] - gap;
    }
    return ends.map(([, line], at) => {
      const made = label(box.right + 4, places[at] + 4, line.tag, "start");
      made.setAttribute("class", "tag");
      return look(made, line.look);
    });
  }

  // Tells the values at the cursor, those nearest to it first.
  tell(spoken = false) {
    this.values.setAttribute("aria-live", spoken ? "polite" : "off");
    this.marks?.replaceChildren();
    if (this.cursor === null || !this.shown?.lines.length) {
      this.values.replaceChildren();
      return;
    }
    const { axis, metric, lines } = this.shown;
    const found = lines.map((line) => [line, nearest(line, this.cursor.x)]).filter(([, point]) => point);
    const height = (point) => this.y.at(point[1]);
    if (this.cursor.y !== null) {
      const distance = ([, point]) => Math.abs(height(point) - this.cursor.y);
      found.sort((a, b) => distance(a) - distance(b));
    }
    const x = this.x.at(this.cursor.x);
    this.marks.append(shape("line", { class: "cursor", x1: x, x2: x, y1: this.box.top, y2: this.box.bottom }));
    const told = found.slice(0, MOST_TOLD).map(([line, point]) => {
      const disc = shape("circle", { class: "disc", cx: this.x.at(point[0]), cy: height(point), r: 4 });
      this.marks.append(look(disc, line.look));
      const value = make("strong", {}, exact(point[1], metric));
      return make("li", {}, look(make("span", { class: "swatch" }), line.look), `${line.title} `, value);
    });
    if (found.length > MOST_TOLD) {
      told.push(make("li", {}, text("more_lines", { count: found.length - MOST_TOLD })));
    }
    const head = make("p", {}, `${text(axis)} ${where(this.cursor.x, axis)}`);
    this.values.replaceChildren(head, make("ul", {}, ...told));
  }

  place(event) {
    const bounds = this.frame.getBoundingClientRect();
    const x = Math.min(Math.max(event.clientX - bounds.left, this.box.left), this.box.right);
    return { x: this.x.value(x), y: event.clientY - bounds.top };
  }

  move(event) {
    if (!this.shown) return;
    this.cursor = this.place(event);
    this.tell();
    if (this.pressed !== null) this.marks.append(this.chosen());
  }

  press(event) {
    if (!this.shown || event.button !== 0 || event.pointerType === "touch") return;
    this.pressed = this.place(event).x;
    this.frame.setPointerCapture(event.pointerId);
  }

  release(event) {
    if (this.pressed === null) return;
    const [from, to] = [this.pressed, this.place(event).x].sort((a, b) => a - b);
    this.pressed = null;
    if (this.x.at(to) - this.x.at(from) > 8) this.zoomed(from, to);
  }

  leave() {
    this.pressed = null;
    this.cursor = null;
    this.tell();
  }

  chosen() {
    const [from, to] = [this.pressed, this.cursor.x].map((value) => this.x.at(value)).sort((a, b) => a - b);
    return rectangle({ ...this.box, left: from, right: to }, "chosen");
  }

  key(event) {
    if (!this.shown || event.ctrlKey || event.metaKey || event.altKey) return;
    const { from, to } = this.shown;
    const step = (to - from) / 50;
    const here = this.cursor?.x ?? from;
    const places = { ArrowLeft: here - step, ArrowRight: here + step, Home: from, End: to };
    const acts = { "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), 0: () => this.zoomed(null, null) };
    if (event.key in places) {
      const x = Math.min(Math.max(places[event.key], from), to);
      this.cursor = { x, y: null };
      this.tell(true);
    } else if (event.key in acts) {
      acts[event.key]();
    } else {
      return;
    }
    event.preventDefault();
  }

  // Shows a part of the axis that is so many times as long, around the cursor or the middle.
  zoom(times) {
    if (!this.shown) return;
    const { from, to, range } = this.shown;
    const middle = this.cursor?.x ?? (from + to) / 2;
    this.within(middle - (middle - from) * times, middle + (to - middle) * times, range);
  }

  // Moves by a share of what is shown.
  shift(share) {
    if (!this.shown) return;
    const { from, to, range } = this.shown;
    const length = to - from;
    const start = Math.min(Math.max(from + share * length, range[0]), range[1] - length);
    this.within(start, start + length, range);
  }

  within(from, to, [least, most]) {
    if (from <= least && to >= most) this.zoomed(null, null);
    else this.zoomed(Math.max(from, least), Math.min(to, most));
  }
}

function rectangle({ left, right, top, bottom }, kind) {
  return shape("rect", { class: kind, x: left, y: top, width: right - left, height: bottom - top });
}

function label(x, y, words, anchor) {
  return shape("text", { x, y, "text-anchor": anchor }, words);
}

// The point of a line that is nearest to a place and has a value; none before its first and behind its last
// place.
function nearest({ points, smooth }, x) {
  const list = smooth ?? points;
  if (list.length === 0 || x < list[0] || x > list[list.length - 2]) return null;
  let [low, high] = [0, list.length / 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[2 * middle] < x) low = middle + 1;
    else high = middle;
  }
  const near = [low - 1, low].filter((at) => at >= 0 && 2 * at < list.length && list[2 * at + 1] !== null);
  near.sort((a, b) => Math.abs(list[2 * a] - x) - Math.abs(list[2 * b] - x));
  return near.length ? [list[2 * near[0]], list[2 * near[0] + 1]] : null;
}
