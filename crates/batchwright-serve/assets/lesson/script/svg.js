// Pictures: elements of SVG, and figures that are drawn again at the width that they have.
import { onRedraw } from "./numbers.js";
import { element } from "./page.js";

const SVG = "http://www.w3.org/2000/svg";

// An element of a picture with its children, which are elements or text.
export function shape(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// The frame of a picture; `label` is what a screen reader says in its place.
export function picture(width, height, label, ...children) {
  const attributes = { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label };
  return shape("svg", attributes, ...children);
}

// A figure. `draw(width)` returns its picture; it is not called while the figure is hidden. Returns a
// function that draws again.
export function figure(parent, draw, most = 720) {
  const place = element(parent, "figure");
  const again = () => {
    const width = Math.min(place.clientWidth, most);
    if (width > 0) place.replaceChildren(draw(width));
  };
  onRedraw(again);
  return again;
}

// Many rectangles of one class as one path.
export function rectangles(list, className) {
  const path = list.map(
    ([x, y, width, height]) => `M${round(x)} ${round(y)}h${round(width)}v${round(height)}h${round(-width)}z`,
  );
  return shape("path", { class: className, d: path.join("") });
}

// Many discs of one class as one path.
export function discs(list, radius, className) {
  const [r, across] = [round(radius), round(2 * radius)];
  const path = list.map(
    ([x, y]) => `M${round(x - radius)} ${round(y)}a${r} ${r} 0 1 0 ${across} 0a${r} ${r} 0 1 0 ${-across} 0`,
  );
  return shape("path", { class: className, d: path.join("") });
}

export function line(points, className) {
  return shape("polyline", {
    class: className,
    points: points.map(([x, y]) => `${round(x)},${round(y)}`).join(" "),
  });
}

export function label(x, y, text, className, anchor = "start") {
  return shape("text", { x: round(x), y: round(y), class: className, "text-anchor": anchor }, text);
}

export function round(number) {
  return Math.round(100 * number) / 100;
}
