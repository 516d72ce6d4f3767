// The page of a run.
import { about } from "./about.js";
import { Curves } from "./curves.js";
import { place, text } from "./elements.js";
import { names, replace } from "./page.js";
import { notice } from "./notices.js";
import { ask, follow } from "./server.js";

const name = names()[0] ?? "";
const curves = new Curves(place("chart"), {
  names: () => [name],
  splits: ["train", "validation"],
  title: (line) => text(curves.metric === "rate" ? "rate" : line.split),
});

follow(async () => {
  const answer = await ask("/data/run", [["name", name]]);
  replace(place("above"), answer.above);
  about(place("about"), answer);
  replace(place("below"), answer.below);
  notice(name, answer.status, answer.alert);
  await curves.look();
});
