// The dashboard in a real browser, with real runs: live, compared, by keyboard, in both languages. The
// program is the one of the variable BATCHWRIGHT, or the one that `cargo build` made.
import { after, before, it } from "node:test";
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { launch } from "./browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const BUILT = resolve(import.meta.dirname, "../../../../target/debug/batchwright");
const program = process.env.BATCHWRIGHT ?? BUILT;
const skip = !existsSync(program) && process.env.CI !== "true" && `no program at ${program}`;

let browser, folder, server, origin;

const train = (...words) => spawnSync(program, ["train", "--quiet", ...words], { cwd: folder });

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "dashboard-"));
  train("--epochs", "4", "--name", "small", "--batch-size", "16");
  train("--epochs", "4", "--name", "large", "--batch-size", "64");
  spawnSync(program, ["find", "--quiet", "--budget", "5s", "--batch-sizes", "16..64", "--name", "study"], { cwd: folder });
  server = spawn(program, ["serve", "--address", "127.0.0.1:0", "--lang", "en"], { cwd: folder });
  origin = await new Promise((done) => server.stdout.once("data", (line) => done(String(line).trim().replace(/\/$/, ""))));
  browser = await launch();
});
after(async () => {
  if (skip) return;
  await browser?.close();
  server.kill("SIGINT");
  rmSync(folder, { recursive: true, maxRetries: 5 });
});

// Runs `use` on a page, and fails if the page reported an error or asked another server.
async function on(path, options, use) {
  const page = await browser.newPage({ viewport: { width: 1000, height: 900 }, ...options });
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("request", (request) => /^data:/.test(request.url()) || request.url().startsWith(origin) || wrong.push(request.url()));
  await page.goto(origin + path);
  await page.locator(".state[data-state=live]").waitFor();
  await use(page);
  await page.close();
  assert.deepEqual(wrong, []);
}

// Waits for a condition. The policy of the page refuses functions that a test would wait for within it.
async function until(holds) {
  const end = Date.now() + 20_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `not within 20 s: ${holds}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

it("a run appears in the list while it trains, fills in, and its end is told", { skip }, () =>
  on("/", {}, async (page) => {
    const words = ["train", "--quiet", "--epochs", "4000", "--name", "slow", "--batch-size", "8"];
    const run = spawn(program, words, { cwd: folder });
    const row = page.locator("tr", { hasText: "slow" });
    await row.waitFor();
    const steps = () => row.locator("td").nth(5).innerText();
    await until(async () => (await steps()) !== "");
    const first = await steps();
    await until(async () => (await steps()) !== first);
    run.kill("SIGINT");
    await page.locator(".notice", { hasText: "slow" }).waitFor();
    await page.locator(".notice button").first().press("Enter");
    assert.equal(await page.locator(".notice").count(), 0);
  }),
);

// Features and labels that have nothing to do with each other: whatever is learnt of them is learnt by heart.
function noise() {
  let state = 1;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const row = () => [...Array.from({ length: 8 }, () => next().toFixed(4)), next() < 0.5 ? 0 : 1].join(",");
  return ["a,b,c,d,e,f,g,h,label", ...Array.from({ length: 2000 }, row)].join("\n");
}

it("a run that overfits is told of while it trains, and once", { skip }, () =>
  on("/", {}, async (page) => {
    writeFileSync(join(folder, "noise.csv"), noise());
    const data = ["--data", "noise.csv", "--label", "label", "--lr", "0.0002", "--batch-size", "8"];
    const run = spawn(program, ["train", "--quiet", ...data, "--epochs", "100000", "--name", "noisy"], { cwd: folder });
    try {
      await page.locator(".notice.overfitting_so_far", { hasText: "noisy: so far: overfitting" }).waitFor();
      const row = page.locator("tr", { hasText: "noisy" });
      const steps = await row.locator("td").nth(5).innerText();
      await until(async () => (await row.locator("td").nth(5).innerText()) !== steps);
      assert.equal(await page.locator(".notice").count(), 1);
    } finally {
      run.kill("SIGINT");
    }
    await until(async () => (await page.locator(".notice").count()) === 2);
  }),
);

it("a study shows its trials while they run, over the axis that was chosen", { skip }, () =>
  on("/", {}, async (page) => {
    const question = ["--model", "mlp:256", "--batch-sizes", "16..64", "--target", "val_loss<0.0001", "--budget", "60s"];
    const study = spawn(program, ["find", "--quiet", ...question, "--name", "going"], { cwd: folder });
    try {
      await page.locator("tr a", { hasText: "going" }).press("Enter");
      await page.locator(".note", { hasText: /running: batch size .* step .* best/ }).first().waitFor();
      const steps = page.getByRole("radio", { name: "steps" });
      await steps.press("Space");
      const before = await page.locator("main").innerHTML();
      await until(async () => (await page.locator("main").innerHTML()) !== before);
      assert.equal(await steps.isChecked(), true);
      assert.equal(await steps.evaluate((radio) => radio === document.activeElement), true);
      assert.equal(await page.locator(".by.steps svg").isVisible(), true);
      assert.equal(await page.locator(".by.samples svg").isVisible(), false);
    } finally {
      study.kill("SIGINT");
    }
    await page.locator(".answer", { hasNotText: "This study is running" }).waitFor();
  }),
);

it("the list is filtered and sorted, and chosen runs are compared over each axis by keyboard", { skip }, () =>
  on("/", {}, async (page) => {
    await page.getByRole("searchbox").fill("small run");
    assert.equal(await page.locator("tbody tr").count(), 1);
    await page.getByRole("searchbox").fill("");
    await page.locator("th button", { hasText: "batch size" }).press("Enter");
    assert.equal(await page.locator("th[aria-sort=descending]").innerText().then((text) => text.includes("batch size")), true);
    for (const name of ["small", "large"]) await page.getByRole("checkbox", { name: `: ${name}` }).press("Space");
    await page.locator(".button").press("Enter");
    await page.waitForURL(/compare/);
    await page.locator(".plot path.line").nth(1).waitFor();
    assert.equal(await page.locator(".plot path.line").count(), 2);
    const drawn = () => page.locator(".plot path.line").first().getAttribute("d");
    for (const axis of ["steps", "epochs", "seconds"]) {
      const before = await drawn();
      await page.locator(`input[value=${axis}]`).press("Space");
      await until(async () => (await drawn()) !== before);
    }
    await page.locator(".plot").press("Home");
    for (let press = 0; press < 20; press += 1) await page.locator(".plot").press("ArrowRight");
    assert.match(await page.locator(".values").innerText(), /training time[\s\S]*(small|large)/);
    const before = await drawn();
    await page.locator(".plot").press("+");
    await until(async () => (await drawn()) !== before);
  }),
);

it("the language is switched on the same page", { skip }, () =>
  on("/run?name=small", {}, async (page) => {
    await page.locator(".language").click();
    await page.waitForURL(/lang=ja/);
    assert.match(page.url(), /name=small/);
    assert.equal(await page.locator("html").getAttribute("lang"), "ja");
    await page.locator(".answer").first().waitFor();
    assert.match(await page.locator("main").innerText(), /検証の損失/);
  }),
);

for (const path of ["/?", "/run?name=small&", "/compare?name=small&name=large&", "/study?name=study&"]) {
  for (const [colorScheme, lang, width] of [["light", "en", 1000], ["dark", "ja", 320]]) {
    it(`no violation, and nothing wider than the screen: ${path} ${colorScheme} ${lang} ${width}`, { skip }, () =>
      on(`${path}lang=${lang}`, { colorScheme, viewport: { width, height: 800 }, bypassCSP: true }, async (page) => {
        await page.waitForTimeout(500);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth <= 0), true);
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
        const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
        assert.deepEqual(told, []);
      }),
    );
  }
}
