// The sentences of the page in the language that is chosen, and numbers as people of that language write
// them. A sentence is HTML of our own; what is filled into it are numbers and sentences.

const sentences = JSON.parse(document.getElementById("sentences").textContent);

export const language = { code: document.documentElement.lang };

// The sentence of a key, with its places filled.
export function say(key, values = {}) {
  const sentence = sentences[language.code][key];
  if (sentence === undefined) throw new Error(`no sentence ${key}`);
  return sentence.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

// The same without tags, for attributes.
export function plain(key, values = {}) {
  return say(key, values).replace(/<[^>]*>/g, "");
}

// Puts the chosen language into all elements that name their sentence.
export function translate() {
  document.documentElement.lang = language.code;
  document.title = plain("frame.title");
  for (const element of document.querySelectorAll("[data-text]")) {
    element.innerHTML = say(element.dataset.text);
  }
}

// A whole number with its thousands apart: 1,875.
export function whole(number) {
  return Math.round(number).toLocaleString("en-US");
}

// So many digits that count; large numbers as whole ones.
export function digits(number, count = 3) {
  if (number >= 10 ** (count - 1)) return whole(number);
  return Number(number.toPrecision(count)).toLocaleString("en-US", { maximumSignificantDigits: count });
}

export function percent(share) {
  return `${digits(100 * share, 2)}%`;
}

// Seconds in the unit that suits them.
export function duration(seconds) {
  const units =
    language.code === "ja"
      ? [
          [1, "秒"],
          [1e-3, "ミリ秒"],
          [1e-6, "マイクロ秒"],
        ]
      : [
          [1, "s"],
          [1e-3, "ms"],
          [1e-6, "µs"],
        ];
  const [unit, name] = units.find(([unit]) => seconds >= unit) ?? units[2];
  return `${digits(seconds / unit)} ${name}`;
}

// Bytes in MiB or GiB.
export function bytes(count) {
  const [unit, name] = count >= 2 ** 30 ? [2 ** 30, "GiB"] : [2 ** 20, "MiB"];
  return `${digits(count / unit)} ${name}`;
}
