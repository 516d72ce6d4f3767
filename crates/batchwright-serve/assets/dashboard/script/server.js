// Asking the server, and hearing from it that something has changed.
import { lang, place, text } from "./elements.js";
import { address } from "./page.js";

// Times in milliseconds: between two looks at least, and until a broken connection is tried again.
const LEAST = 1000;
const AGAIN = 2000;

export class Refused extends Error {}

// The answer to a question as a value.
export async function ask(path, parameters = []) {
  const response = await fetch(address(path, parameters));
  const kind = response.headers.get("content-type") ?? "";
  if (!kind.startsWith("application/json")) throw new Refused(text(response.status === 401 ? "refused_token" : "broken"));
  const value = await response.json();
  if (!response.ok) throw new Refused(value.error);
  return value;
}

// Calls `look` now and whenever something may have changed, one call after the other. A page that nobody
// sees does not ask: browsers have few connections to a server.
export function follow(look) {
  let source = null;
  let wanted = false;
  let looking = false;
  let last = -LEAST;

  async function next() {
    if (looking || !wanted || document.hidden) return;
    looking = true;
    wanted = false;
    const wait = last + LEAST - performance.now();
    if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    last = performance.now();
    try {
      await look();
      tell(source?.readyState === EventSource.OPEN ? "live" : "", "");
    } catch (error) {
      tell("broken", error instanceof Refused ? error.message : text("broken"));
      setTimeout(soon, AGAIN);
    }
    looking = false;
    next();
  }

  function soon() {
    wanted = true;
    next();
  }

  function listen() {
    source = new EventSource(`/events?lang=${lang}`);
    source.onopen = soon;
    source.onmessage = soon;
    source.onerror = () => {
      tell("broken", text("broken"));
      if (source.readyState !== EventSource.CLOSED) return;
      source.close();
      setTimeout(() => document.hidden || listen(), AGAIN);
    };
  }

  document.addEventListener("visibilitychange", () => {
    source?.close();
    if (!document.hidden) listen();
  });
  listen();
  soon();
  return soon;
}

// The state of the connection: `live`, `broken` or nothing.
function tell(state, sentence) {
  const where = place("state");
  where.dataset.state = state;
  const said = state === "live" ? text("live") : sentence;
  if (where.textContent !== said) where.textContent = said;
}
