// Random numbers that follow from a seed, so that the same clicks show the same picture.

// A generator of numbers in [0, 1): mulberry32, a state of 32 bits.
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

// A whole number below `count`.
export function below(random, count) {
  return Math.floor(random() * count);
}

// The items in a new order (Fisher and Yates).
export function shuffled(random, items) {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = below(random, last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}
