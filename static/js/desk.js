/** The review desk: one card on screen, and what each command does to it. */

import { Commands, Marking, labelKeys } from "./input.js";
import { Clock, Draft, Exchange } from "./send.js";
import { Work } from "./spans.js";
import { Texts, unseen, unseenNames } from "./text.js";
import { Seen, SpanList, clearNotice, drawDock, drawLabels, drawOffers, drawReturned, drawSaved, entriesOf, fillParts, languageName, notice, rowView, say, words } from "./view.js";

const $ = (id) => document.getElementById(id);
const json = (id) => JSON.parse($(id)?.textContent || "null");
/** Verdicts that leave nothing to blame. */
const FAULTLESS = new Set(["right", "proposed", "added", "taken", "open"]);
const asksAnything = ({ questions = [], notes = [], marking }) => Boolean(questions.length || notes.length || marking?.severities?.length || marking?.missing);

export class Desk {
  /** options: acceptWord, what the first button says; firstDigit of the questions; digitFirst(key) before all else;
      after(data) instead of showing the card that an answer brought. */
  constructor(urls, { acceptWord = null, firstDigit = 1, digitFirst = null, after = null } = {}, own = {}) {
    Object.assign(this, { acceptWord, firstDigit, digitFirst, after, urls, search: urls.concepts, questions: null, card: null, work: null });
    this.texts = new Texts($("texts"));
    this.seen = new Seen();
    this.list = new SpanList($("rows"), (id, how) => (how === "hover" ? this.light(id) : this.activate(id, how === "click")));
    this.marking = new Marking(this);
    this.exchange = new Exchange(this, urls, own);
    this.commands = new Commands(this);
    document.addEventListener("visibilitychange", () => this.clock?.visibility());
    for (const type of ["keydown", "pointerdown"]) document.addEventListener(type, () => this.clock?.touch(), { capture: true });
  }

  /** Shows a card, or that there is none. */
  load(card, message = "") {
    if (this.card) $("offer")?.remove();
    if (card && !this.questions && asksAnything(card)) { this.fetchQuestions(() => this.load(card, message)); return; }
    Object.assign(this, { card, work: null, clock: null, active: null, lit: null, pending: null, caret: null, tap: null, part: null,
      extra: {}, warned: false });
    for (const id of ["work", "dock"]) $(id).hidden = !card;
    $("dock").dataset.panel = "main";
    $("nothing").hidden = Boolean(card);
    this.texts.paint([]);
    this.mending?.close();
    document.getSelection()?.removeAllRanges();
    clearNotice();
    if (message) notice("good", message);
    this.exchange.beat.hold(card?.seat ?? null);
    if (!card) return;
    Object.assign(this, { work: new Work(card, this.questions?.asking), draft: new Draft(card.seat, card.round), clock: new Clock() });
    const isBack = this.restore(this.draft.found);
    this.show(card);
    this.active = (this.work.rows().find((row) => !this.work.blind || !row.span) ?? this.work.rows()[0])?.id ?? null;
    if (isBack) drawSaved("draft");
    say(isBack ? "say_draft" : "say_nothing");
    scrollTo({ top: 0 });
    this.draw();
  }

  /** What draws questions is fetched where a card first needs it: most desks only mark spans. */
  async fetchQuestions(then) {
    const { Questions } = await import("./questions.js");
    this.questions ??= new Questions(this, this.search);
    then();
  }

  /** The same for relations between spans. */
  async fetchRelations() {
    const { Relations } = await import("./relations.js");
    this.relating ??= new Relations(this);
    if (this.work) this.relating.draw();
  }

  /** What stays the same while a card is on screen. */
  show(card) {
    drawReturned(card);
    this.texts.show(card, languageName);
    this.marking.watch(this.texts.all);
    this.seen.watch();
    this.labelKeys = labelKeys(card.labels ?? []);
    drawLabels($("labels"), card.labels ?? [], this.labelKeys);
    this.questions?.clear(card);
    $("relations").hidden = true;
    if (card.relation_labels?.length) this.fetchRelations();
    document.body.dataset.mode = card.mode;
    document.body.dataset.marks = card.marking?.severities?.length ? "graded" : card.labels?.length || card.spans?.length ? "labelled" : "none";
    drawOffers(card, this.mayMend);
    this.helping?.show(card);
    $("mode").textContent = card.mode === "blind" ? words("mode_blind") : "";
  }

  get mayMend() { return Boolean(this.urls?.mend && this.card?.may_mend); }

  /** Opens the editor of the translation; its script comes when it is first asked for. */
  async mend() {
    if (!this.mayMend) return;
    const { Mend } = await import("./mend.js");
    this.mending ??= new Mend(this, this.urls);
    if (this.card) this.mending.open();
  }

  /** Help beside the text: romanised line, neighbours, guidelines, terms. Its script comes when it is wanted. */
  async help(deed = null, under = null) {
    const { Help } = await import("./help.js");
    this.helping ??= new Help(this, this.urls ?? {}, under);
    if (deed) this.helping[deed]();
  }

  /** Takes a kept draft over if it is about the same shown spans. */
  restore(state) {
    const shown = (spans) => spans.map((span) => span.shown).filter(Boolean).sort().join();
    if (!state || shown(state.spans) !== shown(this.work.spans)) return false;
    this.work.state = { ...this.work.state, ...state };
    return true;
  }

  reading() { return { ...this.work.reading((field, start, end, side) => this.texts.passage(side, field).slice(start, end)), ...this.extra }; }

  label(key) { return this.card.labels.find((label) => label.key === key) ?? { key, name: key, letter: key[0], colour: 7 }; }

  get row() { return this.work?.rows().find((row) => row.id === this.active) ?? null; }

  /** What is marked and waits for a label: {passage, start, end} or null. */
  get marked() { return this.pending ?? (this.caret?.place() ? { passage: this.caret.passage, ...this.caret.place() } : null); }

  /** Draws all that can change; the texts' own nodes are left alone. */
  draw() {
    const rows = this.work.rows().map((row, i) => this.view(row, i + 1));
    this.list.draw(rows);
    const caret = this.caret && !this.marked ? { passage: this.caret.passage, ...this.caret.here() } : this.tap;
    this.texts.paint(entriesOf(rows, this.texts, (key) => this.label(key)), this.marked, caret);
    drawDock(rows.find((row) => row.active) ?? null, Boolean(this.marked));
    for (const button of document.querySelectorAll("[data-cmd=comment]")) button.setAttribute("aria-pressed", String(Boolean(this.work.state.comment)));
    $("accept-word").textContent = words(this.acceptWord ?? (this.work.blind || this.work.past.length ? "done" : "accept"));
    this.drawQuestions(rows.find((row) => row.active) ?? null);
    this.relating?.draw();
  }

  drawQuestions(view) {
    const isToBlame = view && this.card.marking?.causes?.length && !FAULTLESS.has(view.verdict);
    if (!this.questions && isToBlame) this.fetchQuestions(() => this.draw());
    this.digits = this.questions?.draw(this.work, view ? this.row : null, view, this.firstDigit);
  }

  view(row, number = 0) {
    const on = { active: this.active, lit: this.lit, isTaken: "chosen" in this.extra };
    return rowView(row, number, this.work, this.texts, (key) => this.label(key), on);
  }

  /** After a change: the draft is kept and all drawn anew. */
  set(isChanged) {
    if (!isChanged) return;
    this.warned = false;
    this.keepDraft();
    this.draw();
  }

  /** Says that the draft is kept once it is. */
  async keepDraft() {
    const { draft } = this;
    const isKept = await draft.save(this.work.state);
    if (draft === this.draft && !this.exchange.sender.isWaiting) drawSaved(isKept ? "draft" : "full");
  }

  activate(id, focus = false) {
    if (this.active !== id) {
      this.active = id;
      $("dock").dataset.panel = "main";
      this.speak();
      this.draw();
    }
    if (focus) this.list.focus(id);
  }

  speak() {
    if (!this.row) return;
    const view = this.view(this.row);
    const text = (view.to ?? view.from)?.text ?? "";
    const said = words(view.span ? "say_span" : "say_todo", { label: view.label.name, text });
    const names = unseenNames(unseen(text));
    say(names ? "say_hidden" : "say_caret", { said, names, text: said });
  }

  light(id) { if (this.work && this.lit !== id) { this.lit = id; this.draw(); } }

  pointed(passage, point) { this.light(point === null ? null : this.at(passage, point)[0] ?? null); }

  /** Rows at a place of a text, the shortest span first. */
  at(passage, point) {
    return this.texts.entries.filter((one) => one.passage === passage && one.start <= point && point < one.end)
      .sort((a, b) => (a.end - a.start) - (b.end - b.start)).map((one) => one.row);
  }

  tapped(passage, point, isTouch) {
    if (point === null || !this.work || this.exchange.sender.isWaiting) { this.cancel(); return; }
    const found = this.at(passage, point);
    const isMarking = passage.marks && isTouch && (this.tap || this.caret || this.row?.span === null);
    if (found.length && !isMarking && this.work.severities.length) { this.activate(found[0], true); this.questions.cycle(); return; }
    if (found.length && !isMarking) { this.activate(found[(found.indexOf(this.active) + 1) % found.length], true); return; }
    if (!passage.marks || !isTouch) { this.cancel(); return; }
    const word = passage.word(point);
    const first = this.tap?.passage === passage ? this.tap : null;
    this.tap = null;
    if (first) { this.take(passage, passage.snap(Math.min(first.start, word.start), Math.max(first.end, word.end))); return; }
    Object.assign(this, { tap: { passage, ...word }, pending: null, caret: null });
    say("say_tap", { text: passage.slice(word.start, word.end) });
    this.draw();
  }

  /** Text was marked: it goes to the source span that waits for it, or waits for a label itself. */
  take(passage, place) {
    if (!place || !this.work || this.exchange.sender.isWaiting) return;
    const todo = this.row && !this.row.span ? this.row.source : null;
    const goal = todo ?? this.part;
    Object.assign(this, { pending: { passage, ...place }, caret: null, tap: null });
    if (goal) { this.give(goal.label, todo?.key ?? this.part.source); return; }
    if (this.work.severities.length && this.card.labels.length === 1) { this.give(this.card.labels[0].key); return; }
    say("say_marked", { text: passage.slice(place.start, place.end) });
    $("dock").dataset.panel = "labels";
    this.draw();
  }

  /** Labels the marked text; then the next source span without a place is up. */
  give(label, source = null) {
    const { passage, start, end } = this.marked;
    const key = this.work.add({ field: passage.field.name, side: passage.side, start, end, label, source });
    document.getSelection()?.removeAllRanges();
    Object.assign(this, { pending: null, caret: null, tap: null, part: null });
    const next = source && this.work.open()[0];
    this.active = next ? `todo:${next.key}` : key;
    $("dock").dataset.panel = "main";
    this.set(true);
    this.speak();
  }

  cancel() {
    if (!this.pending && !this.caret && !this.tap && !this.part) return false;
    Object.assign(this, { pending: null, caret: null, tap: null, part: null });
    $("dock").dataset.panel = "main";
    document.getSelection()?.removeAllRanges();
    this.draw();
    return true;
  }

  /** Enter: the marked text, else all that is left, once it was seen and nothing is missing. */
  accept() {
    if (this.exchange.sender.isWaiting) { this.exchange.sender.now(); return; }
    if (this.caret && this.marked) { this.take(this.caret.passage, this.caret.place()); return; }
    if (this.marked) { say("say_marked", { text: this.marked.passage.slice(this.marked.start, this.marked.end) }); return; }
    if (!this.seen.isSeen) { say("say_read"); return; }
    const missing = this.work.unanswered()[0];
    if (missing) {
      if (missing.span ?? missing.relation?.from) this.activate((missing.span ?? missing.relation.from).key);
      say("say_answer", { wording: missing.question.wording });
      this.questions.focus(missing);
      return;
    }
    const [twin, open] = [this.work.twin(), this.work.open()];
    if (twin) { this.activate(twin.key, true); say("say_twice", { label: this.label(twin.label).name, text: this.view(this.row).to?.text ?? "" }); return; }
    const unsure = this.work.kept().find((span) => span.unsure);
    if (unsure && !this.warned) {
      this.activate(unsure.key, true);
      say("say_unsure");
      this.warned = true;
      return;
    }
    if (open.length && !this.warned) {
      this.activate(`todo:${open[0].key}`, true);
      say("say_open", { n: open.length });
      this.warned = true;
      return;
    }
    this.exchange.submit("answered");
  }

  undo() {
    if (this.cancel()) return;
    if (this.exchange.sender.isWaiting || !this.work?.undo()) { this.exchange.undo(); return; }
    this.keepDraft();
    if (!this.row) this.active = this.work.rows()[0]?.id ?? null;
    this.draw();
    say("say_undone");
  }

  walk(direction) {
    const rows = this.work.rows();
    const at = rows.findIndex((row) => row.id === this.active);
    if (rows.length) this.activate(rows[Math.max(0, Math.min(at + direction, rows.length - 1))].id, true);
  }

  right() {
    const row = this.row;
    if (!row?.span) { say("say_nospan"); return; }
    this.set(this.work.say(row.span.key, "right"));
    this.walk(1);
  }

  /** A verdict on the active span, or on a source span that has no place. */
  judge(verdict) {
    const row = this.row;
    if (!row || (!row.span && ["should_not_be", "split"].includes(verdict))) { say("say_nospan"); return; }
    if (row.span) {
      this.set(this.work.say(row.span.key, verdict));
      this.part = verdict === "split" && row.span.verdict === "split" ? row.span : null;
      if (this.part) say("say_part");
      if (!this.row) this.active = (this.work.rows().find((one) => one.source && one.source === row.source) ?? this.work.rows()[0])?.id ?? null;
    } else {
      this.set(this.work.sayOfSource(row.source.key, verdict));
      const next = this.work.open()[0];
      if (next) this.active = `todo:${next.key}`;
    }
    this.draw();
  }

  nudge(edge, direction, unit) {
    const span = this.row?.span;
    if (!span || span.anchor === "missing") { say("say_nospan"); return true; }
    this.set(this.work.nudge(span.key, edge, direction, unit, this.texts.passage(span.side, span.field)));
    this.speak();
    return true;
  }

  guess() { if (this.row?.span) { this.set(this.work.nextGuess(this.row.span.key)); this.speak(); } }

  /** The active span takes the place of the marked text. */
  moveHere() {
    const { marked, row } = this;
    if (!marked || !row?.span || row.span.anchor === "missing") { say("say_select"); return; }
    Object.assign(this, { pending: null, caret: null });
    document.getSelection()?.removeAllRanges();
    this.set(this.work.place(row.span.key, { field: marked.passage.field.name, side: marked.passage.side, start: marked.start, end: marked.end }));
    this.draw();
  }

  choose(label) {
    if (this.exchange.sender.isWaiting) { say("say_waiting"); return; }
    const row = this.row;
    if (this.marked) this.give(label, row && !row.span ? row.source.key : this.part?.source ?? null);
    else if (row?.span) { this.set(this.work.relabel(row.span.key, label)); $("dock").dataset.panel = "main"; this.speak(); }
    else say("say_select");
  }

  digit(key) {
    const row = this.work?.rows()[key - 1];
    if (this.digitFirst?.(key)) return true;
    if (this.digits?.has(key)) this.digits.get(key).click();
    else if (row && !this.digits?.size && this.firstDigit === 1) this.activate(row.id, true);
    else return false;
    return true;
  }

  fold() {
    $("source").querySelector(".fold").setAttribute("aria-expanded", String($("source").classList.toggle("open")));
  }
}

/** Help comes at once where it was on before or the project has terms, else with the first touch. */
function awaitHelp(desk) {
  let wasOn = false;
  try { wasOn = localStorage.getItem("vouch:help") !== null; } catch { wasOn = false; }
  const come = (event) => desk.help(null, event?.target);
  if (wasOn || desk.urls?.terms) come();
  else for (const type of ["pointerover", "keydown", "touchstart"]) addEventListener(type, come, { once: true, capture: true });
}

/** Starts the desk of this page; adjudication gives options of its own. */
export async function start(options) {
  await fillParts();
  const desk = new Desk(json("urls"), options, json("own") ?? {});
  desk.exchange.showProgress(json("progress") ?? {});
  awaitHelp(desk);
  const tutorial = $("to-tutorial");
  for (const link of tutorial ? document.querySelectorAll("[data-tutorial]") : []) Object.assign(link, { href: tutorial.href, hidden: false });
  $("offer")?.querySelector("button").addEventListener("click", () => $("offer").remove());
  await desk.exchange.start(json("card"));
  return desk;
}

if (document.body.dataset.page === "desk") start();
