/** What the desk draws beside the texts: the list of spans, labels, questions, notices, dialogs. */

const $ = (id) => document.getElementById(id);

/** An interface string of the page, in the reader's language, with {name} filled in. */
export function words(key, values = {}) {
  const found = $("words").content.querySelector(`[data-k="${key}"]`)?.textContent ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Says something to screen readers, and to all in the dock's line. */
export function say(key, values) {
  $("said").textContent = words(key, values);
}

const languageNames = new Intl.DisplayNames([document.documentElement.lang || "en"], { type: "language" });

export function languageName(tag) {
  try { return languageNames.of(tag) ?? tag; } catch { return tag; }
}

const SIGNS = { right: "✓", boundary: "⇔", label: "⟳", split: "⋯", source_label: "⚑", added: "+",
  should_not_be: "✕", wrong_translation: "✕", no_equivalent: "✕", open: "○", unsure: "?", proposed: "" };

/** The list of spans: the way in for keyboards and screen readers. Its elements are kept and reused. */
export class SpanList {
  constructor(list, choose) {
    Object.assign(this, { list, items: new Map() });
    const rowOf = (event) => event.target.closest("[data-row]")?.dataset.row ?? null;
    list.addEventListener("click", (event) => rowOf(event) && choose(rowOf(event), "click"));
    list.addEventListener("focusin", (event) => rowOf(event) && choose(rowOf(event), "focus"));
    list.addEventListener("pointerover", (event) => choose(rowOf(event), "hover"));
    list.addEventListener("pointerleave", () => choose(null, "hover"));
  }

  item(id) {
    if (!this.items.has(id)) {
      const item = $("row-template").content.firstElementChild.cloneNode(true);
      item.firstElementChild.dataset.row = id;
      this.items.set(id, item);
    }
    return this.items.get(id);
  }

  /** rows: [{id, number, label, from, to, verdict, active, lit, removed}]; from and to: {text, lang, dir} or null. */
  draw(rows) {
    const ids = new Set(rows.map((row) => row.id));
    for (const [id, item] of this.items) if (!ids.has(id)) { item.remove(); this.items.delete(id); }
    rows.forEach((row, at) => {
      const item = this.item(row.id);
      if (this.list.children[at] !== item) this.list.insertBefore(item, this.list.children[at] ?? null);
      SpanList.fill(item.firstElementChild, row);
    });
    this.list.parentElement.hidden = !rows.length;
    this.list.classList.toggle("no-source", !rows.some((row) => row.from));
  }

  static fill(button, row) {
    const part = (name) => button.querySelector(`.${name}`);
    const put = (name, shown) => {
      part(name).textContent = shown?.text ?? "";
      if (shown) Object.assign(part(name), { lang: shown.lang, dir: shown.dir });
    };
    part("number").textContent = row.number;
    part("chip").className = `chip label-${row.label.colour}`;
    part("letter").textContent = row.label.letter;
    part("name").textContent = row.label.name;
    put("from", row.from);
    put("to", row.to);
    part("arrow").hidden = !row.from;
    part("state").textContent = `${SIGNS[row.verdict] ?? ""} ${words(`is_${row.verdict}`)}`.trim();
    button.className = ["span-row", row.verdict, row.active && "active", row.lit && "lit", row.removed && "removed"]
      .filter(Boolean).join(" ");
    button.setAttribute("aria-current", String(row.active));
    part("chip").dataset.tip = row.label.definition ?? "";
  }

  focus(id) {
    const button = this.items.get(id)?.firstElementChild;
    button?.focus({ preventScroll: true });
    button?.scrollIntoView({ block: "nearest" });
  }
}

/** The labels as buttons, each with its key. */
export function drawLabels(place, labels, keys) {
  place.replaceChildren(...labels.map((label) => {
    const button = $("label-template").content.firstElementChild.cloneNode(true);
    button.dataset.label = label.key;
    button.classList.add(`label-${label.colour}`);
    button.querySelector(".letter").textContent = label.letter;
    button.querySelector(".name").textContent = label.name;
    button.querySelector("kbd").textContent = keys.get(label.key) ?? "";
    button.dataset.tip = label.definition ?? "";
    return button;
  }));
}

/** Options of a question; a rating without options goes from `min` to `max` (1 to 5). */
function optionsOf(question) {
  if (question.options?.length) return question.options;
  const { min = 1, max = 5 } = question;
  return Array.from({ length: max - min + 1 }, (_, i) => ({ key: min + i, wording: String(min + i) }));
}

const isChosen = (value, key) => (Array.isArray(value) ? value.map(String).includes(String(key)) : String(value) === String(key));

function textQuestion(question, value, change) {
  const area = document.createElement("textarea");
  area.id = `q-${question.key}`;
  area.value = value ?? "";
  area.setAttribute("aria-label", question.wording);
  area.addEventListener("input", () => change(area.value));
  return [area];
}

function choiceQuestion(question, value, change, nextKey) {
  const type = question.kind === "choices" ? "checkbox" : "radio";
  return optionsOf(question).map((option) => {
    const label = $("option-template").content.firstElementChild.cloneNode(true);
    const input = label.querySelector("input");
    Object.assign(input, { type, name: `q-${question.key}`, value: option.key, checked: isChosen(value, option.key) });
    label.querySelector("span").textContent = option.wording;
    const key = nextKey(input);
    label.querySelector("kbd").textContent = key;
    label.querySelector("kbd").hidden = !key;
    input.addEventListener("change", () => {
      if (type === "radio") return change(option.key);
      const chosen = optionsOf(question).filter((other) =>
        input.closest("fieldset").querySelector(`input[value="${CSS.escape(other.key)}"]`).checked);
      return change(chosen.map((other) => other.key));
    });
    return label;
  });
}

/** Draws the questions; returns the inputs that digit keys choose, first key first. */
export function drawQuestions(form, questions, answers, change, firstDigit = 1) {
  const digits = new Map();
  const nextKey = (input) => {
    const digit = firstDigit + digits.size;
    if (digit > 9) return "";
    digits.set(String(digit), input);
    return String(digit);
  };
  const shown = questions.filter((question) => (question.scope ?? "rendition") === "rendition");
  form.replaceChildren(...shown.map((question) => {
    const set = document.createElement("fieldset");
    set.dataset.question = question.key;
    const legend = document.createElement("legend");
    legend.textContent = question.wording + (question.required ? "" : ` (${words("optional")})`);
    const draw = question.kind === "text" ? textQuestion : choiceQuestion;
    set.append(legend, ...draw(question, answers[question.key], (value) => change(question.key, value), nextKey));
    return set;
  }));
  form.hidden = !shown.length;
  return digits;
}

/** Marks the inputs as the answers say, after an undo or a draft. */
export function showAnswers(form, questions, answers) {
  for (const question of questions) {
    const set = form.querySelector(`[data-question="${CSS.escape(question.key)}"]`);
    for (const input of set?.querySelectorAll("input") ?? []) input.checked = isChosen(answers[question.key], input.value);
    const area = set?.querySelector("textarea");
    if (area && area !== document.activeElement) area.value = answers[question.key] ?? "";
  }
}

/** A lasting line above the texts: the server's text, then the words of `word`, then one button. */
export function notice(kind, text, rows = [], button = null, word = "") {
  const line = document.createElement("div");
  line.className = `notice ${kind}`;
  line.append([text, word && words(word)].filter(Boolean).join(" "));
  if (rows.length) {
    const list = document.createElement("ul");
    list.append(...rows.map((row) => Object.assign(document.createElement("li"), { textContent: typeof row === "string" ? row : row.message ?? row.error ?? JSON.stringify(row) })));
    line.append(list);
  }
  if (button) {
    const made = Object.assign(document.createElement("button"), { className: "button small", type: "button", textContent: words(button.word) });
    made.addEventListener("click", button.run);
    line.append(" ", made);
  }
  $("messages").replaceChildren(line);
  line.scrollIntoView({ block: "nearest" });
}

export function clearNotice() { $("messages").replaceChildren(); }

/** Asks in one of the page's dialogs; resolves to {value, comment}, or null when closed without choosing. */
export function ask(id) {
  const dialog = $(id);
  const comment = dialog.querySelector("textarea");
  if (comment) comment.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    resolve(dialog.returnValue ? { value: dialog.returnValue, comment: comment?.value.trim() ?? "" } : null);
  }, { once: true }));
}

/** How far the person is: {done, left}; and about how long it takes at this person's pace (seconds a card). */
export function drawProgress({ done = 0, left = 0 } = {}, pace = null) {
  const bar = $("progress-bar");
  Object.assign(bar, { max: Math.max(done + left, 1), value: done });
  const minutes = pace && left ? Math.max(1, Math.round((left * pace) / 60)) : null;
  $("progress-text").textContent = words("progress", { done: done.toLocaleString(), all: (done + left).toLocaleString() })
    + (minutes ? ` · ${words("minutes", { minutes })}` : "");
}

/** saved | saving | offline | kept | draft | "" */
export function drawSaved(state) {
  const place = $("saved");
  place.dataset.state = state;
  place.textContent = state ? words(`saved_${state}`) : "";
}

/** Switches the dock's buttons by what is active: a row as the list shows it, or null; `isMarked`: text is chosen. */
export function drawDock(row, isMarked) {
  const has = { row: Boolean(row), span: Boolean(row?.span), here: Boolean(isMarked && row?.span),
    guess: Boolean(row?.span?.alternatives.length) };
  for (const part of $("dock").querySelectorAll("[data-for]")) {
    for (const button of part.matches("button") ? [part] : part.querySelectorAll("[data-cmd], [data-panel-to]")) button.disabled = !has[part.dataset.for];
  }
  $("dock").querySelector(".edges").dir = row?.to?.dir ?? "auto";
  $("dock").classList.toggle("choosing", isMarked);
  $("dock").classList.toggle("no-span", !has.span);
  $("sheet-head").hidden = !row;
  const label = row ? (row.span ?? row.source).label : null;
  for (const chip of $("labels").children) chip.setAttribute("aria-pressed", String(chip.dataset.label === label));
  if (!row) return;
  const shown = row.to ?? row.from;
  $("sheet-chip").className = `chip label-${row.label.colour}`;
  $("sheet-chip").textContent = row.label.name;
  Object.assign($("sheet-text"), { textContent: shown?.text ?? "", lang: shown?.lang ?? "", dir: shown?.dir ?? "auto" });
}

/** A row of the work as the list draws it. `on`: {active, lit, isTaken}, ids and whether a reading was taken over. */
export function rowView({ id, span, source }, number, work, texts, labelOf, on) {
  const surface = (side, place) => {
    const passage = texts.passage(side, place.field);
    return passage && { text: passage.slice(place.start, place.end), lang: passage.field.lang, dir: passage.field.dir };
  };
  const said = span ? work.verdict(span) : work.state.lacks[source.key] ?? "open";
  const isUnsure = Boolean(span?.unsure) && !work.isRemoved(span);
  const verdict = isUnsure ? "unsure" : said === "right" && !span.touched ? "proposed" : said === "added" && on.isTaken ? "taken" : said;
  return { id, number, span, source, verdict, label: labelOf((span ?? source).label), active: id === on.active, lit: id === on.lit,
    removed: Boolean(span && work.isRemoved(span)), from: source && surface("source", source), to: span && surface("target", span) };
}

/** What to paint of such rows: each kept span on the target, each source span once on the source, linked by row. */
export function entriesOf(rows, texts, labelOf) {
  const one = (row, side, place, state) => ({ row: row.id, passage: texts.passage(side, place.field), start: place.start, end: place.end, state,
    colour: labelOf(place.label).colour, sign: `${labelOf(place.label).letter}${row.number}`, active: row.active, lit: row.lit, unsure: side === "target" && row.verdict === "unsure" });
  const target = rows.filter((row) => row.span && !row.removed).map((row) => one(row, "target", row.span, row.span.touched ? "own" : "proposed"));
  const bySource = new Map();
  for (const row of rows.filter((each) => each.source)) {
    const known = bySource.get(row.source.key);
    if (!known || row.active || (row.lit && !known.active)) bySource.set(row.source.key, one(row, "source", row.source, "own"));
  }
  return [...bySource.values(), ...target].filter((entry) => entry.passage);
}
