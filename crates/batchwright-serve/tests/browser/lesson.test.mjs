// The lesson as a reader uses it, by keyboard, in a real browser.
import { after, before, describe, it } from "node:test";
import assert from "node:assert/strict";
import { guess, launch, open, PARTS } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

// Runs `use` on a page, and fails if the page reported an error or asked for another file.
async function on(options, use) {
  const opened = await open(browser, options);
  await use(opened.page);
  await opened.close();
}

const text = (page, selector) => page.locator(selector).innerText();

describe("predict first", () => {
  for (const part of PARTS) {
    it(`${part}: nothing is shown before a guess, and the keyboard alone opens and moves it`, () =>
      on({}, async (page) => {
        const play = page.locator(`#${part} .play`);
        assert.equal(await play.isVisible(), false);
        await page.locator(`#${part} .predict button`).press("Enter");
        assert.match(await text(page, `#${part} .predict .result`), /guess first/);
        assert.equal(await play.isVisible(), false);
        await guess(page, part);
        assert.equal(await play.isVisible(), true);
        assert.equal(await page.locator(`#${part} > .after`).isVisible(), true);
        assert.match(await text(page, `#${part} .predict .result`), /^(Right!|Close!|Not quite\.) /);
        const before = await play.innerHTML();
        for (const [kind, key] of [
          ["button", "Enter"],
          ["input[type=range]", "ArrowRight"],
          ["input[type=radio]", "ArrowDown"],
        ]) {
          const moved = play.locator(kind).first();
          if ((await moved.count()) > 0) await moved.press(key);
        }
        assert.ok((await play.innerHTML()) !== before, "nothing has moved");
      }));
  }

  it("tells right, near and wrong apart", () =>
    on({}, async (page) => {
      const answers = [
        ["boxes", 100, /^Right!/],
        ["odometers", 60, /^Close!/],
        ["resume", 20, /^Not quite/],
      ];
      for (const [part, number, verdict] of answers) {
        await guess(page, part, number);
        assert.match(await text(page, `#${part} .predict .result`), verdict);
      }
    }));
});

describe("the reader's own numbers", () => {
  const cases = [
    [10000, 100],
    [1000, 100],
    [1000, 64],
    [60000, 32],
    [7, 3],
    [5, 8],
    [1000000, 1000000],
  ];
  for (const [samples, batch] of cases) {
    it(`${samples} in boxes of ${batch}`, () =>
      on({ after: `n=${samples}&b=${batch}&e=3` }, async (page) => {
        await guess(page, "boxes");
        // Counted box by box, not divided.
        let [steps, left] = [0, samples];
        for (; left > 0; left -= batch) steps += 1;
        const shown = await text(page, "#boxes .play .result");
        assert.match(shown, new RegExp(`→ ${steps.toLocaleString("en-US")} steps per epoch`));
        assert.match(
          await text(page, "#boxes .play .note"),
          new RegExp(`= ${(3 * steps).toLocaleString("en-US")} steps in all`),
        );
        await page.getByLabel("leave it out").check();
        const dropped = await text(page, "#boxes .play .result");
        const full = Math.floor(samples / batch);
        assert.match(dropped, new RegExp(`→ ${full.toLocaleString("en-US")} steps per epoch`));
      }));
  }

  it("stand in the address when they are typed, and a wrong one does not", () =>
    on({}, async (page) => {
      await page.getByLabel("Samples N").first().fill("1000");
      await page.getByLabel("Batch size B").first().fill("64");
      await page.waitForURL(/#n=1000&b=64&/);
      await page.getByLabel("Batch size B").first().fill("0");
      assert.match(await text(page, "#numbers .hint >> visible=true"), /from 1 to 1,000,000/);
      await page.getByLabel("Epochs", { exact: true }).fill("3");
      await page.waitForURL(/#n=1000&b=64&e=3&/);
    }));

  it("are in every formula", () =>
    on({ after: "n=1000&b=64&e=3&m=2&a=3&d=5" }, async (page) => {
      for (const part of PARTS) await guess(page, part);
      assert.match(
        await text(page, "#odometers .formula"),
        /2 × 3 × 5 = batch size 30\. 1,000 ÷ 30 → 34 steps/,
      );
      assert.match(await text(page, "#order .play > .note"), /your 1,000 samples: .* = 0\.368, so about 368/);
      assert.match(await text(page, "#gradients .formula"), /√64/);
      assert.match(
        await text(page, "#experiment .formula"),
        /batch size 64 has used 2 times the samples of batch size 32/,
      );
      assert.match(
        await text(page, "#costs .play .result >> nth=1"),
        /your batch size 64 accumulate 16 times: 4 at once/,
      );
      assert.match(
        await text(page, "#resume .formula"),
        /\(1,000 samples, batch size 64\), stopped after 20 steps: epoch 2, 256 of/,
      );
      assert.match(await text(page, "#curves .formula"), /Your 3 epochs are 48 steps/);
    }));
});

describe("what there is to play", () => {
  it("four counters agree with counting step by step", () =>
    on({ after: "n=100&m=4&a=2&d=2" }, async (page) => {
      await guess(page, "odometers");
      const [samples, batch, micro] = [100, 16, 4];
      let [used, passes, ofEpoch] = [0, 0, 0];
      for (let step = 1; step <= 9; step += 1) {
        await page.getByRole("button", { name: "One step further" }).press("Enter");
        const size = Math.min(batch, samples - ofEpoch);
        used += size;
        passes += Math.ceil(size / micro);
        ofEpoch = (ofEpoch + size) % samples;
      }
      const shown = await page.locator("#odometers dd").allInnerTexts();
      assert.deepEqual(shown, [
        String(used),
        "9",
        String(Number((used / samples).toPrecision(3))),
        String(passes),
      ]);
    }));

  it("shuffling meets every sample once, drawing does not", () =>
    on({}, async (page) => {
      await guess(page, "order");
      await page.getByRole("button", { name: "Draw until the epoch ends" }).press("Enter");
      const [shuffled, drawn] = await page.locator("#order .pair .note").allInnerTexts();
      assert.equal(shuffled, "never seen: 0, once: 100, twice or more: 0");
      const counts = drawn.match(/\d+/g).map(Number);
      assert.equal(counts[0] + counts[1] + counts[2], 100);
      assert.ok(counts[0] > 20 && counts[2] > 10, drawn);
    }));

  it("a card bursts one sample beyond what fits", () =>
    on({}, async (page) => {
      await guess(page, "costs");
      const slider = page.getByRole("slider", { name: "Samples at once" });
      const result = page.locator("#costs .play .result").nth(1);
      const largest = Number((await result.innerText()).match(/largest that fits is (\d+)/)[1]);
      await slider.focus();
      while (Number(await slider.getAttribute("aria-valuetext")) < largest)
        await page.keyboard.press("ArrowRight");
      assert.match(await result.innerText(), /it fits/);
      await page.keyboard.press("ArrowRight");
      assert.match(await result.innerText(), /out of memory/);
    }));

  it("the winner changes with the axis", () =>
    on({}, async (page) => {
      await guess(page, "experiment");
      // Independent of the page's own search: the least last value of each run in the record.
      const first = await page.evaluate(() => {
        const { axes, costs, samples } = JSON.parse(document.getElementById("measured").textContent);
        const seconds = (batch) => costs.steps.find((row) => row.batch === batch).seconds;
        const value = {
          steps: (r) => r[0],
          samples: (r) => r[1],
          epochs: (r) => r[1] / samples,
          milliseconds: (r, b) => r[0] * seconds(b),
        };
        const best = (of) =>
          [...axes.runs].sort((a, b) => of(a.rows.at(-1), a.batch) - of(b.rows.at(-1), b.batch))[0].batch;
        return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, best(of)]));
      });
      for (const [axis, batch] of Object.entries(first)) {
        await page.locator("#experiment .play").getByLabel(axis, { exact: true }).first().check();
        assert.match(
          await text(page, "#experiment .play .result >> nth=0"),
          new RegExp(`in ${axis}, batch size ${batch} is first`),
        );
      }
      assert.ok(new Set(Object.values(first)).size >= 3);
    }));

  it("the experiment ends with its answer", () =>
    on({}, async (page) => {
      await guess(page, "experiment");
      const runs = page.getByLabel("Runs so far");
      await runs.focus();
      await page.keyboard.press("End");
      const [batch] = await page.evaluate(
        () => JSON.parse(document.getElementById("measured").textContent).study.answer,
      );
      assert.match(
        await text(page, "#experiment .play .result >> nth=2"),
        new RegExp(`Best so far: batch size ${batch},`),
      );
    }));

  it("a resume repeats, skips, or does neither", () =>
    on({}, async (page) => {
      await guess(page, "resume");
      const result = page.locator("#resume .play .result");
      assert.match(await result.innerText(), /Every sample exactly once/);
      await page.getByLabel("from the start of this epoch").check();
      assert.match(await result.innerText(), /8 samples are used twice/);
      await page.getByLabel("with the next epoch").check();
      assert.match(await result.innerText(), /16 samples are never used/);
    }));

  it("the verdict appears as one scrubs", () =>
    on({}, async (page) => {
      await guess(page, "curves");
      const results = page.locator("#curves .play .result");
      assert.match((await results.allInnerTexts()).join(), /Unclear.*Unclear/);
      await page.getByLabel("How far the trainings are").focus();
      await page.keyboard.press("End");
      assert.match((await results.allInnerTexts()).join(), /Converged.*Overfitting after epoch 12/);
    }));
});

// Checks the choice of this value in every question of a section.
async function answer(page, section, letter) {
  for (const group of await page.locator(`${section} fieldset.question`).all()) {
    await group.locator(`input[value$="${letter}"]`).first().check();
  }
}

describe("questions and bugs", () => {
  it("the score before and after, with reasons only after", () =>
    on({}, async (page) => {
      await page.getByText("Answer the ten questions now").press("Enter");
      await page.locator("#questions-before button").press("Enter");
      assert.match(
        await text(page, "#questions-before > .place > details > .result"),
        /Not answered yet: 1, 2, 3/,
      );
      await answer(page, "#questions-before", "unsure");
      await page.locator("#questions-before button").press("Enter");
      assert.match(await text(page, "#questions-before > .place > details > .result"), /^0 of 10/);
      assert.equal(await page.locator("#questions-before fieldset .result >> visible=true").count(), 0);
      await answer(page, "#questions-after", "a");
      await page.locator("#questions-after button").press("Enter");
      assert.match(
        await text(page, "#questions-after > .place > .result"),
        /Before: 0 of 10\. Now: 10 of 10/,
      );
      assert.equal(await page.locator("#questions-after fieldset .result >> visible=true").count(), 10);
    }));

  it("eight bugs can be found, and a wrong answer is told why", () =>
    on({}, async (page) => {
      await answer(page, "#bugs", "b");
      for (const button of await page.locator("#bugs button").all()) await button.press("Enter");
      assert.equal(await page.locator("#bugs fieldset.wrong").count(), 8);
      await answer(page, "#bugs", "a");
      for (const button of await page.locator("#bugs button").all()) await button.press("Enter");
      assert.equal(await page.locator("#bugs fieldset.right").count(), 8);
      assert.match(await text(page, "#bugs > .place > .result"), /8 of 8/);
    }));
});

describe("language, width and motion", () => {
  it("the language changes without losing anything", () =>
    on({ lang: "ja", after: "n=1000&b=64" }, async (page) => {
      await guess(page, "boxes");
      assert.match(await text(page, "#boxes .play .result"), /1 エポックは 16 ステップ/);
      await page.getByRole("button", { name: "English" }).press("Enter");
      assert.equal(await page.locator("html").getAttribute("lang"), "en");
      assert.match(await text(page, "#boxes .play .result"), /16 steps per epoch/);
      assert.match(await page.title(), /^Epoch/);
      // The table of words names both languages.
      const body = await page.locator("section:not(#terms)").allInnerTexts();
      assert.doesNotMatch(body.join(), /[ぁ-んァ-ヶ]/);
    }));

  for (const lang of ["en", "ja"]) {
    it(`nothing is wider than 320 pixels (${lang})`, () =>
      on({ lang, width: 320 }, async (page) => {
        for (const part of PARTS) await guess(page, part);
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.equal(wide, 0);
      }));
  }

  it("the replay plays, but not for who wants no motion", async () => {
    await on({}, async (page) => {
      await guess(page, "experiment");
      await page.getByRole("button", { name: "Play" }).press("Enter");
      await page.getByText(/Run ([3-9]|\d\d) of/).waitFor();
      await page.getByRole("button", { name: "Pause" }).press("Enter");
    });
    await on({ reducedMotion: "reduce" }, async (page) => {
      await guess(page, "experiment");
      assert.equal(await page.getByRole("button", { name: "Play" }).count(), 0);
    });
  });
});
