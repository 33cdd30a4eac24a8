/** The questions on screen: a fieldset for each place that is asked, those of the active span first. */

import * as asking from "./asking.js";
import { cycle, omit, showOmission, surfaceOf } from "./grading.js";
import { KINDS, choiceField } from "./kinds.js";
import { named, words } from "./view.js";

const $ = (id) => document.getElementById(id);
const make = (tag, values = {}) => Object.assign(document.createElement(tag), values);
const FAULTLESS = new Set(["right", "proposed", "added", "taken", "open"]);

/** What the project asks of a marked span beside its label, as questions of the desk's own. */
function ofMark(work, row, verdict) {
  const { severities = [], causes = [] } = work.card.marking ?? {};
  const found = [];
  if (severities.length && row.span && !work.isRemoved(row.span)) {
    found.push({ place: `severity:${row.id}`, value: row.span.attributes.severity ?? null, change: (value) => work.grade(row.span.key, value),
      question: { key: "severity", kind: "choice", wording: words("severity"), required: true, options: severities } });
  }
  if (causes.length && !FAULTLESS.has(verdict)) {
    found.push({ place: `cause:${row.id}`, value: work.causeOf(row) || null, change: (value) => work.blame(row, value ?? ""),
      question: { key: "cause", kind: "choice", wording: words("cause"), required: false, options: causes } });
  }
  return found;
}

export class Questions {
  asking = asking;

  /** desk: {set(isChanged), exchange}; the search address is that of concepts. */
  constructor(desk, search) {
    Object.assign(this, { desk, search, fields: new Map(), heads: new Map(), rule: make("hr") });
    this.form = $("questions");
    this.form.addEventListener("submit", (event) => event.preventDefault());
  }

  cycle() { cycle(this.desk); }

  omit() { omit(this.desk); }

  /** Forgets the card before. */
  clear(card) {
    this.fields.clear();
    this.heads.clear();
    this.form.replaceChildren();
    this.notes(card.notes ?? []);
  }

  notes(notes) {
    $("notes").hidden = !notes.length;
    $("notes").replaceChildren(...notes.map((note) => {
      const part = make("div");
      const lines = note.lines.map((line) => make("dd", { textContent: line, lang: note.lang, dir: note.dir }));
      part.append(make("dt", { textContent: note.wording }), ...lines);
      return part;
    }));
  }

  /** Draws what is asked now; returns the inputs that digit keys choose, first key first. */
  draw(work, row, view, firstDigit) {
    const wanted = [];
    const about = row && this.about(work, row);
    if (about?.length || (row && ofMark(work, row, view.verdict).length)) {
      wanted.push(this.head("row", this.title(view), "about"));
      for (const entry of [...ofMark(work, row, view.verdict), ...about]) wanted.push(this.field(work, entry, "about"));
    }
    if (wanted.length && asking.asked(work).some(({ span, relation }) => !span && !relation)) wanted.push(this.rule);
    let last = null;
    for (const entry of asking.asked(work).filter(({ span, relation }) => !span && !relation)) {
      const isListed = ["option", "field"].includes(entry.question.scope);
      if (isListed && last !== entry.question.key) wanted.push(this.head(`of ${entry.question.key}`, this.heading(entry.question), "of"));
      last = entry.question.key;
      wanted.push(this.field(work, entry, isListed ? "listed" : ""));
    }
    this.place(wanted);
    showOmission($("missing"), work);
    return this.digits(firstDigit);
  }

  /** Questions of the active row: its span's, and those of the relations that start from it. */
  about(work, row) {
    return asking.asked(work).filter(({ span, relation }) => row.span && (span?.key === row.span.key || relation?.from.key === row.span.key))
      .map((entry) => (entry.relation ? { ...entry, wording: `${entry.relation.name} → ${surfaceOf(this.desk.texts, entry.relation.to)}: ${entry.question.wording}` } : entry));
  }

  title(view) {
    const shown = view.to ?? view.from;
    const chip = make("span", { className: `chip label-${view.label.colour}`, textContent: view.label.name });
    return [chip, " ", make("bdi", { textContent: shown?.text ?? "", lang: shown?.lang ?? "", dir: shown?.dir ?? "auto" })];
  }

  heading(question) { return [make("bdi", { textContent: question.wording }), question.required ? "" : ` (${words("optional")})`]; }

  head(key, content, className) {
    const head = this.heads.get(key) ?? make("h3");
    this.heads.set(key, head);
    head.className = `asked-of ${className}`;
    head.replaceChildren(...content);
    return head;
  }

  field(work, entry, className) {
    let field = this.fields.get(entry.place);
    if (!field) {
      field = this.build(work, entry);
      this.fields.set(entry.place, field);
    }
    field.set.className = `is-${field.kind} ${className}`.trim();
    field.show(entry.value, work.state.answers[entry.place]);
    return field.set;
  }

  build(work, entry) {
    const { question, target = "rendition" } = entry;
    const set = make("fieldset");
    Object.assign(set.dataset, { question: question.key, target });
    const legend = make("legend");
    const isListed = entry.wording !== undefined && ["option", "field"].includes(question.scope);
    if (isListed) legend.append(named(entry));
    else legend.append(make("bdi", { textContent: entry.wording ?? question.wording }), question.required ? "" : ` (${words("optional")})`);
    set.append(legend);
    if (question.help && !isListed) {
      const help = make("p", { className: "help", id: `help-${this.fields.size}` });
      help.append(make("bdi", { textContent: question.help }));
      set.setAttribute("aria-describedby", help.id);
      set.append(help);
    }
    const change = entry.change ?? ((value) => work.answer(question.key, value, target));
    const tools = { change: (value) => this.desk.set(change(value)), id: `q${this.fields.size}`, search: this.search,
      lang: work.card.target.lang, surface: entry.span ? surfaceOf(this.desk.texts, entry.span) : "", target,
      leave: () => Boolean(entry.span) && this.desk.list.focus(entry.span.key) };
    const { nodes, show } = (KINDS[question.kind] ?? choiceField)(question, tools);
    set.append(...nodes);
    return { set, show, kind: question.kind };
  }

  /** Puts the parts in order without moving those that stay, so that focus stays too. */
  place(wanted) {
    const keep = new Set(wanted);
    for (const node of [...this.form.children]) if (!keep.has(node)) node.remove();
    wanted.forEach((node, at) => { if (this.form.children[at] !== node) this.form.insertBefore(node, this.form.children[at] ?? null); });
    this.form.hidden = !wanted.length;
  }

  digits(first) {
    const found = new Map();
    for (const input of this.form.querySelectorAll("input[type=radio], input[type=checkbox]")) {
      const digit = first + found.size;
      const key = digit > 9 ? "" : String(digit);
      const shown = input.parentElement.querySelector("kbd");
      Object.assign(shown, { textContent: key, hidden: !key });
      if (key) found.set(key, input);
    }
    return found;
  }

  /** Puts the focus where something is still to be answered. */
  focus({ question, target }) {
    const set = [...this.form.querySelectorAll("fieldset")].find((one) => one.dataset.question === question.key && one.dataset.target === target);
    const first = set?.querySelector("input, textarea, button");
    first?.focus();
    set?.scrollIntoView({ block: "nearest" });
  }
}
