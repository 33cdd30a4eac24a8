/** A form for each kind of question. A form is {nodes, show(value, given)}: `value` is the answer as it stands, `given` what was typed. */

import { linkField } from "./link.js";
import { rankingField } from "./ranking.js";
import { textField } from "./writing.js";
import { named, words } from "./view.js";

const make = (tag, values = {}) => Object.assign(document.createElement(tag), values);
/** Level texts longer than this stand below one another. */
const SHORT = 22;

/** Options of a question; a rating without options goes from `min` to `max` (1 to 5). */
function optionsOf(question) {
  if (question.options?.length) return question.options;
  const { min = 1, max = 5 } = question.settings ?? {};
  return Array.from({ length: max - min + 1 }, (_, i) => ({ key: min + i, wording: String(min + i) }));
}

const isChosen = (value, key) => (Array.isArray(value) ? value : [value]).some((one) => one !== null && String(one) === String(key));

function optionOf(option, type, name) {
  const label = document.getElementById("option-template").content.firstElementChild.cloneNode(true);
  const input = label.querySelector("input");
  Object.assign(input, { type, name, value: option.key });
  label.querySelector("span").replaceChildren(named(option));
  if (option.help) label.querySelector("span").append(make("small", { textContent: option.help }));
  label.classList.toggle("long", Boolean(option.text));
  return { label, input };
}

/** The options in a row; long wordings below one another; whole texts side by side, with the others beneath. */
function optionBoxes(made, isList = false) {
  const box = (className, some) => {
    const found = make("div", { className });
    found.append(...some.map(({ label }) => label));
    return found;
  };
  const texts = made.filter(({ label }) => label.classList.contains("long"));
  const others = made.filter((one) => !texts.includes(one));
  const isLong = isList || others.some(({ label }) => label.querySelector("span").textContent.length > SHORT);
  return [...(texts.length ? [box("options beside", texts)] : []), ...(others.length ? [box(isLong ? "options levels" : "options", others)] : [])];
}

/** One of several; where no answer is required, choosing the same again takes it back. */
export function choiceField(question, { change, id }) {
  const options = optionsOf(question);
  const made = options.map((option) => optionOf(option, "radio", id));
  let shown = null;
  made.forEach(({ input }, at) => input.addEventListener("click", () => {
    const isAgain = !question.required && isChosen(shown, input.value);
    if (isAgain) input.checked = false;
    change(isAgain ? null : options[at].key);
  }));
  return { nodes: optionBoxes(made),
    show: (value) => { shown = value; for (const { input } of made) input.checked = isChosen(value, input.value); } };
}

/** Any number of several. */
function choicesField(question, { change, id }) {
  const made = question.options.map((option) => optionOf(option, "checkbox", id));
  const chosen = () => question.options.filter((_, at) => made[at].input.checked).map((option) => option.key);
  const isList = question.kind === "checklist";
  for (const { input } of made) input.addEventListener("change", () => change(!isList && !chosen().length ? null : chosen()));
  return { nodes: optionBoxes(made, isList), show(value) {
    const most = question.settings?.most ?? Infinity;
    for (const { input } of made) {
      input.checked = isChosen(value ?? [], input.value);
      input.disabled = !input.checked && (value?.length ?? 0) >= most;
    }
  } };
}

/** Columns whose middles lie where the anchors do; the first and the last begin and end with the line. */
function columnsOf(places, min, max) {
  const middles = places.slice(1).map((place, i) => (place + places[i]) / 2);
  const cuts = [min, ...middles, max];
  return places.map((_, i) => `minmax(0, ${(cuts[i + 1] - cuts[i]) / (max - min)}fr)`).join(" ");
}

/** A number on a line with anchors. Nothing is preset: the thumb shows only once it was put somewhere. */
function scoreField(question, { change, id }) {
  const { min = 0, max = 100, step = 1 } = question.settings ?? {};
  const input = make("input", { type: "range", id, min, max, step, ariaLabel: question.wording });
  const output = make("output", { htmlFor: id });
  const wording = (value) => question.options.findLast((option) => Number(option.key) <= value)?.wording ?? "";
  input.addEventListener("input", () => change(Number(input.value)));
  // A click where the hidden thumb happens to stand changes no value, and is an answer nevertheless.
  input.addEventListener("click", () => change(Number(input.value)));
  const anchors = make("div", { className: "anchors" });
  anchors.append(...question.options.map((option) => {
    const button = make("button", { type: "button", className: "anchor" });
    button.append(make("b", { textContent: option.key }), make("bdi", { textContent: option.wording }));
    button.addEventListener("click", () => change(Number(option.key)));
    return button;
  }));
  anchors.style.gridTemplateColumns = columnsOf(question.options.map((option) => Number(option.key)), min, max);
  const line = make("div", { className: "line" });
  line.append(input, output);
  return { nodes: [line, anchors], show(value) {
    input.classList.toggle("unset", value === null);
    input.value = value ?? (min + max) / 2;
    output.textContent = value ?? "–";
    input.setAttribute("aria-valuetext", value === null ? words("unanswered") : `${value} ${wording(value)}`.trim());
  } };
}

export const KINDS = { choice: choiceField, pick: choiceField, rating: choiceField, choices: choicesField, checklist: choicesField,
  score: scoreField, ranking: rankingField, link: linkField, text: textField };
