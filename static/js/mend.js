/**
 * Mending: the reviewer puts the translation right in place. The editor stands under the text, which
 * stays in sight; what changes is shown word by word. It is fetched when it is first needed.
 */

import { request } from "./store.js";
import { REMOVES } from "./spans.js";
import { clearNotice, notice, say, words } from "./view.js";

const $ = (id) => document.getElementById(id);
const DRAFT = "vouch:mend:";
/** A word, or a character where a script writes no spaces: what is compared as a whole. */
const TOKEN = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Tibetan}]\p{M}*|[\p{L}\p{N}\p{M}_\u200c\u200d]+|./gsu;
/** Characters that take no ink: shown by number where they were put in or taken out. */
const UNSEEN = /([\p{Cf}\u00a0\u2028\u2029])/u;
/** Beyond so many comparisons only the changed middle is shown, as one piece. */
const MOST_CELLS = 4_000_000;

const tokens = (text) => text.match(TOKEN) ?? [];

/** Lengths of the longest common run of tokens from each pair of places on, row by row. */
function commonRuns(old, made) {
  const width = made.length + 1;
  const table = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = made.length - 1; j >= 0; j -= 1) {
      table[i * width + j] = old[i] === made[j] ? table[(i + 1) * width + j + 1] + 1
        : Math.max(table[(i + 1) * width + j], table[i * width + j + 1]);
    }
  }
  return (i, j) => table[i * width + j];
}

/** Pieces of two texts, in order: [["same" | "del" | "ins", text], …]. */
export function difference(before, after) {
  const [old, made] = [tokens(before), tokens(after)];
  let [head, tail] = [0, 0];
  while (head < old.length && head < made.length && old[head] === made[head]) head += 1;
  while (tail < old.length - head && tail < made.length - head && old.at(-1 - tail) === made.at(-1 - tail)) tail += 1;
  const [left, right] = [old.slice(head, old.length - tail), made.slice(head, made.length - tail)];
  const pieces = [["same", old.slice(0, head).join("")]];
  const put = (kind, text) => (pieces.at(-1)[0] === kind ? (pieces.at(-1)[1] += text) : pieces.push([kind, text]));
  if (left.length * right.length > MOST_CELLS) { put("del", left.join("")); put("ins", right.join("")); } else {
    const run = commonRuns(left, right);
    let [i, j] = [0, 0];
    while (i < left.length || j < right.length) {
      if (i < left.length && j < right.length && left[i] === right[j]) { put("same", left[i]); i += 1; j += 1; }
      else if (j >= right.length || (i < left.length && run(i + 1, j) >= run(i, j + 1))) { put("del", left[i]); i += 1; }
      else { put("ins", right[j]); j += 1; }
    }
  }
  put("same", old.slice(old.length - tail).join(""));
  return pieces.filter(([, text]) => text);
}

/** A piece as an element; characters without ink get their number. */
function pieceOf([kind, text]) {
  if (kind === "same") return document.createTextNode(text);
  const piece = document.createElement(kind);
  piece.append(...text.split(UNSEEN).filter(Boolean).map((part) => (UNSEEN.test(part)
    ? Object.assign(document.createElement("small"), { textContent: `U+${part.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}` }) : part)));
  return piece;
}

/** The text of an edit that is not sent yet, kept on this device. */
class MendDraft {
  constructor(seat) {
    this.key = `${DRAFT}${seat}`;
    try { this.found = JSON.parse(localStorage.getItem(this.key)); } catch { this.found = null; }
    this.clientId = this.found?.client_id ?? crypto.randomUUID?.() ?? MendDraft.plainUuid();
  }

  /** randomUUID exists only on secure origins. */
  static plainUuid() {
    const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  save(texts) {
    try { localStorage.setItem(this.key, JSON.stringify({ client_id: this.clientId, texts, at: Date.now() })); return true; } catch { return false; }
  }

  drop() {
    try { localStorage.removeItem(this.key); } catch { this.found = null; }
  }
}

export class Mend {
  constructor(desk, urls) {
    Object.assign(this, { desk, urls, place: null, fields: [], isBusy: false, confirmed: 0 });
    document.addEventListener("keydown", (event) => this.key(event), { capture: true });
  }

  get isOpen() { return this.place !== null; }

  /** Opens the editor under the text of the card on screen. */
  open() {
    const { card, texts } = this.desk;
    if (this.isOpen) { this.fields[0].area.focus(); return; }
    this.desk.cancel();
    this.draft = new MendDraft(card.seat);
    this.confirmed = 0;
    this.place = $("mend-template").content.firstElementChild.cloneNode(true);
    const open = texts.sides.target.filter((passage) => passage.field.role !== "reference");
    this.fields = open.map((passage) => this.field(passage.field, open.length > 1));
    this.place.querySelector(".mend-fields").append(...this.fields.map(({ block }) => block));
    this.place.addEventListener("click", (event) => this.click(event));
    $("target-fields").after(this.place);
    document.body.toggleAttribute("data-mending", true);
    for (const field of this.fields) this.compare(field);
    const first = this.fields[0].area;
    first.focus();
    first.setSelectionRange(first.value.length, first.value.length);
    this.place.scrollIntoView({ block: "nearest" });
  }

  field(field, isNamed) {
    const block = $("mend-field-template").content.firstElementChild.cloneNode(true);
    const [area, shown, label] = [block.querySelector("textarea"), block.querySelector(".diff"), block.querySelector("label")];
    area.id = `mend-${field.name.replace(/\W/g, "-")}`;
    Object.assign(label, { htmlFor: area.id });
    if (isNamed) label.textContent = field.name;
    for (const part of [area, shown]) Object.assign(part, { lang: field.lang, dir: field.dir });
    const kept = this.draft.found?.texts?.find((text) => text.field === field.name && text.before === field.text);
    area.value = kept?.after ?? field.text;
    const made = { field, block, area, shown };
    area.addEventListener("input", () => { this.compare(made); this.tell(this.draft.save(this.changed()) ? "mend_kept" : "saved_full"); });
    return made;
  }

  /** The texts that differ from what stands. */
  changed() {
    const same = (text) => text.replaceAll("\r\n", "\n");
    return this.fields.filter(({ field, area }) => area.value !== same(field.text))
      .map(({ field, area }) => ({ field: field.name, before: field.text, after: area.value }));
  }

  compare({ field, area, shown }) {
    shown.replaceChildren(...difference(field.text.replaceAll("\r\n", "\n"), area.value).map(pieceOf));
    shown.hidden = area.value === field.text;
    area.rows = Math.min(12, Math.max(2, area.value.split("\n").length + Math.ceil(area.value.length / 60)));
  }

  tell(word, values) { this.place.querySelector(".mend-state").textContent = words(word, values); }

  /** Says what stands against the edit; `button` offers to do it all the same. */
  object(text, rows = [], button = false) {
    const place = this.place.querySelector(".mend-said");
    place.replaceChildren(rows.length ? rows.join(" ") : text);
    place.hidden = false;
    this.place.querySelector("[data-mend=anyway]").hidden = !button;
  }

  click(event) {
    const deed = event.target.closest("[data-mend]")?.dataset.mend;
    if (deed === "cancel") this.cancel();
    else if (deed) this.keep();
  }

  /** While the editor is open the desk's keys sleep; Escape leaves it and Ctrl+Enter keeps the text. */
  key(event) {
    if (!this.isOpen || document.querySelector("dialog[open]") || event.isComposing) return;
    const deed = event.key === "Escape" ? () => this.cancel() : event.key === "Enter" && (event.ctrlKey || event.metaKey) ? () => this.keep() : null;
    event.stopPropagation();
    if (!deed) return;
    event.preventDefault();
    deed();
  }

  cancel() {
    const isKept = this.changed().length > 0;
    if (!isKept) this.draft.drop();
    this.close();
    say(isKept ? "mend_left" : "say_nothing");
    this.desk.list.focus(this.desk.active);
  }

  close() {
    this.place?.remove();
    Object.assign(this, { place: null, fields: [] });
    document.body.toggleAttribute("data-mending", false);
  }

  async keep() {
    if (this.isBusy) return;
    const texts = this.changed();
    if (!texts.length || texts.some((text) => !text.after.trim())) { this.object(words(texts.length ? "mend_empty" : "mend_same")); return; }
    const { card, work, clock } = this.desk;
    const kept = work.kept().filter((span) => span.touched).map(({ key, field, start, end }) => ({ key, field, start, end }));
    this.busy(true);
    const { status, data } = await request(this.urls.mend, { seat: card.seat, client_id: this.draft.clientId, texts, kept, confirmed: this.confirmed, ...clock.stamps() });
    this.busy(false);
    if (card !== this.desk.card) return;
    if (status === 200) this.done(data);
    else this.refused(status, data);
  }

  busy(isBusy) {
    this.isBusy = isBusy;
    for (const button of this.place?.querySelectorAll("[data-mend]") ?? []) button.disabled = isBusy;
    if (isBusy) this.tell("saved_saving");
  }

  refused(status, data) {
    this.tell("mend_kept");
    if (data.confirm) {
      this.confirmed = data.confirm.confirmed;
      this.object(data.error, [], true);
    } else if ("card" in data) {
      this.close();
      this.desk.exchange.lost(data);
    } else this.object(data.error ?? words(status === 403 ? "signed_out" : "no_answer"), data.rows);
  }

  /** The desk goes on with the new text: what was said of the old one follows. */
  done(data) {
    const state = this.desk.work.state;
    this.draft.drop();
    this.close();
    this.desk.exchange.go(data);
    if (data.card && data.mended) this.carry(state, data.kept);
    this.offer(data, data.message);
    this.desk.list.focus(this.desk.active);
  }

  /** Spans that the person had touched keep what was said of them, at the place they moved to. */
  carry(state, kept) {
    const { work } = this.desk;
    const places = new Map(kept.map((place) => [place.key, place]));
    for (const span of state.spans.filter((one) => one.touched)) {
      const shown = span.shown && work.find(span.shown);
      const place = places.get(span.key);
      if (REMOVES.has(span.verdict)) { if (shown) work.say(shown.key, span.verdict); continue; }
      if (!place) continue;
      const key = shown ? shown.key : work.add({ field: span.field, start: place.start, end: place.end, label: span.label, source: span.source });
      if (shown) {
        work.say(key, "right");
        work.place(key, { field: span.field, start: place.start, end: place.end });
        work.relabel(key, span.label);
        if (span.verdict) work.say(key, span.verdict);
      }
      work.find(key).unsure = !place.sure;
    }
    Object.assign(work.state.lacks, state.lacks);
    Object.assign(work.state.answers, state.answers);
    if (state.comment) work.state.comment = state.comment;
    work.past = [];
    const unsure = work.kept().find((span) => span.unsure);
    if (unsure) this.desk.active = unsure.key;
    this.desk.draw();
    if (unsure) say("say_unsure");
  }

  /** Offers to mend the same text elsewhere, with the numbers; nothing happens without a press. */
  offer({ mended, siblings }, text = "") {
    const { count = 0, judged = 0 } = siblings ?? {};
    if (!count) { if (text) notice("good", text); return; }
    const more = [words("mend_alike", { n: count }), judged ? words("mend_judged", { n: judged }) : ""].join(" ");
    clearNotice();
    notice("warn", `${text} ${more}`.trim());
    const line = $("messages").firstElementChild;
    const button = (word, n, run, kind = "") => {
      const made = Object.assign(document.createElement("button"), { type: "button", className: `button small ${kind}`, textContent: words(word, { n }) });
      made.addEventListener("click", run);
      line.append(" ", made);
    };
    const body = { mended, count, judged };
    if (count > judged) button(judged ? "mend_these" : "mend_too", count - judged, () => this.along(body));
    if (judged) button("mend_all", count, () => this.along({ ...body, also_judged: true }));
    button("mend_leave", 0, clearNotice, "quiet");
  }

  async along(body) {
    for (const button of $("messages").querySelectorAll("button")) button.disabled = true;
    const { status, data } = await request(this.urls.siblings, body);
    if (data.confirm) this.offer({ mended: body.mended, siblings: data.confirm }, data.error);
    else if (status !== 200) notice("warn", data.error ?? "", [], null, data.error ? "" : "no_answer");
    else if (body.also_judged || data.siblings.count > data.siblings.judged) this.offer({ mended: body.mended, siblings: data.siblings }, data.message);
    else notice("good", data.message);
  }
}
