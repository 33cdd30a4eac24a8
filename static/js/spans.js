/**
 * The work on one card, without a page: spans with their verdicts, source spans without a place,
 * answers, and a way back. Everything that is sent comes from here.
 */

/** Verdicts after which the span is no part of the reading. */
export const REMOVES = new Set(["should_not_be", "wrong_translation", "no_equivalent"]);
/** Verdicts that a person gives outright; the others follow from what was changed. */
const OUTRIGHT = new Set([...REMOVES, "split", "source_label"]);
/** Verdicts that find nothing wrong, so that nothing is to blame. */
const FAULTLESS = new Set(["right", "added"]);
const HISTORY = 200;

/** The place a shown span had, with its severity beside it. */
const originalOf = (place) => place && { ...place, severity: place.attributes?.severity ?? null };

function fromCard(shown, previous) {
  const verdict = shown.verdict ?? previous?.[shown.key] ?? null;
  const isOwn = shown.shown === null || verdict === "added";
  const { label, field, start = null, end = null, side = "target", anchor = "text" } = shown;
  const place = { label, field, start, end, side, anchor, severity: shown.attributes?.severity ?? null };
  return {
    key: shown.key, shown: isOwn ? null : shown.shown ?? shown.key, source: shown.source ?? null, ...place,
    attributes: { ...(shown.attributes ?? {}) },
    original: isOwn ? null : originalOf(shown.original) ?? (verdict && verdict !== "right" && !OUTRIGHT.has(verdict) ? null : place),
    verdict: OUTRIGHT.has(verdict) ? verdict : null, given: verdict, cause: shown.cause ?? "",
    touched: isOwn || verdict !== null, alternatives: shown.alternatives ?? [],
    unsure: Boolean(shown.unsure) && verdict === null,
  };
}

const samePlace = (a, b) => a.field === b.field && a.start === b.start && a.end === b.end
  && (a.side ?? "target") === (b.side ?? "target") && (a.anchor ?? "text") === (b.anchor ?? "text");

export class Work {
  /** asking: the module of that name, for cards that ask questions. */
  constructor(card, asking = null) {
    Object.assign(this, { card, asking });
    this.sources = card.source_spans ?? [];
    this.state = {
      spans: (card.spans ?? []).map((shown) => fromCard(shown, card.previous?.verdicts)),
      lacks: { ...(card.previous?.lacks ?? {}) },
      causes: { ...(card.previous?.causes ?? {}) },
      answers: {},
      relations: (card.relations ?? []).map((one) => ({ ...one })),
    };
    for (const { question, target, value } of asking ? card.answers ?? [] : []) this.state.answers[asking.placeOf(question, target)] = value;
    /** Shown spans that were taken out when this card was sent before and that it no longer brings. */
    this.gone = Object.entries(card.previous?.verdicts ?? {})
      .filter(([key, verdict]) => REMOVES.has(verdict) && !this.find(key))
      .map(([key, verdict]) => ({ key, shown: key, verdict, cause: "" }));
    this.past = [];
    this.made = 0;
  }

  get spans() { return this.state.spans; }

  get blind() { return this.card.mode === "blind"; }

  /** Runs a change and remembers what was before; a change that returns false did nothing. Changes that
      come in one `flow`, such as typing in one field, are taken back together. */
  change(deed, flow = null) {
    const before = JSON.stringify(this.state);
    if (deed(this.state) === false || JSON.stringify(this.state) === before) return false;
    if (!flow || flow !== this.flow) this.past.push(before);
    this.flow = flow;
    if (this.past.length > HISTORY) this.past.shift();
    return true;
  }

  /** Takes the last change back; false when there is none. */
  undo() {
    if (!this.past.length) return false;
    this.state = JSON.parse(this.past.pop());
    this.flow = null;
    return true;
  }

  find(key) { return this.spans.find((span) => span.key === key) ?? null; }

  sourceOf(key) { return this.sources.find((source) => source.key === key) ?? null; }

  /** The verdict of a span as it stands. */
  verdict(span) {
    if (span.shown === null) return "added";
    if (span.verdict) return span.verdict;
    if (!span.original) return span.given;
    if (span.label !== span.original.label || this.isRegraded(span)) return "label";
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
    return kept.find((span, i) => span.anchor !== "missing" && kept.slice(0, i).some((other) => other.label === span.label && samePlace(other, span))) ?? null;
  }

  spanOf(source) { return this.spans.find((span) => span.source === source.key) ?? null; }

  /** What the list shows, in order: {id, source, span}; a source span without a place has span null. */
  rows() {
    const fields = this.card.target.fields.map((field) => field.name);
    const inText = (a, b) => (a.side === b.side ? 0 : a.side === "source" ? 1 : -1) || (a.anchor === "missing") - (b.anchor === "missing") || fields.indexOf(a.field) - fields.indexOf(b.field) || a.start - b.start || b.end - a.end || (a.key < b.key ? -1 : 1);
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
  place(key, { field, start, end, side }) {
    return this.change(() => {
      const span = this.find(key);
      Object.assign(span, { field: field ?? span.field, side: side ?? span.side, start, end, touched: true, unsure: false });
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
  add({ field = "text", start = null, end = null, label, source = null, side = "target", anchor = "text" }) {
    const same = this.kept().find((span) => span.label === label && samePlace(span, { field, start, end, side, anchor }));
    if (same) return same.key;
    const taken = new Set(this.spans.map((span) => span.key));
    do this.made += 1; while (taken.has(`new-${this.made}`));
    const key = `new-${this.made}`;
    this.change((state) => {
      state.spans.push({ key, shown: null, source, label, field, start, end, side, anchor, original: null, verdict: null,
        given: "added", cause: "", touched: true, alternatives: [], attributes: this.mildest() });
      if (source && state.lacks[source] !== "source_label") delete state.lacks[source];
    });
    return key;
  }

  /** Takes another reading over: its spans become the person's own, its answers the answers. */
  takeOver(reading) {
    return this.change((state) => {
      const keys = new Map(reading.spans.map((span, i) => [`span:${span.key}`, `span:new-${this.made + i + 1}`]));
      state.spans = reading.spans.map((span, i) => fromCard({ ...span, key: `new-${this.made + i + 1}`, shown: null }));
      this.made += reading.spans.length;
      for (const { question, target, value } of (this.asking && reading.answers) ?? []) state.answers[this.asking.placeOf(question, keys.get(target) ?? target)] = value;
      const own = (key) => keys.get(`span:${key}`)?.slice(5);
      state.relations = (reading.relations ?? []).map((one, i) => ({ ...one, key: `r-${i + 1}`, head: own(one.head), tail: own(one.tail) }));
      state.lacks = {};
    });
  }

  /** The relations whose spans are both kept, with these as `from` and `to`. */
  relations() {
    const kept = new Map(this.kept().map((span) => [span.key, span]));
    return (this.state.relations ?? []).filter(({ head, tail }) => kept.has(head) && kept.has(tail))
      .map((relation) => ({ ...relation, from: kept.get(relation.head), to: kept.get(relation.tail) }));
  }

  answer(question, value, target = "rendition") {
    const place = this.asking.placeOf(question, target);
    const isFlowing = ["text", "score"].includes(this.card.questions.find((one) => one.key === question)?.kind);
    return this.change((state) => { state.answers[place] = value; }, isFlowing ? place : null);
  }

  /** Where a required question has no answer yet. */
  unanswered() { return this.asking?.lacking(this) ?? []; }

  get severities() { return this.card.marking?.severities ?? []; }

  /** The attributes of a mark that was just made. */
  mildest() { return this.severities.length ? { severity: this.severities[0].key } : {}; }

  /** The severity of a span: {key, wording, colour, isGrave}, or null where none is asked for. */
  severityOf(span) {
    const at = this.severities.findIndex((one) => one.key === span.attributes.severity);
    return at < 0 ? null : { ...this.severities[at], isGrave: at > 0 && at === this.severities.length - 1 };
  }

  isRegraded(span) { return this.severities.length > 0 && (span.attributes.severity ?? null) !== (span.original.severity ?? null); }

  grade(key, severity) {
    return this.change(() => {
      const span = this.find(key);
      Object.assign(span, { attributes: { ...span.attributes, severity }, touched: true });
      if (REMOVES.has(span.verdict)) span.verdict = null;
    });
  }

  /** The next severity; after the gravest the mark goes, and one that was shown comes back with the first. */
  cycle(key) {
    const span = this.find(key);
    if (!span || !this.severities.length) return false;
    const at = this.severities.findIndex((one) => one.key === span.attributes.severity);
    if (this.isRemoved(span)) return this.grade(key, this.severities[0].key);
    return at + 1 < this.severities.length ? this.grade(key, this.severities[at + 1].key) : this.say(key, "should_not_be");
  }

  /** What is to blame for what is wrong with a row. */
  causeOf({ span, source }) { return span ? span.cause : this.state.causes?.[source.key] ?? ""; }

  blame({ span, source }, cause) {
    return this.change((state) => {
      if (span) this.find(span.key).cause = cause;
      else state.causes = { ...(state.causes ?? {}), [source.key]: cause };
    });
  }

  /** Spans and answers as the server takes them; `slice(field, start, end)` gives the surface. */
  reading(slice) {
    const spans = this.spans.map((span) => {
      const verdict = this.verdict(span);
      const said = { key: span.key, shown: span.shown, verdict, cause: FAULTLESS.has(verdict) ? "" : span.cause,
        label: span.label, field: span.field, source: span.source };
      if (this.isRemoved(span)) return said;
      Object.assign(said, { side: span.side, anchor: span.anchor, attributes: span.attributes });
      if (span.anchor === "missing") return said;
      return { ...said, start: span.start, end: span.end, surface: slice(span.field, span.start, span.end, span.side) };
    });
    const lacks = Object.entries(this.state.lacks).map(([source, verdict]) => ({ shown: null, source, verdict, cause: this.state.causes?.[source] ?? "" }));
    const answers = (this.asking?.asked(this) ?? []).filter(({ value }) => value !== null)
      .map(({ question, target, value }) => ({ question: question.key, target, value }));
    const related = this.card.relation_labels?.length && { relations: this.relations().map(({ from, to, ...one }) => one) };
    return { spans: [...spans, ...this.gone, ...lacks], answers, ...related };
  }
}
