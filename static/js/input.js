/** What hands do: keys on any keyboard layout, buttons, and marking text by mouse, by two taps, or by a caret of our own. */

import { say } from "./view.js";

/** Commands and their keys; the first is the one that is printed. */
export const KEYS = {
  accept: ["Enter"], next: ["j", "ArrowDown"], previous: ["k", "ArrowUp"],
  right: ["r"], absent: ["x", "Delete"], wrong: ["w"], lacking: ["e"], split: ["s"], sourceLabel: ["g"],
  guess: ["n"], here: ["b"], mark: ["a"], undo: ["u", "Backspace"], unsure: ["?"], variety: ["v"], report: ["!"],
  skip: ["q"], keys: ["h"], mend: ["t"], romanised: ["i"], neighbours: ["z"], guidelines: ["y"], comment: ["c"], cancel: ["Escape"],
  severity: ["f"], missing: ["-"], relate: ["="],
  endBack: ["["], endOn: ["]"], startBack: ["{"], startOn: ["}"],
  endBackWord: [","], endOnWord: ["."], startBackWord: [";"], startOnWord: ["'"],
};
/** Keys of signs, by their place: other layouts have letters there. */
const SIGNS = { Equal: "=", Comma: ",", Period: ".", Semicolon: ";", Quote: "'", Minus: "-" };

const COMMANDS = new Map();
const PRINTED = { Enter: "⏎", Escape: "Esc", Delete: "Del", Backspace: "⌫", " ": "␣" };
let own = {};

/** Gives commands a person's own keys, {command: key}, in place of the printed ones; a key that two claim stays with the first. */
export function useKeys(chosen) {
  own = Object.fromEntries(Object.entries(chosen).filter(([command]) => KEYS[command]));
  COMMANDS.clear();
  const given = Object.entries(KEYS).map(([command, [first, ...rest]]) => [command, own[command] ?? first, rest]);
  for (const [command, key] of given) if (!COMMANDS.has(key)) COMMANDS.set(key, command);
  for (const [command, , rest] of given) for (const key of rest) if (!COMMANDS.has(key)) COMMANDS.set(key, command);
  for (const place of document.querySelectorAll("[data-cmd] > kbd")) place.textContent = printed(place.parentElement.dataset.cmd);
  for (const place of document.querySelectorAll("[data-key]")) place.textContent = printed(place.dataset.key);
}

export const ownKeys = () => ({ ...own });

/** A key as a person reads it. */
export const shownKey = (key) => PRINTED[key] ?? (key.length === 1 ? key.toUpperCase() : key);

/** The key of a command as a person reads it. */
export function printed(command) {
  return shownKey(own[command] ?? KEYS[command]?.[0] ?? "");
}

/**
 * The key that a press stands for. A layout of another script (Arabic, Devanagari, Cyrillic) gives
 * letters that no command has: then the place of the key on the keyboard decides, as on a Latin one.
 */
export function keyOf(event) {
  const { key, code, shiftKey } = event;
  if (COMMANDS.has(key)) return key;
  if (code === "BracketLeft") return shiftKey ? "{" : "[";
  if (code === "BracketRight") return shiftKey ? "}" : "]";
  if (SIGNS[code] && !shiftKey && !/^[a-z]$/i.test(key)) return SIGNS[code];
  if (/^Digit[0-9]$/.test(code) && !shiftKey && !/^[a-z]$/i.test(key)) return code.at(-1);
  if (key.length > 1 || /^[\x20-\x7e]$/.test(key)) return key.length > 1 ? key : key.toLowerCase();
  if (/^Key[A-Z]$/.test(code)) return code.at(-1).toLowerCase();
  if (code === "Period" && !shiftKey) return ".";
  if (code === "Comma" && !shiftKey) return ",";
  if (code === "Slash" && shiftKey) return "?";
  return code === "Digit1" && shiftKey ? "!" : key;
}

export const commandOf = (key) => COMMANDS.get(key) ?? null;

/** Label key to printed key: its letter, with Shift where the letter is a command or is taken. */
export function labelKeys(labels) {
  const taken = new Set();
  return new Map(labels.map((label) => {
    const wanted = [label.hotkey, label.letter, ...label.name].map((letter) => (letter ?? "").toLowerCase())
      .filter((letter) => /^[a-z]$/.test(letter));
    const free = wanted[0] && !COMMANDS.has(wanted[0]) && !taken.has(wanted[0]) ? wanted[0] : null;
    const shifted = wanted.find((letter) => !taken.has(`⇧${letter}`));
    const chosen = free ?? (shifted ? `⇧${shifted}` : "");
    taken.add(chosen);
    return [label.key, chosen.toUpperCase()];
  }));
}

/** The label that a press chooses: Shift always means a label. */
export function labelOf(labels, keys, key, shift) {
  const has = (printedKey) => labels.find((label) => keys.get(label.key) === printedKey)?.key ?? null;
  return shift ? has(`⇧${key.toUpperCase()}`) ?? has(key.toUpperCase()) : has(key.toUpperCase());
}

/** Arrow keys that move an edge or the caret: 1 on, -1 back, as the text runs. */
export function arrowDirection(key, rtl) {
  if (key === "ArrowRight") return rtl ? -1 : 1;
  if (key === "ArrowLeft") return rtl ? 1 : -1;
  return 0;
}

const TAP_MS = 600;
const TAP_PX = 12;
const SETTLE_MS = 350;

/**
 * Watches passages and says what was marked, tapped or pointed at.
 * desk: {take(passage, place), tapped(passage, point, touch), pointed(passage, point)}.
 */
export class Marking {
  constructor(desk) {
    Object.assign(this, { desk, passages: [], down: null, frame: 0, settle: 0, isOver: false });
    document.addEventListener("pointerdown", (event) => { this.down = { x: event.clientX, y: event.clientY, at: event.timeStamp, isInText: Boolean(event.target.closest?.("#texts")) }; });
    document.addEventListener("pointerup", (event) => this.released(event));
    document.addEventListener("pointermove", (event) => this.moved(event));
    document.addEventListener("selectionchange", () => this.selecting());
  }

  /** passages: all that are shown; only those with `marks` true can be marked. */
  watch(passages) { this.passages = passages; }

  under(event) {
    const passage = this.passages.find(({ element }) => element.contains(event.target));
    return passage ? { passage, point: passage.at(event.clientX, event.clientY) } : null;
  }

  taken() {
    for (const passage of this.passages.filter((one) => one.marks)) {
      const place = passage.selected();
      if (place) return { passage, place };
    }
    return null;
  }

  released(event) {
    const down = this.down;
    this.down = null;
    if (event.button !== 0 || !down?.isInText) return;
    const found = this.taken();
    if (found && event.pointerType !== "touch") return this.desk.take(found.passage, found.place);
    const moved = Math.hypot(event.clientX - down.x, event.clientY - down.y);
    if (found || moved > TAP_PX || event.timeStamp - down.at > TAP_MS) return;
    const hit = this.under(event);
    if (hit) this.desk.tapped(hit.passage, hit.point, event.pointerType === "touch");
  }

  /** A long press selects without a pointer event that could be trusted: wait until it rests. */
  selecting() {
    clearTimeout(this.settle);
    this.settle = setTimeout(() => {
      const found = this.down ? null : this.taken();
      if (found && matchMedia("(pointer: coarse)").matches) this.desk.take(found.passage, found.place);
    }, SETTLE_MS);
  }

  moved(event) {
    if (event.pointerType === "touch" || this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      const hit = this.under(event);
      if (hit || this.isOver) this.desk.pointed(hit?.passage ?? null, hit?.point ?? null);
      this.isOver = Boolean(hit);
    });
  }
}

/** A caret that walks a passage by keys; with `extend` it marks what it passes. */
export class Caret {
  constructor(passage, point) { Object.assign(this, { passage, anchor: point, focus: point }); }

  move(direction, unit, extend) {
    this.focus = this.passage.step(this.focus, direction, unit, unit === "word" && !extend ? "start" : undefined);
    if (!extend) this.anchor = this.focus;
  }

  /** What is marked, or null. */
  place() {
    return this.anchor === this.focus ? null
      : this.passage.snap(Math.min(this.anchor, this.focus), Math.max(this.anchor, this.focus));
  }

  /** The word or cluster that stands at the caret: what a screen reader should say. */
  here() {
    const end = this.passage.step(this.focus, 1);
    return { start: end > this.focus ? this.focus : this.passage.step(this.focus, -1), end };
  }
}

const EDGES = { endBack: ["end", -1], endOn: ["end", 1], startBack: ["start", -1], startOn: ["start", 1] };
const VERDICTS = { absent: "should_not_be", wrong: "wrong_translation", lacking: "no_equivalent", split: "split", sourceLabel: "source_label" };
const TYPING = "textarea, select, input:not([type=radio], [type=checkbox], [type=range])";
/** Controls whose own arrow keys must go on working. */
const STEERED = "input[type=radio], input[type=range]";
const OPEN_WHILE_SENDING = new Set(["accept", "undo", "keys", "setKeys", "guidelines"]);

/** Turns keys and buttons into what the desk does. */
export class Commands {
  constructor(desk) {
    this.desk = desk;
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("click", (event) => this.click(event));
    useKeys(JSON.parse(document.getElementById("own-keys")?.textContent || "{}"));
  }

  click(event) {
    const button = event.target.closest("[data-cmd], [data-label], [data-panel-to]");
    if (!button || button.disabled) return;
    const { cmd, label, panelTo } = button.dataset;
    if (cmd) this.run(cmd);
    else if (label) this.desk.choose(label);
    else document.getElementById("dock").dataset.panel = panelTo;
  }

  key(event) {
    const dialog = document.querySelector("dialog[open]");
    const key = keyOf(event);
    const isTyping = event.target.matches?.(TYPING);
    if (dialog) {
      if (!isTyping && /^[1-9]$/.test(key)) dialog.querySelectorAll('button[value]:not([value=""])')[key - 1]?.click();
      return;
    }
    if (isTyping) {
      if (key === "Escape") event.target.blur();
      if (key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    }
    if (event.target.matches?.(STEERED) && key.startsWith("Arrow")) return;
    const isNative = event.target.closest?.("a, summary, button:not(.span-row)") && (key === "Enter" || key === " ") && !event.ctrlKey && !event.metaKey;
    if (!isNative && !event.isComposing && this.press(key, event)) event.preventDefault();
  }

  /** True when the press meant something here. */
  press(key, event) {
    const hasModifier = (event.ctrlKey || event.metaKey) && !event.getModifierState("AltGraph");
    if (hasModifier && key === "z") return this.run("undo");
    if (this.desk.work && this.arrow(key, event)) return true;
    if (hasModifier && key !== "Enter") return false;
    const isLetter = /^[a-z]$/.test(key);
    const label = isLetter && this.desk.work
      ? labelOf(this.desk.card.labels, this.desk.labelKeys, key, event.shiftKey) : null;
    if (label && (event.shiftKey || !commandOf(key))) { this.desk.choose(label); return true; }
    if (/^[1-9]$/.test(key)) return this.desk.digit(key);
    const edge = EDGES[commandOf(key)];
    if (edge) return this.desk.nudge(...edge, event.altKey ? "word" : "cluster");
    return (!isLetter || !event.shiftKey) && commandOf(key) ? this.run(commandOf(key)) : false;
  }

  /** Left and right: the caret while marking, else the active span's end, with Shift its start. */
  arrow(key, event) {
    const { caret, row, texts } = this.desk;
    if (event.target.matches?.("input")) return false;
    const passage = caret?.passage ?? (row?.span && texts.passage(row.span.side, row.span.field));
    const direction = passage ? arrowDirection(key, passage.rtl) : 0;
    if (!direction) return false;
    const unit = event.altKey || event.ctrlKey ? "word" : "cluster";
    if (caret) this.walkCaret(direction, unit, event.shiftKey);
    else this.desk.nudge(event.shiftKey ? "start" : "end", direction, unit);
    return true;
  }

  run(command) {
    const { desk } = this;
    const { exchange } = desk;
    if (exchange.sender.isWaiting && !OPEN_WHILE_SENDING.has(command)) { say("say_waiting"); return true; }
    const [, edge, isWord] = /^(.*?)(Word)?$/.exec(command);
    const anyTime = { undo: () => desk.undo(), keys: () => document.getElementById("show-keys").showModal(),
      guidelines: () => desk.help("guidelines"), again: () => exchange.next(),
      setKeys: () => import("./keys.js").then(({ open }) => open(desk, { KEYS, commandOf, keyOf, labelKeys, ownKeys, printed, shownKey, useKeys })) };
    const atWork = { accept: () => desk.accept(), next: () => this.walk(1), previous: () => this.walk(-1), right: () => desk.right(),
      guess: () => desk.guess(), here: () => desk.moveHere(), mark: () => this.startCaret(), cancel: () => desk.cancel(), severity: () => desk.questions?.cycle(), missing: () => desk.questions?.omit(), relate: () => desk.relating?.open(),
      mend: () => desk.mend(), romanised: () => desk.help("romanised"), returned: () => desk.help("returned"), neighbours: () => desk.help("neighbours"), comment: () => desk.help("comment"), fold: () => desk.fold(),
      unsure: () => exchange.submit("unsure"), variety: () => exchange.submit("not_my_variety"), report: () => exchange.report(), skip: () => exchange.skip() };
    if (anyTime[command]) anyTime[command]();
    else if (!desk.work) return false;
    else if (EDGES[edge]) desk.nudge(...EDGES[edge], isWord ? "word" : "cluster");
    else if (VERDICTS[command]) desk.judge(VERDICTS[command]);
    else if (atWork[command]) atWork[command]();
    else return false;
    return true;
  }

  /** Starts the caret at the active span, else at the start of the text; again: ends it. */
  startCaret() {
    const { desk } = this;
    const passages = desk.texts.markable;
    if (desk.caret || !passages.length) { desk.cancel(); return; }
    const span = desk.row?.span;
    const passage = passages.find((one) => one.field.name === span?.field && one.side === span.side) ?? passages[0];
    Object.assign(desk, { caret: new Caret(passage, span?.start ?? 0), pending: null, tap: null });
    this.walkCaret(0);
  }

  walkCaret(direction, unit, extend) {
    const { caret } = this.desk;
    if (direction) caret.move(direction, unit, extend);
    const { start, end } = caret.place() ?? caret.here();
    say("say_caret", { text: caret.passage.slice(start, end) });
    this.desk.draw();
  }

  /** Up and down: to the next span, or with the caret to the next passage. */
  walk(direction) {
    const { desk } = this;
    if (!desk.caret) { desk.walk(direction); return; }
    const passages = desk.texts.markable;
    const next = passages[passages.indexOf(desk.caret.passage) + direction];
    if (next) { desk.caret = new Caret(next, 0); this.walkCaret(0); }
  }
}
