/** What the desk draws beside the texts: the list of spans, labels, questions, notices, dialogs. */

const $ = (id) => document.getElementById(id);

const PARTS = "vouch:parts";
const YEAR = 31536000;

/** Dialogs and words: the first page brings them along; from then on this device keeps them. */
export async function fillParts() {
  const place = $("parts");
  const { version, url } = place?.dataset ?? {};
  if (!version) return;
  const kept = place.firstElementChild ? null : await keptParts(version, url);
  if (kept !== null) place.replaceChildren(...new DOMParser().parseFromString(kept, "text/html").body.childNodes);
  const html = kept ?? place.innerHTML;
  setTimeout(() => {
    try { localStorage.setItem(PARTS, `${version}\n${html}`); } catch { return; }
    document.cookie = `desk_parts=${version}; path=/; max-age=${YEAR}; samesite=lax`;
  });
}

async function keptParts(version, url) {
  let kept = "";
  try { kept = localStorage.getItem(PARTS) ?? ""; } catch { kept = ""; }
  return kept.startsWith(`${version}\n`) ? kept.slice(version.length + 1) : (await fetch(url)).text();
}

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

/** Nobody has read a text before this many milliseconds on screen. */
const FLOOR_MS = 400;

/** Whether a text was seen: its end has stood above the dock, and not sooner than the floor. */
export class Seen {
  watch() {
    const floor = performance.now() + FLOOR_MS;
    const covered = Math.min($("dock").offsetHeight, innerHeight * 0.7);
    this.end?.disconnect();
    clearTimeout(this.timer);
    this.tell(false);
    this.end = new IntersectionObserver((found) => {
      if (!found.some((one) => one.isIntersecting)) return;
      this.end.disconnect();
      this.timer = setTimeout(() => this.tell(true), floor - performance.now());
    }, { rootMargin: `0px 0px -${covered}px 0px` });
    this.end.observe($("seen"));
  }

  tell(isSeen) {
    this.isSeen = isSeen;
    document.body.toggleAttribute("data-seen", isSeen);
  }
}

/** A letter of a script other than Latin. */
const FOREIGN = /(?!\p{sc=Latin})\p{L}/u;

/** Shows the buttons that a card has a use for. */
export function drawOffers({ source, target, item }, mayMend) {
  const isForeign = [source, target].flatMap((side) => side?.fields ?? []).some((field) => FOREIGN.test(field.text));
  const wanted = { mend: mayMend, romanised: isForeign, neighbours: Boolean(item?.group) };
  for (const [cmd, isWanted] of Object.entries(wanted))
    for (const button of document.querySelectorAll(`[data-cmd=${cmd}]`)) button.hidden = !isWanted;
}

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
    const said = row.severity && !row.removed ? row.severity.wording : words(`is_${row.verdict}`);
    part("state").textContent = `${SIGNS[row.verdict] ?? ""} ${said}`.trim();
    button.className = ["span-row", row.verdict, row.active && "active", row.lit && "lit", row.removed && "removed"]
      .filter(Boolean).join(" ");
    button.setAttribute("aria-current", String(row.active));
    part("chip").dataset.tip = row.label.definition ?? "";
  }

  /** True when there is such a row. */
  focus(id) {
    const button = this.items.get(id)?.firstElementChild;
    button?.focus({ preventScroll: true });
    button?.scrollIntoView({ block: "nearest" });
    return Boolean(button);
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

/** An option's own text in its language, else its wording. */
export function named(option) {
  const values = option.text ? { textContent: option.text, lang: option.lang ?? "", dir: option.dir ?? "auto" } : { textContent: option.wording, dir: "auto" };
  return Object.assign(document.createElement("bdi"), values);
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

/** Why an adjudicator sent the text back, where one did; whoever had not judged it sees nothing of their own. */
export function drawReturned({ returned = null, previous = null }) {
  const place = $("returned");
  place.hidden = returned === null;
  place.querySelector("bdi").textContent = returned || "";
  place.querySelector(".own").hidden = !previous;
}

/** How far the person is: {done, left}; and about how long it takes at this person's pace (seconds a card). */
export function drawProgress({ done = 0, left = 0 } = {}, pace = null) {
  const bar = $("progress-bar");
  Object.assign(bar, { max: Math.max(done + left, 1), value: done });
  const minutes = pace && left ? Math.max(1, Math.round((left * pace) / 60)) : null;
  $("progress-text").textContent = words("progress", { done: done.toLocaleString(), all: (done + left).toLocaleString() })
    + (minutes ? ` · ${words("minutes", { minutes })}` : "");
}

/** saved | saving | offline | kept | draft | full | ""; with `n` judgements that wait. */
export function drawSaved(state, { n = 0 } = {}) {
  const place = $("saved");
  const counted = n > 1 || state === "offline" ? `saved_${state}_n` : `saved_${state}`;
  place.dataset.state = state;
  place.textContent = state ? words($("words").content.querySelector(`[data-k="${counted}"]`) ? counted : `saved_${state}`, { n }) : "";
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

const sideOf = (place) => place.side ?? "target";

/** A row of the work as the list draws it. `on`: {active, lit, isTaken}, ids and whether a reading was taken over. */
export function rowView({ id, span, source }, number, work, texts, labelOf, on) {
  const surface = (side, place) => {
    const passage = texts.passage(side, place.field);
    return passage && { text: passage.slice(place.start, place.end), lang: passage.field.lang, dir: passage.field.dir };
  };
  const said = span ? work.verdict(span) : work.state.lacks[source.key] ?? "open";
  const isUnsure = Boolean(span?.unsure) && !work.isRemoved(span);
  const verdict = isUnsure ? "unsure" : said === "right" && !span.touched ? "proposed" : said === "added" && on.isTaken ? "taken" : said;
  const own = span && (span.anchor === "missing" ? { text: words("missing_token"), lang: "", dir: "auto" } : surface(sideOf(span), span));
  const isOfSource = span && sideOf(span) === "source";
  return { id, number, span, source, verdict, label: labelOf((span ?? source).label), active: id === on.active, lit: id === on.lit,
    removed: Boolean(span && work.isRemoved(span)), severity: span && work.severityOf(span),
    from: isOfSource ? own : source && surface("source", source), to: isOfSource ? null : own };
}

/** What to paint of such rows: each kept span where it stands, each source span once on the source, linked by row. */
export function entriesOf(rows, texts, labelOf) {
  const one = (row, side, place, state, severity = null) => ({ row: row.id, passage: texts.passage(side, place.field), start: place.start, end: place.end, state,
    colour: severity?.colour ?? labelOf(place.label).colour, sign: `${labelOf(place.label).letter}${row.number}${severity?.isGrave ? "!" : ""}`, active: row.active, lit: row.lit,
    unsure: side === "target" && row.verdict === "unsure" });
  const own = rows.filter((row) => row.span && !row.removed && row.span.anchor !== "missing")
    .map((row) => one(row, sideOf(row.span), row.span, row.span.touched ? "own" : "proposed", row.severity));
  const bySource = new Map();
  for (const row of rows.filter((each) => each.source)) {
    const known = bySource.get(row.source.key);
    if (!known || row.active || (row.lit && !known.active)) bySource.set(row.source.key, one(row, "source", row.source, "own"));
  }
  return [...bySource.values(), ...own].filter((entry) => entry.passage);
}
