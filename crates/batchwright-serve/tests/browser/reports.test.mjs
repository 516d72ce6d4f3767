// Reports in a real browser: of a study, of a run and of several runs, which the program made. They are
// opened as files and ask nobody for anything. The program is the one of the variable BATCHWRIGHT, or the one
// that `cargo build` made.
import { after, before, it } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch } from "./browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const BUILT = resolve(import.meta.dirname, "../../../../target/debug/batchwright");
const program = process.env.BATCHWRIGHT ?? BUILT;
const skip = !existsSync(program) && process.env.CI !== "true" && `no program at ${program}`;

const REPORTS = { study: ["study"], run: ["small"], comparison: ["small", "large"] };

let browser, folder;

function start(...words) {
  const { status, stderr } = spawnSync(program, words, { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, stderr);
}

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "reports-"));
  start("train", "--quiet", "--epochs", "4", "--name", "small", "--batch-size", "16");
  start("train", "--quiet", "--epochs", "4", "--name", "large", "--batch-size", "64");
  start("find", "--quiet", "--budget", "10s", "--batch-sizes", "16..128", "--target", "val_loss<0.5", "--name", "study");
  for (const [kind, names] of Object.entries(REPORTS)) {
    for (const lang of ["en", "ja"]) start("report", ...names, "--lang", lang, "--output", `${kind}.${lang}.html`);
  }
  browser = await launch();
});
after(async () => {
  if (skip) return;
  await browser?.close();
  rmSync(folder, { recursive: true, maxRetries: 5 });
});

// Runs `use` on a report, and fails if the page reported an error or asked for anything but its own file.
async function on(kind, { lang = "en", width = 1000, ...options }, use) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, ...options });
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("request", (request) => request.url().startsWith("file:") || wrong.push(request.url()));
  await page.goto(String(pathToFileURL(join(folder, `${kind}.${lang}.html`))));
  await use(page);
  await page.close();
  assert.deepEqual(wrong, []);
}

const wider = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

for (const kind of Object.keys(REPORTS)) {
  it(`${kind}: under 500 KB`, { skip }, () => assert.ok(statSync(join(folder, `${kind}.en.html`)).size < 500_000));

  for (const [colorScheme, lang, width] of [["light", "en", 1000], ["dark", "ja", 320], ["light", "ja", 320], ["dark", "en", 1000]]) {
    it(`${kind}: no violation, and nothing wider than the screen: ${colorScheme} ${lang} ${width}`, { skip }, () =>
      on(kind, { colorScheme, lang, width, reducedMotion: "reduce" }, async (page) => {
        await page.locator(".plot path.line").first().waitFor({ state: "attached" });
        for (const summary of await page.locator("summary").all()) await summary.press("Enter");
        assert.equal(await wider(page), 0);
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
        const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
        assert.deepEqual(told, []);
      }),
    );
  }

  it(`${kind}: axis, cursor and zoom by keyboard alone`, { skip }, () =>
    on(kind, {}, async (page) => {
      const drawn = () => page.locator(".plot path.line").first().getAttribute("d");
      await page.locator(".switch input:checked").first().focus();
      const title = () => page.locator(".plot svg").getAttribute("aria-label");
      const first = await title();
      await page.keyboard.press("ArrowRight");
      assert.notEqual(await title(), first);
      const axis = await page.locator(".switch input:checked").first().evaluate((input) => input.parentElement.innerText.trim());
      const plot = page.locator(".plot");
      await plot.press("Home");
      for (let press = 0; press < 10; press += 1) await plot.press("ArrowRight");
      const told = page.locator(".values");
      assert.ok((await told.innerText()).startsWith(axis), await told.innerText());
      assert.ok((await told.locator("li").count()) > 0);
      assert.equal(await told.getAttribute("aria-live"), "polite");
      const before = await drawn();
      await plot.press("+");
      assert.notEqual(await drawn(), before);
      await plot.press("0");
      assert.equal(await drawn(), before);
    }),
  );

  it(`${kind}: on paper light, with pictures of the chosen axis, everything open and nothing cut off`, { skip }, () =>
    on(kind, { colorScheme: "dark", width: 794 }, async (page) => {
      await page.locator("input[value=seconds]").press("Space");
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
      assert.equal(await page.locator(".by.seconds svg").first().isVisible(), true);
      assert.equal(await page.locator(".by.samples").isVisible(), false);
      assert.equal(await page.locator(".plot").isVisible(), false);
      for (const table of await page.locator("details table").all()) assert.equal(await table.isVisible(), true);
      assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
      const ink = await page.evaluate(() => getComputedStyle(document.body).color);
      assert.ok(ink.match(/\d+/g).every((part) => Number(part) < 80), ink);
      assert.equal(await wider(page), 0);
      await page.evaluate(() => dispatchEvent(new Event("afterprint")));
      assert.equal(await page.locator("details[open]").count(), 0);
    }),
  );

  it(`${kind}: without scripts the curves are pictures, and the axis is switched`, { skip }, () =>
    on(kind, { javaScriptEnabled: false }, async (page) => {
      assert.equal(await page.locator(".by svg >> visible=true").count() > 0, true);
      await page.locator("input[value=seconds]").press("Space");
      assert.equal(await page.locator(".by.seconds svg").first().isVisible(), true);
      assert.equal(await page.locator(".by.samples").isVisible(), false);
    }),
  );
}

it("runs are told apart by number, smoothed, and shown in another metric", { skip }, () =>
  on("comparison", {}, async (page) => {
    assert.deepEqual((await page.locator(".plot .tag").allTextContents()).sort(), ["1", "2"]);
    const drawn = () => page.locator(".plot path.line").last().getAttribute("d");
    let before = await drawn();
    await page.getByRole("slider").press("End");
    assert.notEqual(await drawn(), before);
    assert.equal(await page.locator(".plot path.pale").count(), 2);
    before = await drawn();
    await page.locator("input[value=accuracy]").press("Space");
    assert.notEqual(await drawn(), before);
    assert.match(await page.locator(".plot svg").first().innerHTML(), /accuracy/);
  }),
);

it("trials of a study have marks at their ends, the target is a line, and the recommended size stands out", { skip }, () =>
  on("study", {}, async (page) => {
    assert.equal(await page.locator(".plot line.level").count(), 1);
    const lines = await page.locator(".plot path.line").count();
    assert.equal(await page.locator(".plot path.end").count(), lines);
    const wide = await page.locator(".plot path.line.wide").count();
    assert.ok(wide > 0 && wide < lines, `${wide} of ${lines}`);
  }),
);
