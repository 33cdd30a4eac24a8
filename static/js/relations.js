/** Relations between spans: the list below the spans, and the dialog that makes or changes one. */

import { say, words } from "./view.js";

const $ = (id) => document.getElementById(id);

/** Label key to its letter in the dialog, where no command has one: the hotkey, or a letter of the name that is free. */
function lettersOf(labels) {
  const taken = new Set([""]);
  return new Map(labels.map((label) => {
    const free = [label.hotkey, label.letter, ...label.name].map((sign) => (sign ?? "").toUpperCase()).find((sign) => /^[A-Z]?$/.test(sign) && !taken.has(sign)) ?? "";
    taken.add(free);
    return [label.key, free];
  }));
}

/** Relations of the source text whose spans both have a place here and that are not said here yet. */
function unsaid(work) {
  const placed = new Map(work.kept().filter((span) => span.source).map((span) => [span.source, span]));
  const said = new Set(work.relations().map((one) => one.source));
  return (work.card.source_relations ?? []).filter(({ key, head, tail }) => !said.has(key) && placed.has(head) && placed.has(tail))
    .map((one) => ({ label: one.label, name: one.name, source: one.key, from: placed.get(one.head), to: placed.get(one.tail) }));
}

/** Makes a relation, or changes the one of that key; false when the same is there already. */
function relate(work, { key = null, label, name, head, tail, source = null }) {
  if (work.relations().some((one) => one.key !== key && one.label === label && one.head === head && one.tail === tail)) return false;
  const carried = source ?? (key ? null : unsaid(work).find((one) => one.label === label && one.from.key === head && one.to.key === tail)?.source ?? null);
  return work.change((state) => {
    const found = state.relations.find((one) => one.key === key);
    const taken = new Set(state.relations.map((one) => one.key));
    let number = 1;
    while (taken.has(`r-${number}`)) number += 1;
    if (found) Object.assign(found, { label, name, head, tail });
    else state.relations.push({ key: `r-${number}`, label, name, head, tail, source: carried });
  });
}

const unrelate = (work, key) => work.change((state) => { state.relations = state.relations.filter((one) => one.key !== key); });

export class Relations {
  constructor(desk) {
    Object.assign(this, { desk, dialog: $("ask-relation"), own: null });
    $("relation-rows").addEventListener("click", (event) => this.clicked(event));
    $("relation-turn").addEventListener("click", () => this.turned());
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.querySelector("form").addEventListener("submit", (event) => {
      if (event.submitter?.value && !this.keep()) event.preventDefault();
    });
  }

  get labels() { return this.desk.card?.relation_labels ?? []; }

  /** The spans of the reading as one can choose them: {key, number, text}. */
  spans() {
    const { desk } = this;
    return desk.work.rows().map((row, at) => ({ row, number: at + 1 })).filter(({ row }) => row.span && !desk.work.isRemoved(row.span))
      .map(({ row, number }) => {
        const { label, from, to } = desk.view(row, number);
        return { key: row.span.key, number, sign: `${label.letter}${number}`, text: (to ?? from)?.text ?? "" };
      });
  }

  /** Draws what is said, and what the source says that is not said here. */
  draw() {
    const { work } = this.desk;
    const spans = new Map(this.spans().map((span) => [span.key, span]));
    const isAsked = this.labels.length > 0 && spans.size > 0;
    $("relations").hidden = !isAsked;
    if (!isAsked) return;
    this.said = work.relations();
    this.unsaid = work.blind ? [] : unsaid(work);
    const focused = document.activeElement?.closest?.(".relation") && [document.activeElement.dataset.deed, document.activeElement.closest(".relation").dataset.at];
    $("relation-rows").replaceChildren(...[...this.said, ...this.unsaid].map((one, at) => this.row(one, at, spans)));
    if (focused) (document.querySelector(`.relation[data-at="${focused[1]}"] [data-deed="${focused[0]}"]`) ?? document.querySelector("#relations > button"))?.focus();
  }

  row(one, at, spans) {
    const row = $("relation-template").content.firstElementChild.cloneNode(true);
    const label = this.labels.find(({ key }) => key === one.label);
    row.dataset.at = at;
    row.classList.toggle("unsaid", !one.key);
    for (const [name, span] of Object.entries({ head: spans.get(one.from.key), tail: spans.get(one.to.key) })) row.querySelector(`.${name}`).textContent = `${span.sign} ${span.text}`;
    Object.assign(row.querySelector(".chip"), { textContent: label?.name ?? one.name ?? one.label, className: `chip label-${label?.colour ?? 7}` });
    row.querySelector(".chip").dataset.tip = label?.definition ?? "";
    for (const button of row.querySelectorAll("[data-deed]")) button.hidden = (button.dataset.deed === "say") === Boolean(one.key);
    return row;
  }

  clicked(event) {
    const deed = event.target.closest("[data-deed]")?.dataset.deed;
    const at = Number(event.target.closest(".relation")?.dataset.at);
    const one = [...this.said, ...this.unsaid][at];
    if (!deed || this.desk.exchange.sender.isWaiting) return;
    const { head = one.from.key, tail = one.to.key } = one;
    if (deed === "change") this.open(one);
    else if (deed === "say") this.tell("say_caret", { ...one, head, tail }, relate(this.desk.work, { ...one, key: null, head, tail }));
    else if (deed === "turn") this.tell("say_caret", { ...one, head: tail, tail: head }, relate(this.desk.work, { ...one, head: tail, tail: head }));
    else this.tell("say_unrelated", one, unrelate(this.desk.work, one.key));
  }

  /** Says what came of a deed, and draws it. */
  tell(word, { label, head, tail }, isDone) {
    const texts = new Map(this.spans().map((span) => [span.key, span.text]));
    const name = this.labels.find(({ key }) => key === label)?.name ?? label;
    if (isDone) say(word, { text: `${texts.get(head)} – ${name} – ${texts.get(tail)}` });
    else say("say_related_twice");
    this.desk.set(isDone);
  }

  /** Asks for a new relation from the active span, or for changes of one. */
  open(one = null) {
    const spans = this.spans();
    if (!this.labels.length) return;
    if (spans.length < 2) { say("say_two_spans"); return; }
    this.own = one;
    const active = spans.find(({ key }) => key === this.desk.active) ?? spans[0];
    const head = one?.head ?? active.key;
    this.fill($("relation-head"), spans, head);
    this.fill($("relation-tail"), spans, one?.tail ?? (spans.find(({ number, key }) => key !== head && number > active.number) ?? spans.find(({ key }) => key !== head)).key);
    this.letters = lettersOf(this.labels);
    $("relation-labels").replaceChildren(...this.labels.map((label) => this.option(label, one?.label ?? this.last ?? this.labels[0].key)));
    $("relation-said").textContent = "";
    this.dialog.showModal();
    (this.labels.length > 1 ? $("relation-labels").querySelector(":checked") ?? $("relation-labels").querySelector("input") : $("relation-tail")).focus();
  }

  fill(select, spans, chosen) {
    select.replaceChildren(...spans.map(({ key, number, sign, text }) => Object.assign(document.createElement("option"), { value: key, textContent: `${number} · ${sign} ${text}`, selected: key === chosen })));
  }

  option(label, chosen) {
    const option = $("option-template").content.firstElementChild.cloneNode(true);
    Object.assign(option.querySelector("input"), { type: "radio", name: "relation", value: label.key, checked: label.key === chosen });
    option.querySelector("span").textContent = label.name;
    option.querySelector("kbd").textContent = this.letters.get(label.key);
    option.dataset.tip = label.definition ?? "";
    return option;
  }

  key(event) {
    event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    const number = /^[1-9]$/.test(key) ? this.spans().find((span) => span.number === Number(key)) : null;
    const label = this.labels.find((one) => this.letters.get(one.key) === key.toUpperCase());
    if (number) $("relation-tail").value = number.key;
    else if (label) $("relation-labels").querySelector(`[value="${CSS.escape(label.key)}"]`).checked = true;
    else if (key === "Enter" && !event.target.matches("button")) this.dialog.querySelector("button[value=keep]").click();
    else return;
    event.preventDefault();
  }

  turned() {
    const [head, tail] = [$("relation-head"), $("relation-tail")];
    [head.value, tail.value] = [tail.value, head.value];
  }

  /** True when it was kept; else the dialog says why not. */
  keep() {
    const label = $("relation-labels").querySelector(":checked")?.value;
    const [head, tail] = [$("relation-head").value, $("relation-tail").value];
    const refuse = (word) => { $("relation-said").textContent = words(word); return false; };
    if (head === tail) return refuse("say_itself");
    const { own } = this;
    const isSame = own && own.label === label && own.head === head && own.tail === tail;
    const isDone = isSame || relate(this.desk.work, { key: own?.key ?? null, label, name: this.labels.find((one) => one.key === label).name, head, tail });
    if (!isDone) return refuse("say_related_twice");
    this.last = label;
    this.tell("say_caret", { label, head, tail }, true);
    return true;
  }
}
