// Starts the page: the learner's numbers from the address, the parts, the language, the links.
import { language, say, translate, whole } from "./text.js";
import { keepInAddress, onRedraw, readAddress, redraw } from "./numbers.js";
import { element, measured, result, write } from "./page.js";
import { button, numberField } from "./controls.js";
import { startBoxes } from "./boxes.js";
import { startOdometers } from "./odometers.js";
import { startOrder } from "./order.js";
import { startGradients } from "./gradients.js";
import { startCosts } from "./costs.js";
import { startAxes } from "./axes.js";
import { startMap } from "./map.js";
import { startReplay } from "./replay.js";
import { startResume } from "./resume.js";
import { startCurves } from "./curves.js";
import { startQuestions } from "./questions.js";
import { startBugs } from "./bugs.js";

function startNumbers() {
  const place = document.querySelector("#numbers .place");
  const fields = element(place, "div", { class: "controls" });
  numberField(fields, { label: "number.samples", name: "n" });
  numberField(fields, { label: "number.batch", name: "b" });
  numberField(fields, { label: "number.epochs", name: "e" });
  button(place, "frame.copy", () => {
    keepInAddress();
    const copied = navigator.clipboard?.writeText(location.href) ?? Promise.reject();
    copied.then(
      () => write(told, say("frame.copied")),
      () => write(told, say("frame.not_copied")),
    );
  });
  const told = result(place);
}

// The address keeps the numbers, so a link moves there without writing itself into it.
function startLinks() {
  for (const link of document.querySelectorAll('nav a[href^="#"]')) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const section = document.getElementById(link.getAttribute("href").slice(1));
      section.scrollIntoView();
      section.querySelector("h2").focus({ preventScroll: true });
    });
  }
}

function startLanguage() {
  document.getElementById("language").addEventListener("click", () => {
    language.code = language.code === "ja" ? "en" : "ja";
    translate();
    redraw();
  });
}

// Pictures fit the width that they have.
function startResizing() {
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    redraw();
  });
}

function startSource() {
  const source = document.getElementById("source");
  const { processor, date, version } = measured.machine;
  onRedraw(() =>
    write(source, say("frame.measured", { n: whole(measured.samples), processor, date, version })),
  );
}

readAddress(location.hash);
startNumbers();
startQuestions();
startBoxes();
startOdometers();
startOrder();
startGradients();
startCosts();
startAxes();
const experiment = document.querySelector("#experiment .play");
startMap(experiment);
startReplay(experiment);
startResume();
startCurves();
startBugs();
startSource();
startLanguage();
startLinks();
startResizing();
translate();
redraw();
