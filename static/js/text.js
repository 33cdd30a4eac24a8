/**
 * Text on screen. Offsets everywhere else are code points; here they meet the DOM's UTF-16 units,
 * grapheme clusters, words, the pointer, and the CSS Custom Highlights that are painted.
 * The text itself is one text node that is never split or wrapped, so that every script shapes rightly;
 * only very long ones, of which parts are shown, are split, between words.
 */

import { words } from "./view.js";

/** Characters that leave no trace on screen: controls but for line feeds, joiners, marks of direction, odd spaces, soft hyphens. */
const UNSEEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u00a0\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;
const IN_EMOJI = /(?<=[\p{ExtPict}\p{EMod}\ufe0f])\u200d(?=\p{ExtPict})/gu;
const SHORT = { 0x200d: "ZWJ", 0x200c: "ZWNJ", 0x200e: "LRM", 0x200f: "RLM", 0x61c: "ALM", 0xad: "SHY", 0xfeff: "BOM", 0x200b: "ZWSP", 0x2060: "WJ", 9: "TAB", 0xa0: "NBSP" };
const MOST_SIGNS = 200;

/** The unseen characters of a text: [{at, short, name}], `at` in UTF-16 units; a joiner inside an emoji is seen as that emoji. */
export function unseen(text) {
  const joined = new Set([...text.matchAll(IN_EMOJI)].map((found) => found.index));
  return [...text.matchAll(UNSEEN)].filter((found) => !joined.has(found.index)).map(({ 0: char, index }) => {
    const code = char.codePointAt(0);
    const kind = SHORT[code] ? code.toString(16) : code > 0x2000 ? "turn" : "control";
    return { at: index, short: SHORT[code] ?? `U+${code.toString(16).toUpperCase().padStart(4, "0")}`, name: words(`sign_${kind}`) };
  });
}

/** Their names, each once with its count where it is there more often. */
export function unseenNames(signs) {
  const counts = new Map();
  for (const { short, name } of signs) counts.set(`${short} ${name}`, (counts.get(`${short} ${name}`) ?? 0) + 1);
  return [...counts].map(([named, count]) => (count > 1 ? `${named} ×${count}` : named)).join(" · ");
}

/** Scripts written without spaces: there a run of letters is no word, and the browser's segmenter cuts it. */
const UNSPACED = /[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Tibetan}\p{sc=Tai_Tham}\p{sc=Javanese}\p{sc=Balinese}]/u;
const ASTRAL = /[\u{10000}-\u{10FFFF}]/u;

/** Index of the last entry of a sorted list that is <= value. */
function lastAtMost(sorted, value) {
  let low = 0, high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sorted[middle] <= value) low = middle; else high = middle - 1;
  }
  return low;
}

/** One field's text: the card's field and the element that shows it. */
export class Passage {
  constructor(element, field) {
    this.element = element;
    this.field = field;
    this.pieces = [{ from: 0, node: document.createTextNode(field.text) }];
    element.replaceChildren(this.pieces[0].node);
    if (field.parts?.length) import("./parts.js").then(({ fold }) => fold(this));
    this.rtl = field.dir === "rtl";
    this.units = ASTRAL.test(field.text) ? Passage.unitTable(field.text) : null;
    this.length = this.units ? this.units.length - 1 : field.text.length;
    const cuts = field.clusters;
    this.clusters = cuts?.length ? cuts : Array.from({ length: this.length + 1 }, (_, i) => i);
    this.cutWords = null;
  }

  /** The node of a UTF-16 offset, and the offset in it. */
  spot(unit) {
    const piece = this.pieces.findLast(({ from }) => from <= unit);
    return [piece.node, unit - piece.from];
  }

  /** UTF-16 offset of a place in a node, null for another's. */
  unitAt(node, offset) {
    const piece = this.pieces.find((one) => one.node === node);
    return piece ? piece.from + offset : null;
  }

  /** UTF-16 offset of each code point, and of the end. */
  static unitTable(text) {
    const table = [];
    let unit = 0;
    for (const char of text) { table.push(unit); unit += char.length; }
    table.push(unit);
    return table;
  }

  toUnit(point) { return this.units ? this.units[point] : point; }

  toPoint(unit) { return this.units ? lastAtMost(this.units, unit) : unit; }

  slice(start, end) { return this.field.text.slice(this.toUnit(start), this.toUnit(end)); }

  /** Cluster boundary at or before, at or after. */
  floor(point) { return this.clusters[lastAtMost(this.clusters, point)]; }

  ceil(point) {
    const at = lastAtMost(this.clusters, point);
    return this.clusters[at] === point ? point : this.clusters[Math.min(at + 1, this.clusters.length - 1)];
  }

  /** Whole clusters around an interval, without white space at its ends; null when nothing is left. */
  snap(start, end) {
    let [left, right] = [this.floor(start), this.ceil(end)];
    while (left < right && !this.slice(left, this.step(left, 1)).trim()) left = this.step(left, 1);
    while (left < right && !this.slice(this.step(right, -1), right).trim()) right = this.step(right, -1);
    return left < right ? { start: left, end: right } : null;
  }

  /** The next boundary in a direction (1 or -1) by cluster, or by word: ends when going on, starts when going back,
      and always ends for an "end" edge, always starts for a "start" edge. */
  step(point, direction, unit = "cluster", edge = direction > 0 ? "end" : "start") {
    if (unit === "word") return this.stepWord(point, direction, edge);
    const at = lastAtMost(this.clusters, point);
    const next = direction > 0 ? at + 1 : this.clusters[at] < point ? at : at - 1;
    return this.clusters[Math.max(0, Math.min(next, this.clusters.length - 1))];
  }

  stepWord(point, direction, edge) {
    const cuts = [0, ...this.words().map((word) => word[edge === "end" ? 1 : 0]), this.length];
    if (direction > 0) return this.ceil(cuts.find((cut) => cut > point) ?? this.length);
    return this.floor(cuts.findLast((cut) => cut < point) ?? 0);
  }

  /** Words as [start, end), the server's, cut further where the script has no spaces. */
  words() {
    this.cutWords ??= (this.field.words ?? []).flatMap(([start, end]) =>
      UNSPACED.test(this.slice(start, end)) ? this.cutRun(start, end) : [[start, end]]);
    return this.cutWords;
  }

  cutRun(start, end) {
    if (!Intl.Segmenter) return [[start, end]];
    const segmenter = new Intl.Segmenter(this.field.lang || undefined, { granularity: "word" });
    const base = this.toUnit(start);
    const found = [];
    for (const { index, segment } of segmenter.segment(this.slice(start, end))) {
      const [left, right] = [this.floor(this.toPoint(base + index)), this.ceil(this.toPoint(base + index + segment.length))];
      if (left >= (found.at(-1)?.[1] ?? start)) found.push([left, right]);
    }
    return found;
  }

  /** The word that holds a code point, or the cluster there between words. */
  word(point) {
    const found = this.words().find(([start, end]) => start <= point && point < end);
    return found ? { start: this.floor(found[0]), end: this.ceil(found[1]) }
      : { start: this.floor(point), end: this.ceil(point + 1) };
  }

  range(start, end) {
    const range = document.createRange();
    range.setStart(...this.spot(this.toUnit(start)));
    range.setEnd(...this.spot(this.toUnit(end)));
    return range;
  }

  /** Code point of the cluster that is drawn under a place of the window, or null. */
  at(x, y) {
    const caret = document.caretPositionFromPoint?.(x, y);
    const old = caret ? null : document.caretRangeFromPoint?.(x, y);
    const [node, unit] = caret ? [caret.offsetNode, caret.offset] : [old?.startContainer, old?.startOffset];
    const found = this.unitAt(node, unit);
    if (found === null) return null;
    const here = this.floor(this.toPoint(found));
    const inside = (start, end) => start < end && [...this.range(start, end).getClientRects()].some((box) =>
      x >= box.left && x <= box.right && y >= box.top - 4 && y <= box.bottom + 4);
    if (inside(here, this.step(here, 1))) return here;
    const before = this.step(here, -1);
    return inside(before, here) ? before : null;
  }

  /** What the person has selected here, snapped; null when nothing. */
  selected() {
    const selection = document.getSelection();
    if (!selection?.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    if (!range.intersectsNode(this.element)) return null;
    const [start, end] = [this.unitAt(range.startContainer, range.startOffset), this.unitAt(range.endContainer, range.endOffset)];
    return this.snap(start === null ? 0 : this.toPoint(start), end === null ? this.length : this.toPoint(end));
  }
}

const COLOURS = [1, 2, 3, 4, 5, 6, 7, 8];
const STROKES = ["solid 2px", "double 1.5px", "dotted 3px", "wavy 1px", "solid 3.5px", "double 2.5px", "dotted 2px", "wavy 2px"];
const LEVELS = [0, 1, 2];

/** Rules for the highlights; a constructed sheet, because the page's policy allows no inline style. */
function highlightSheet() {
  const rules = COLOURS.flatMap((colour) => {
    const hue = `var(--label-${colour})`;
    const line = (stroke, level) => `text-decoration: underline ${stroke} ${hue}; text-underline-offset: ${0.22 + level * 0.2}em;`;
    const tint = (share) => `background-color: color-mix(in oklab, ${hue} ${share}%, transparent);`;
    return [
      ...LEVELS.map((level) => `::highlight(proposed-${colour}-${level}) { ${tint(9)} ${line("dashed 1.5px", level)} }`),
      ...LEVELS.map((level) => `::highlight(own-${colour}-${level}) { ${tint(14)} ${line(STROKES[colour - 1], level)} }`),
      `::highlight(active-${colour}) { ${tint(30)} }`,
      `::highlight(lit-${colour}) { ${tint(22)} }`,
    ];
  });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules.join("\n"));
  return sheet;
}

/** Gives every entry the lowest underline level that no entry overlapping it has. */
function withLevels(entries) {
  const sorted = [...entries].sort((a, b) => a.start - b.start || b.end - a.end);
  const ends = new Map();
  return sorted.map((entry) => {
    const taken = ends.get(entry.passage) ?? ends.set(entry.passage, []).get(entry.passage);
    let level = taken.findIndex((end) => end <= entry.start);
    if (level < 0) level = taken.length;
    taken[level] = entry.end;
    return { ...entry, level: Math.min(level, LEVELS.length - 1) };
  });
}

/** Paints spans: one Highlight per label, state and level, reused; nothing in the text moves. */
export class Painter {
  constructor() {
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, highlightSheet()];
    this.highlights = new Map();
  }

  highlight(name, priority = 0) {
    if (!this.highlights.has(name)) {
      const made = new Highlight();
      made.priority = priority;
      CSS.highlights.set(name, made);
      this.highlights.set(name, made);
    }
    return this.highlights.get(name);
  }

  /** entries: [{passage, start, end, colour, state: "proposed" | "own", active, lit}]. */
  paint(entries) {
    const wanted = new Map();
    const put = (name, range) => (wanted.get(name) ?? wanted.set(name, []).get(name)).push(range);
    for (const { passage, start, end, colour, state, level, active, lit } of withLevels(entries)) {
      const range = passage.range(start, end);
      put(`${state}-${colour}-${level}`, range);
      if (active) put(`active-${colour}`, range);
      else if (lit) put(`lit-${colour}`, range);
    }
    for (const [name, found] of this.highlights) if (/-\d/.test(name) && !wanted.has(name)) found.clear();
    for (const [name, ranges] of wanted) this.set(name, ranges, /^(active|lit)/.test(name) ? 2 : 0);
  }

  /** Replaces what one highlight covers: "pending" (chosen, not yet labelled) or "caret". */
  set(name, ranges, priority = 5) {
    const highlight = this.highlight(name, priority);
    highlight.clear();
    for (const range of ranges) highlight.add(range);
  }

  /** Short names under the places of unseen characters. */
  static signs(passage) {
    const { under, signs } = passage;
    const box = under.getBoundingClientRect();
    under.replaceChildren(...signs.slice(0, MOST_SIGNS).map(({ at, short }) => {
      const range = document.createRange();
      range.setStart(...passage.spot(at));
      range.setEnd(...passage.spot(at + 1));
      const [spot] = range.getClientRects();
      const sign = Object.assign(document.createElement("i"), { className: "trace", textContent: short, hidden: !spot });
      if (spot) Object.assign(sign.style, { left: `${spot.left + spot.width / 2 - box.left}px`, top: `${spot.bottom - box.top}px` });
      return sign;
    }));
  }

  /** Small letters above the first character of each span, drawn over the text without touching it. */
  letters(layer, entries) {
    const box = layer.getBoundingClientRect();
    const taken = new Map();
    layer.replaceChildren(...entries.map(({ passage, start, colour, sign, active }) => {
      const spot = passage.range(start, passage.step(start, 1)).getClientRects()[0];
      const letter = document.createElement("i");
      letter.className = `mark label-${colour}${active ? " active" : ""}${passage.rtl ? " rtl" : ""}`;
      letter.textContent = sign;
      if (!spot) return letter;
      const before = taken.get(start) ?? 0;
      taken.set(start, before + sign.length * 7 + 4);
      letter.style.left = `${passage.rtl ? spot.right - box.left - before : spot.left - box.left + before}px`;
      letter.style.top = `${spot.top - box.top}px`;
      return letter;
    }));
  }
}

/** The two texts of a card, source and target: their passages, and what is painted on them. */
export class Texts {
  constructor(place) {
    Object.assign(this, { place, painter: new Painter(), sides: { source: [], target: [] }, entries: [] });
    new ResizeObserver(() => this.drawLetters()).observe(place);
    document.fonts?.ready.then(() => this.drawLetters());
  }

  get all() { return [...this.sides.source, ...this.sides.target]; }

  /** Passages that spans can be marked in. */
  get markable() { return [...this.sides.target, ...this.sides.source].filter((passage) => passage.marks); }

  passage(side, name) { return this.sides[side].find((passage) => passage.field.name === name) ?? null; }

  /** Builds both sides; `named(lang)` gives a language's name. */
  show({ source, target, marking }, named) {
    this.marked = new Set(marking?.source ? ["source", "target"] : ["target"]);
    this.place.classList.toggle("alone", !source);
    for (const [name, text] of Object.entries({ source, target })) {
      const article = this.place.querySelector(`#${name}`);
      article.hidden = !text;
      if (text) article.querySelector(`#${name}-name`).textContent = named(text.lang);
      const blocks = (text?.fields ?? []).map((field) => this.block(name, { lang: text.lang, dir: text.dir, role: "labelled", ...field }, text.fields.length > 1));
      this.sides[name] = blocks.map(([, passage]) => passage);
      article.querySelector(".fields").replaceChildren(...blocks.map(([block]) => block));
    }
  }

  block(side, field, isNamed) {
    const make = (tag, values) => Object.assign(document.createElement(tag), values);
    const block = make("div", { className: `field-block ${field.role}` });
    const shown = make("p", { className: "text", lang: field.lang, dir: field.dir });
    const layer = make("div", { className: "marks", ariaHidden: "true" });
    const under = make("div", { className: "marks", ariaHidden: "true" });
    const signs = unseen(field.text);
    const legend = make("p", { className: "unseen", hidden: !signs.length, textContent: signs.length ? `${words("hidden")} ${unseenNames(signs)}` : "" });
    block.append(...(isNamed ? [make("h3", { textContent: field.name })] : []), shown, layer, under, legend);
    const passage = Object.assign(new Passage(shown, field), { side, layer, under, signs, marks: this.marked.has(side) && field.role === "labelled" });
    return [block, passage];
  }

  /** entries as the painter takes them; `marked` and `caret`: {passage, start, end} or null. */
  paint(entries, marked = null, caret = null) {
    this.entries = entries;
    this.painter.paint(entries);
    const ranges = (spot) => (spot ? [spot.passage.range(spot.start, spot.end)] : []);
    this.painter.set("unsure", entries.filter((one) => one.unsure).map((one) => one.passage.range(one.start, one.end)), 1);
    this.painter.set("pending", ranges(marked));
    this.painter.set("caret", ranges(caret));
    this.drawLetters();
  }

  drawLetters() {
    for (const passage of this.all) Painter.signs(passage);
    for (const passage of this.all) this.painter.letters(passage.layer, this.entries.filter((entry) => entry.passage === passage));
  }
}
