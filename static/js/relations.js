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
    this.unsaid = work.blind ? [] : work.unsaid();
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
    else if (deed === "say") this.tell("say_related", { ...one, head, tail }, this.desk.work.relate({ ...one, key: null, head, tail }));
    else if (deed === "turn") this.tell("say_related", { ...one, head: tail, tail: head }, this.desk.work.relate({ ...one, head: tail, tail: head }));
    else this.tell("say_unrelated", one, this.desk.work.unrelate(one.key));
  }

  /** Says what came of a deed, and draws it. */
  tell(word, { label, head, tail }, isDone) {
    const texts = new Map(this.spans().map((span) => [span.key, span.text]));
    if (isDone) say(word, { label: this.labels.find(({ key }) => key === label)?.name ?? label, head: texts.get(head), tail: texts.get(tail) });
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
    const isDone = isSame || this.desk.work.relate({ key: own?.key ?? null, label, name: this.labels.find((one) => one.key === label).name, head, tail });
    if (!isDone) return refuse("say_related_twice");
    this.last = label;
    this.tell("say_related", { label, head, tail }, true);
    return true;
  }
}
