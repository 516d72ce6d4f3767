// The learner's own numbers. They stand in the address after `#`, so that a link keeps them; whatever
// shows them is drawn again when they change.

// By name in the address: the default and the largest value. The smallest is 1.
const RANGES = {
  n: [10000, 10000000],
  b: [100, 1000000],
  e: [10, 10000],
  m: [8, 1024],
  a: [4, 64],
  d: [2, 16],
};

const PAUSE = 250;

const redraws = [];

let pending;

export const numbers = Object.fromEntries(Object.entries(RANGES).map(([name, [initial]]) => [name, initial]));

export function range(name) {
  return { low: 1, high: RANGES[name][1] };
}

// Whether it is a value that this number may have.
export function allowed(name, value) {
  return Number.isInteger(value) && value >= 1 && value <= range(name).high;
}

// Takes what the address says. What is not allowed is left as it is.
export function readAddress(address) {
  for (const [name, text] of new URLSearchParams(address.replace(/^#/, ""))) {
    const value = Number(text);
    if (name in RANGES && allowed(name, value)) numbers[name] = value;
  }
}

// Changes some of them, keeps them in the address, and draws everything that shows them.
export function change(some) {
  Object.assign(numbers, some);
  // Browsers refuse an address that changes with every move of a slider.
  clearTimeout(pending);
  pending = setTimeout(keepInAddress, PAUSE);
  redraw();
}

export function keepInAddress() {
  const address = new URLSearchParams(Object.entries(numbers).map(([name, value]) => [name, String(value)]));
  history.replaceState(null, "", `#${address}`);
}

// `draw` is called now and whenever numbers, language or width change.
export function onRedraw(draw) {
  redraws.push(draw);
  draw();
}

export function redraw() {
  for (const draw of redraws) draw();
}
