// A real browser for the tests: found by the variable CHROMIUM or on the path, headless, and watched. A page
// that asks for anything but its own file, or reports an error, fails its test.
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const OPTIONS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PAGES = resolve(import.meta.dirname, "../../../../docs/lesson");

export function executable() {
  const folders = process.env.PATH.split(delimiter);
  const found = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(existsSync);
  return process.env.CHROMIUM ?? found;
}

export async function launch() {
  return chromium.launch({ executablePath: executable(), args: OPTIONS });
}

// Opens the lesson. `after` is what stands in the address behind `#`.
export async function open(browser, { lang = "en", width = 1000, after = "", ...context } = {}) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, ...context });
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("request", (request) => request.url().startsWith("file:") || wrong.push(request.url()));
  const file = pathToFileURL(join(PAGES, lang === "ja" ? "index.ja.html" : "index.html"));
  await page.goto(`${file}${after && `#${after}`}`);
  return {
    page,
    async close() {
      await page.close();
      assert.deepEqual(wrong, []);
    },
  };
}

export const PARTS = ["boxes", "odometers", "order", "gradients", "costs", "experiment", "resume", "curves"];

// Guesses in a part with the keyboard alone: a typed number, four pages up on a slider, or
// the first choice.
export async function guess(page, part, number = 50) {
  const form = page.locator(`#${part} .predict form`);
  const typed = form.locator("input[type=number]");
  const dragged = form.locator("input[type=range]");
  if ((await typed.count()) > 0) {
    await typed.focus();
    await page.keyboard.type(String(number));
  } else if ((await dragged.count()) > 0) {
    await dragged.focus();
    for (let press = 0; press < 4; press += 1) await page.keyboard.press("PageUp");
  } else {
    await form.locator("input[type=radio]").first().focus();
    await page.keyboard.press("Space");
  }
  await page.keyboard.press("Enter");
}

export async function guessAll(page) {
  for (const part of PARTS) await guess(page, part);
}
