// From values to places on an axis, and from numbers to words.
import { lang, text } from "./elements.js";

// From this ratio on, a linear axis would squeeze the small values into its lower end.
const LOG_FROM_RATIO = 12;

// Whether an axis of these values is better logarithmic.
export function spreads(low, high) {
  return low > 0 && high / low >= LOG_FROM_RATIO;
}

// An axis from values to pixels.
export function scale(low, high, from, to, log = false) {
  const f = log ? Math.log : (value) => value;
  const [a, b] = [f(low), f(high)];
  return {
    low,
    high,
    log,
    at: (value) => from + ((f(value) - a) / (b - a)) * (to - from),
    value: (pixel) => {
      const place = a + ((pixel - from) / (to - from)) * (b - a);
      return log ? Math.exp(place) : place;
    },
  };
}

// Round numbers on an axis, about so many.
export function ticks({ low, high, log }, count) {
  if (log && high / low >= 10) return decades(low, high, count);
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= rough);
  const made = [];
  for (let at = Math.ceil(low / step); at * step <= high; at += 1) made.push(at * step);
  return made;
}

function decades(low, high, count) {
  const digits = Math.log10(high / low) > count / 2 ? [1] : [1, 2, 5];
  const made = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power += 1) {
    for (const digit of digits) {
      const value = digit * 10 ** power;
      if (value >= low && value <= high) made.push(value);
    }
  }
  const every = Math.ceil(made.length / (2 * count));
  return made.filter((_, at) => at % every === 0);
}

const plain = (digits) => new Intl.NumberFormat(lang, { maximumSignificantDigits: digits });
const [few, more] = [plain(3), plain(4)];
const grouped = new Intl.NumberFormat(lang, { maximumFractionDigits: 0 });
const parts = new Intl.NumberFormat(lang, { maximumFractionDigits: 2 });

const small = (value) => value !== 0 && Math.abs(value) < 1e-4;

// A number on an axis.
export function short(value) {
  for (const [size, unit] of [[1e9, "G"], [1e6, "M"], [1e4, "k"]]) {
    if (Math.abs(value) >= size) return few.format(value / (unit === "k" ? 1e3 : size)) + unit;
  }
  return small(value) ? value.toExponential(1) : few.format(value);
}

// A value of a curve.
export function exact(value, metric) {
  if (metric === "accuracy") return `${more.format(100 * value)}%`;
  return small(value) ? value.toExponential(2) : more.format(value);
}

// The unit of a time axis that reaches so far, in seconds.
export function timeUnit(seconds) {
  if (seconds >= 3 * 3600) return [3600, text("hour")];
  return seconds >= 300 ? [60, text("minute")] : [1, text("second")];
}

// A place on the horizontal axis in words.
export function where(value, axis) {
  if (axis !== "seconds") return (axis === "epochs" ? parts : grouped).format(value);
  const [size, name] = timeUnit(value);
  return `${more.format(value / size)} ${name}`;
}
