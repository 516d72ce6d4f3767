// Controls of a chart.
import { make, text } from "./elements.js";

// Radio buttons with the texts of their values; `key` names them. `act(value)` is called at a choice.
export function radios(key, values, chosen, act) {
  const made = values.map((value) => {
    const button = make("input", { type: "radio", name: key, value, checked: value === chosen });
    button.addEventListener("change", () => act(value));
    return make("label", {}, button, ` ${text(value)}`);
  });
  return make("fieldset", { class: "switch" }, make("legend", {}, text(key)), ...made);
}
