/**
 * Help beside the text, each on demand: the romanised line, the neighbours, the guidelines, what a
 * label means, what the glossary calls a word, and a reminder to rest. Offsets stay on the text itself.
 */

import { request } from "./store.js";
import { languageName, notice, say, words } from "./view.js";

const $ = (id) => document.getElementById(id);
const KEPT = "vouch:help";
const WIDE = matchMedia("(min-width: 1200px)");
const LONG_PRESS_MS = 450;
const TIP_MS = 150;
/** How often answers of the manager are looked for. */
const ANSWERS_MS = 4 * 60 * 1000;
const BREAK_MS = 45 * 60 * 1000;
/** Whoever was away this long has had their break. */
const AWAY_MS = 5 * 60 * 1000;

function kept() {
  try { return JSON.parse(localStorage.getItem(KEPT)) ?? {}; } catch { return {}; }
}

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

const make = (tag, values = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), values);
  made.append(...children);
  return made;
};

export class Help {
  /** under: what the pointer rests on that made this script come. */
  constructor(desk, urls, under = null) {
    Object.assign(this, { desk, urls, on: kept(), around: null, terms: null, found: [], isShown: false });
    new Tips(this, under);
    new Rest();
    this.seat = null;
    if (urls.terms) this.fetchTerms();
    if (urls.answers) { this.fetchAnswers(); setInterval(() => document.hidden || this.fetchAnswers(), ANSWERS_MS); }
    if (this.on.guidelines && WIDE.matches) this.openGuide(true);
    if (desk.card) this.show(desk.card);
    document.body.toggleAttribute("data-help", true);
  }

  /** A new card is on screen. */
  show(card) {
    if (this.seat !== card.seat) this.around = null;
    this.seat = card.seat;
    for (const name of ["romanised", "returned", "neighbours"]) this.press(name);
    $("around").hidden = true;
    this.underline();
    if (this.on.romanised) this.drawRomanised();
    if (this.on.returned) this.drawReturned();
    if (this.on.neighbours && card.item?.group) this.drawNeighbours();
  }

  press(name) {
    for (const button of document.querySelectorAll(`[data-cmd=${name}]`)) button.setAttribute("aria-pressed", String(Boolean(this.on[name])));
  }

  toggle(name) {
    this.on[name] = !this.on[name];
    try { localStorage.setItem(KEPT, JSON.stringify(this.on)); } catch { this.on.isLost = true; }
    this.press(name);
    return this.on[name];
  }

  romanised() {
    if (this.toggle("romanised")) this.drawRomanised();
    else for (const line of document.querySelectorAll(".romanised:not(.returned)")) line.remove();
  }

  returned() {
    if (this.toggle("returned")) this.drawReturned();
    else for (const line of document.querySelectorAll(".returned")) line.remove();
  }

  neighbours() {
    if (!this.desk.card.item?.group) return;
    if (this.toggle("neighbours")) this.drawNeighbours();
    else $("around").hidden = true;
  }

  /** What the server knows around this seat, asked once for each card. */
  async fetchAround() {
    const seat = this.seat;
    this.around ??= request(this.urls.around.replace("/0/", `/${seat}/`));
    const { status, data } = await this.around;
    if (seat !== this.seat) return null;
    if (status !== 200) this.around = null;
    return status === 200 ? data : {};
  }

  async drawRomanised() {
    const data = await this.fetchAround();
    if (!data || !this.on.romanised) return;
    for (const line of document.querySelectorAll(".romanised:not(.returned)")) line.remove();
    for (const passage of this.desk.texts.all) {
      if (!/(?!\p{sc=Latin})\p{L}/u.test(passage.field.text)) continue;
      const text = data.romanised?.[passage.side]?.[passage.field.name];
      const line = make("p", { className: "romanised", dir: "ltr", textContent: text ?? words(data.romanised ? "help_unprepared" : "help_away") });
      if (text) line.lang = `${passage.field.lang.split("-")[0]}-Latn`;
      passage.element.after(line);
    }
    this.desk.texts.drawLetters();
  }

  /** What the text says when a machine translates it back. */
  async drawReturned() {
    const data = await this.fetchAround();
    const source = this.desk.card?.source;
    if (!data || !this.on.returned || !source) return;
    for (const line of document.querySelectorAll(".returned")) line.remove();
    for (const passage of this.desk.texts.all) {
      if (passage.side !== "target") continue;
      const text = data.returned?.[passage.field.name];
      const line = make("p", { className: "romanised returned", textContent: text ?? words(data.returned ? "help_unreturned" : "help_away") });
      if (text) Object.assign(line, { lang: source.lang, dir: source.dir });
      passage.element.after(line);
    }
    this.desk.texts.drawLetters();
  }

  async drawNeighbours() {
    const data = await this.fetchAround();
    if (!data || !this.on.neighbours) return;
    const { source, target } = this.desk.card;
    const row = (one) => make("li", {}, ...[["source", source], ["target", target]].filter(([, side]) => side).map(([name, side]) => {
      const shown = make("p", { textContent: one[name].join("\n"), lang: side.lang, dir: side.dir });
      shown.dataset.side = name;
      return shown;
    }));
    const rows = data.neighbours ?? [];
    const here = make("li", { className: "here", textContent: words("help_this") });
    const list = make("ol", {}, ...rows.filter((one) => !one.is_after).map(row), here, ...rows.filter((one) => one.is_after).map(row));
    $("around").replaceChildren(rows.length ? list : make("p", { textContent: words(data.neighbours ? "help_alone" : "help_away") }));
    $("around").hidden = false;
  }

  /** Beside the text where there is room, and it stays open; else in a dialog. */
  guidelines() {
    if (!$("guide")) return;
    if (WIDE.matches) this.openGuide(this.toggle("guidelines"));
    else $("show-guidelines").showModal();
  }

  openGuide(isOpen) {
    if (!$("guide")) return;
    $("guide").hidden = !isOpen;
    document.body.toggleAttribute("data-guide", isOpen);
    this.press("guidelines");
  }

  /** A comment goes with the judgement and is kept in the draft; a question goes to the manager at once. */
  comment() {
    const [dialog, area] = [$("ask-comment"), $("comment-text")];
    const { work } = this.desk;
    area.value = work.state.comment ?? "";
    dialog.querySelector("[value=ask]").hidden = !this.urls.ask;
    dialog.returnValue = "";
    dialog.showModal();
    area.focus();
    dialog.addEventListener("close", () => {
      const text = area.value.trim();
      if (dialog.returnValue === "ask") this.ask(text);
      else if (dialog.returnValue === "keep" && work === this.desk.work) {
        this.desk.set(work.change((state) => { state.comment = text; }));
        if (text) say("say_comment");
      }
    }, { once: true });
  }

  async ask(question) {
    if (!question) { notice("warn", words("ask_empty")); return; }
    this.asking = this.asking?.question === question ? this.asking : { question, client_id: uuid() };
    const { status, data } = await request(this.urls.ask, { seat: this.desk.card.seat, ...this.asking });
    if (status === 200) { this.asking = null; notice("good", data.message); }
    else notice("warn", data.error ?? "", [], null, data.error ? "" : status === 403 ? "signed_out" : "no_answer");
  }

  async fetchAnswers() {
    const { status, data } = await request(this.urls.answers);
    if (status !== 200) return;
    for (const one of data.answers) this.showAnswer(one);
  }

  /** An answer stays in sight until the person says that they read it. */
  showAnswer({ pk, question, answer }) {
    if (document.querySelector(`[data-answer="${pk}"]`)) return;
    const button = make("button", { className: "button small", type: "button", textContent: words("answer_read") });
    const line = make("div", { className: "notice answer" }, make("p", { className: "muted", dir: "auto", textContent: words("answer_to", { question }) }),
      make("p", { dir: "auto", textContent: words("answer_is", { answer }) }), button);
    line.dataset.answer = pk;
    button.addEventListener("click", async () => {
      const { status } = await request(`${this.urls.answers}${pk}/read/`, {});
      if (status === 200) line.remove();
    });
    $("answers").append(line);
  }

  async fetchTerms() {
    const { status, data } = await request(this.urls.terms);
    if (status !== 200) return;
    this.terms = data.terms;
    this.underline();
  }

  /** Underlines the glossary's words in the source; the text's own node is left alone. */
  underline() {
    const { card, texts } = this.desk;
    this.found = [];
    if (!this.terms || !card) return;
    for (const passage of texts.sides.source) this.found.push(...wordsIn(passage, this.terms));
    texts.painter.set("term", this.found.map((one) => one.passage.range(one.start, one.end)), 0);
  }

  /** What the glossary says at a place of the source, or "". */
  termAt(passage, point) {
    const found = this.found.find((one) => one.passage === passage && one.start <= point && point < one.end);
    if (!found) return "";
    const tag = this.desk.card.target.lang;
    const names = found.term.names[tag] ?? found.term.names[tag.split("-")[0]] ?? [];
    return [`${languageName(tag)}, ${words("help_term")} ${names.join(", ") || "–"}`, found.term.description].filter(Boolean).join("\n");
  }
}

/** Places of the glossary's names in a passage, in code points; the longest name wins. */
function wordsIn(passage, terms) {
  const { lang, text } = passage.field;
  const byName = new Map();
  for (const term of terms) for (const name of term.names[lang] ?? term.names[lang.split("-")[0]] ?? []) byName.set(name.toLowerCase(), term);
  const names = [...byName.keys()].sort((a, b) => b.length - a.length);
  if (!names.length) return [];
  const any = names.map((name) => name.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|");
  const spaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u.test(text) ? ["", ""] : ["(?<![\\p{L}\\p{N}\\p{M}])", "(?![\\p{L}\\p{N}\\p{M}])"];
  const found = [];
  for (const hit of text.matchAll(new RegExp(`${spaced[0]}(?:${any})${spaced[1]}`, "giu"))) {
    const term = byName.get(hit[0].toLowerCase());
    if (term) found.push({ passage, term, start: passage.toPoint(hit.index), end: passage.toPoint(hit.index + hit[0].length) });
  }
  return found;
}

/** Small explanations: on hover, on focus, and on a long press or tap. */
class Tips {
  constructor(help, under) {
    Object.assign(this, { help, timer: 0, owner: null });
    document.addEventListener("pointerover", (event) => event.pointerType !== "touch" && this.over(event, TIP_MS));
    document.addEventListener("pointermove", (event) => event.pointerType !== "touch" && this.overText(event));
    document.addEventListener("focusin", (event) => (event.target.matches?.(":focus-visible") ? this.over(event, TIP_MS) : this.hide()));
    document.addEventListener("pointerdown", (event) => { this.hide(); if (event.pointerType === "touch") this.over(event, LONG_PRESS_MS); });
    document.addEventListener("click", (event) => this.tap(event));
    for (const type of ["pointercancel", "scroll", "keydown"]) document.addEventListener(type, () => this.hide(), { capture: true, passive: true });
    document.addEventListener("pointerup", (event) => event.pointerType === "touch" && clearTimeout(this.timer));
    if (under?.closest?.("[data-tip]")) this.over({ target: under, type: "pointerover" }, LONG_PRESS_MS);
    document.addEventListener("contextmenu", (event) => { if (this.owner && event.target.closest("[data-tip]")) event.preventDefault(); });
  }

  over(event, wait) {
    const target = event.target.closest?.("[data-tip]") ?? (event.type === "focusin" ? event.target.querySelector?.("[data-tip]") : null);
    if (!target?.dataset.tip) { if (this.owner && this.owner !== "text") this.hide(); return; }
    if (this.owner === target) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show(target.dataset.tip, target.getBoundingClientRect(), target), wait);
  }

  overText(event) {
    const text = this.textAt(event);
    if (text) this.show(text, new DOMRect(event.clientX, event.clientY - 8, 0, 24), "text");
    else if (this.owner === "text") this.hide();
  }

  tap(event) {
    const text = this.textAt(event);
    if (text) this.show(text, new DOMRect(event.clientX, event.clientY - 8, 0, 24), "text");
  }

  textAt(event) {
    if (!this.help.found.length) return "";
    const passage = this.help.desk.texts.sides.source.find(({ element }) => element.contains(event.target));
    const point = passage?.at(event.clientX, event.clientY);
    return passage && point !== null ? this.help.termAt(passage, point) : "";
  }

  show(text, box, owner) {
    const tip = $("tip");
    this.owner = owner;
    tip.textContent = text;
    tip.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = tip;
    const above = box.top - height - 8;
    tip.style.left = `${Math.max(12, Math.min(box.left + box.width / 2 - width / 2, innerWidth - width - 12))}px`;
    tip.style.top = `${above > 8 ? above : box.bottom + 8}px`;
    if (owner instanceof Element) (owner.closest("button") ?? owner).setAttribute("aria-describedby", "tip");
  }

  hide() {
    clearTimeout(this.timer);
    if (this.owner instanceof Element) (this.owner.closest("button") ?? this.owner).removeAttribute("aria-describedby");
    this.owner = null;
    $("tip").hidden = true;
  }
}

/** After three quarters of an hour of work without a break, one quiet line says so. */
class Rest {
  constructor() {
    this.began = this.last = Date.now();
    for (const type of ["keydown", "pointerdown"]) document.addEventListener(type, () => this.touched(Date.now()), { capture: true });
  }

  touched(now) {
    if (now - this.last > AWAY_MS) this.began = now;
    this.last = now;
    if (now - this.began < BREAK_MS) return;
    const line = make("div", { className: "notice", role: "status", textContent: `${words("help_break", { n: Math.round((now - this.began) / 60000) })} ` });
    const button = make("button", { className: "button small", type: "button", textContent: words("help_rested") });
    button.addEventListener("click", () => line.remove());
    line.append(button);
    $("messages").append(line);
    this.began = now;
  }
}
