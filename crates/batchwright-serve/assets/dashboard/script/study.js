// The page of a study: what is known so far, then its report.
import { about } from "./about.js";
import { place } from "./elements.js";
import { names, replace } from "./page.js";
import { notice } from "./notices.js";
import { ask, follow } from "./server.js";

const name = names()[0] ?? "";

follow(async () => {
  const answer = await ask("/data/study", [["name", name]]);
  replace(place("above"), answer.above);
  about(place("about"), answer);
  notice(name, answer.status, answer.alert);
});
