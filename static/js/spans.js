/**
 * The work on one card, without a page: spans with their verdicts, source spans without a place,
 * answers, and a way back. Everything that is sent comes from here.
 */

/** Verdicts after which the span is no part of the reading. */
export const REMOVES = new Set(["should_not_be", "wrong_translation", "no_equivalent"]);
/** Verdicts that a person gives outright; the others follow from what was changed. */
const OUTRIGHT = new Set([...REMOVES, "split", "source_label"]);
const HISTORY = 200;

function fromCard(shown, previous) {
  const verdict = shown.verdict ?? previous?.[shown.key] ?? null;
  const isOwn = shown.shown === null || verdict === "added";
  const place = { label: shown.label, field: shown.field, start: shown.start, end: shown.end };
  return {
    key: shown.key, shown: isOwn ? null : shown.shown ?? shown.key, source: shown.source ?? null, ...place,
    original: isOwn ? null : shown.original ?? (verdict && verdict !== "right" && !OUTRIGHT.has(verdict) ? null : place),
    verdict: OUTRIGHT.has(verdict) ? verdict : null, given: verdict, cause: shown.cause ?? "",
    touched: isOwn || verdict !== null, alternatives: shown.alternatives ?? [],
    unsure: Boolean(shown.unsure) && verdict === null,
  };
}

const samePlace = (a, b) => a.field === b.field && a.start === b.start && a.end === b.end;

export class Work {
  constructor(card) {
    this.card = card;
    this.sources = card.source_spans ?? [];
    const answers = Array.isArray(card.answers)
      ? Object.fromEntries(card.answers.map((answer) => [answer.question, answer.value])) : card.answers ?? {};
    this.state = {
      spans: (card.spans ?? []).map((shown) => fromCard(shown, card.previous?.verdicts)),
      lacks: { ...(card.previous?.lacks ?? {}) },
      answers: Object.fromEntries((card.questions ?? []).map((q) => [q.key, answers[q.key] ?? q.value ?? null])),
    };
    /** Shown spans that were taken out when this card was sent before and that it no longer brings. */
    this.gone = Object.entries(card.previous?.verdicts ?? {})
      .filter(([key, verdict]) => REMOVES.has(verdict) && !this.find(key))
      .map(([key, verdict]) => ({ key, shown: key, verdict, cause: "" }));
    this.past = [];
    this.made = 0;
  }

  get spans() { return this.state.spans; }

  get blind() { return this.card.mode === "blind"; }

  /** Runs a change and remembers what was before; a change that returns false did nothing. */
  change(deed) {
    const before = JSON.stringify(this.state);
    if (deed(this.state) === false || JSON.stringify(this.state) === before) return false;
    this.past.push(before);
    if (this.past.length > HISTORY) this.past.shift();
    return true;
  }

  /** Takes the last change back; false when there is none. */
  undo() {
    if (!this.past.length) return false;
    this.state = JSON.parse(this.past.pop());
    return true;
  }

  find(key) { return this.spans.find((span) => span.key === key) ?? null; }

  sourceOf(key) { return this.sources.find((source) => source.key === key) ?? null; }

  /** The verdict of a span as it stands. */
  verdict(span) {
    if (span.shown === null) return "added";
    if (span.verdict) return span.verdict;
    if (!span.original) return span.given;
    if (span.label !== span.original.label) return "label";
    return samePlace(span, span.original) ? "right" : "boundary";
  }

  isRemoved(span) { return REMOVES.has(span.verdict); }

  /** Spans that are part of the reading. */
  kept() { return this.spans.filter((span) => !this.isRemoved(span)); }

  /** Source spans that nobody has placed or spoken about yet. */
  open() { return this.sources.filter((source) => !this.spanOf(source) && !this.state.lacks[source.key]); }

  /** A kept span that says the same of the same place as one before it; null when all differ. */
  twin() {
    const kept = this.kept();
    return kept.find((span, i) => kept.slice(0, i).some((other) => other.label === span.label && samePlace(other, span))) ?? null;
  }

  spanOf(source) { return this.spans.find((span) => span.source === source.key) ?? null; }

  /** What the list shows, in order: {id, source, span}; a source span without a place has span null. */
  rows() {
    const fields = this.card.target.fields.map((field) => field.name);
    const inText = (a, b) => fields.indexOf(a.field) - fields.indexOf(b.field) || a.start - b.start || b.end - a.end || (a.key < b.key ? -1 : 1);
    const row = (span) => ({ id: span.key, span, source: this.sourceOf(span.source) });
    const todo = (source) => ({ id: `todo:${source.key}`, span: null, source });
    const sorted = [...this.spans].sort(inText);
    if (!this.blind) return [...sorted.map(row), ...this.sources.filter((source) => !this.spanOf(source)).map(todo)];
    const ofSource = this.sources.flatMap((source) => {
      const found = sorted.filter((span) => span.source === source.key);
      return found.length ? found.map(row) : [todo(source)];
    });
    return [...ofSource, ...sorted.filter((span) => !this.sourceOf(span.source)).map(row)];
  }

  /** Says outright what a shown span is; saying the same again takes it back. */
  say(key, verdict) {
    return this.change(() => {
      const span = this.find(key);
      if (span.shown === null) return this.sayOfOwn(span, verdict);
      span.verdict = verdict === "right" || span.verdict === verdict ? null : verdict;
      Object.assign(span, { touched: true, unsure: false });
    });
  }

  /** A person's own span is not judged but taken away; what is said then is about its source span. */
  sayOfOwn(span, verdict) {
    if (verdict === "right" || verdict === "split") return false;
    if (verdict !== "source_label") this.state.spans = this.spans.filter((other) => other !== span);
    if (verdict !== "should_not_be" && span.source) this.lack(span.source, verdict);
  }

  /** Says why a source span has no place: no_equivalent, wrong_translation or source_label. */
  sayOfSource(key, verdict) { return this.change(() => this.lack(key, verdict)); }

  lack(key, verdict) {
    if (this.state.lacks[key] === verdict) delete this.state.lacks[key];
    else this.state.lacks[key] = verdict;
  }

  relabel(key, label) {
    return this.change(() => {
      const span = this.find(key);
      Object.assign(span, { label, touched: true });
      if (REMOVES.has(span.verdict)) span.verdict = null;
    });
  }

  /** Gives a span another place; a span that had been taken out comes back. */
  place(key, { field, start, end }) {
    return this.change(() => {
      const span = this.find(key);
      Object.assign(span, { field: field ?? span.field, start, end, touched: true, unsure: false });
      if (REMOVES.has(span.verdict)) span.verdict = null;
    });
  }

  /** Moves one edge ("start" or "end") by a cluster or word of its passage. */
  nudge(key, edge, direction, unit, passage) {
    const span = this.find(key);
    const moved = passage.step(span[edge], direction, unit, edge);
    const start = edge === "start" ? moved : span.start;
    const end = edge === "end" ? moved : span.end;
    return start < end && this.place(key, { start, end });
  }

  /** The next of the machine's other guesses, round to the one that was shown. */
  nextGuess(key) {
    const span = this.find(key);
    const guesses = [span.original, ...span.alternatives].filter(Boolean);
    if (guesses.length < 2) return false;
    const at = guesses.findIndex((guess) => guess.start === span.start && guess.end === span.end);
    return this.place(key, guesses[(at + 1) % guesses.length]);
  }

  /** A new span; the key of the one that is already there when it says the same. */
  add({ field, start, end, label, source = null }) {
    const same = this.kept().find((span) => span.label === label && samePlace(span, { field, start, end }));
    if (same) return same.key;
    const taken = new Set(this.spans.map((span) => span.key));
    do this.made += 1; while (taken.has(`new-${this.made}`));
    const key = `new-${this.made}`;
    this.change((state) => {
      state.spans.push({ key, shown: null, source, label, field, start, end, original: null, verdict: null,
        given: "added", cause: "", touched: true, alternatives: [] });
      if (source && state.lacks[source] !== "source_label") delete state.lacks[source];
    });
    return key;
  }

  /** Takes another reading over: its spans become the person's own, its answers the answers. */
  takeOver(reading) {
    return this.change((state) => {
      state.spans = reading.spans.map((span, i) => fromCard({ ...span, key: `new-${this.made + i + 1}`, shown: null }));
      this.made += reading.spans.length;
      for (const { question, value } of reading.answers ?? []) state.answers[question] = value;
      state.lacks = {};
    });
  }

  answer(question, value) { return this.change((state) => { state.answers[question] = value; }); }

  /** Required questions without an answer. */
  unanswered() {
    const isEmpty = (value) => value === null || value === "" || (Array.isArray(value) && !value.length);
    return (this.card.questions ?? []).filter((q) => q.required && isEmpty(this.state.answers[q.key]));
  }

  /** Spans and answers as the server takes them; `slice(field, start, end)` gives the surface. */
  reading(slice) {
    const spans = this.spans.map((span) => {
      const said = { key: span.key, shown: span.shown, verdict: this.verdict(span), cause: span.cause,
        label: span.label, field: span.field, source: span.source };
      if (this.isRemoved(span)) return said;
      return { ...said, start: span.start, end: span.end, surface: slice(span.field, span.start, span.end) };
    });
    const lacks = Object.entries(this.state.lacks).map(([source, verdict]) => ({ shown: null, source, verdict, cause: "" }));
    const answers = Object.entries(this.state.answers)
      .filter(([, value]) => value !== null && value !== "")
      .map(([question, value]) => ({ question, target: "rendition", value }));
    return { spans: [...spans, ...this.gone, ...lacks], answers };
  }
}
