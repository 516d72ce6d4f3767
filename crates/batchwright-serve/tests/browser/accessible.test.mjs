// axe-core on the lesson with everything opened: light and dark, both languages.
import { after, before, it } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { guessAll, launch, open } from "./browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

for (const lang of ["en", "ja"]) {
  for (const colorScheme of ["light", "dark"]) {
    it(`no violation in ${colorScheme} (${lang})`, async () => {
      // The page's own policy would refuse the script of the test.
      const { page, close } = await open(browser, { lang, colorScheme, bypassCSP: true });
      await guessAll(page);
      await page.locator("summary").click();
      await page.locator("#bugs input").first().check();
      await page.locator("#bugs button").first().click();
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
      const found = violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`,
      );
      assert.deepEqual(found, []);
      await close();
    });
  }
}
