/** Adjudication: the readings side by side; a number takes one over, then the desk puts it right. */

import { start } from "./desk.js";
import { ask, say } from "./view.js";

const $ = (id) => document.getElementById(id);
// Without work to decide there are none.
const readings = JSON.parse($("readings")?.textContent || "[]");
const sameSpan = (a) => [a.label, a.field, a.start, a.end].join("\u0000");

/** Spans that not every reading has are what there is to decide. */
const counts = new Map();
for (const reading of readings) for (const key of new Set(reading.spans.map(sameSpan))) counts.set(key, (counts.get(key) ?? 0) + 1);

const desk = await start({ acceptWord: "decide", firstDigit: readings.length + 1, digitFirst: (key) => take(Number(key) - 1), after: leave });

/** True when there is such a reading. */
function take(index) {
  const reading = readings[index];
  if (!reading || !desk.work) return false;
  desk.extra = { ...desk.extra, chosen: reading.key ?? index };
  const isChanged = desk.work.takeOver(reading);
  desk.active = desk.work.rows()[0]?.id ?? null;
  desk.set(isChanged);
  for (const card of $("reading-list")?.children ?? []) card.classList.toggle("chosen", card.dataset.reading === String(index));
  say("say_chosen", { n: index + 1 });
  return true;
}

/** Why people differed goes with the decision. */
$("fault")?.addEventListener("change", ({ target }) => {
  const { fault, ...rest } = desk.extra;
  desk.extra = target.value ? { ...rest, fault: target.value } : rest;
  target.blur(); // the keys go to the desk again
});

/** Back to those who judged it: they read why, and judge again. */
$("to-send-back")?.addEventListener("click", async () => {
  const { card } = desk;
  const asked = await ask("ask-send-back");
  if (asked?.comment) desk.exchange.plain(desk.urls["send-back"], { seat: card.seat, reason: asked.comment });
});

/** A decision was taken: on to where the server says, or look whether another waits. */
function leave(data) {
  if (data.card === null) desk.load(null, data.message);
  else location.reload();
}

/** What an answer is about, as a person reads it. */
function aboutOf(asked, target, reading) {
  const option = asked?.targets?.find((one) => one.target === target);
  const span = reading.spans.find((one) => `span:${one.key}` === target);
  return option?.text ?? option?.wording ?? span?.surface ?? target;
}

function answersOf(reading) {
  return (reading.answers ?? []).map(({ question, target, value }) => {
    const asked = desk.card.questions?.find((one) => one.key === question);
    const wording = (key) => (Array.isArray(key) ? key.map(wording).join(", ") : asked?.options?.find((option) => option.key === key)?.wording || key);
    const of = target && target !== "rendition" ? ` (${aboutOf(asked, target, reading)})` : "";
    return `${asked?.wording ?? question}${of} ${wording(value)}`;
  });
}

function relationsOf(reading) {
  const surface = (key) => reading.spans.find((span) => span.key === key)?.surface ?? key;
  const named = (key) => desk.card.relation_labels?.find((label) => label.key === key)?.name ?? key;
  return (reading.relations ?? []).map(({ label, head, tail }) => `${surface(head)} – ${named(label)} → ${surface(tail)}`);
}

/** What all say alike is merged: it is named in one line, so that only what differs is to be decided. */
function agreedOf(reading) {
  const same = reading.spans.filter((span) => counts.get(sameSpan(span)) === readings.length);
  return same.map((span) => span.surface).join(" · ");
}

function draw(reading, index) {
  const card = $("reading-template").content.firstElementChild.cloneNode(true);
  card.dataset.reading = index;
  card.querySelector(".who").textContent = reading.who;
  card.querySelector(".summary").textContent = reading.summary ?? "";
  card.querySelector("kbd").textContent = index + 1;
  card.querySelector("button").addEventListener("click", () => take(index));
  card.querySelector(".answers").textContent = [...relationsOf(reading), ...answersOf(reading)].join(" · ");
  const apart = reading.spans.filter((span) => counts.get(sameSpan(span)) !== readings.length);
  const agreed = agreedOf(reading);
  card.querySelector(".agreed").textContent = agreed;
  card.querySelector(".agreed").parentElement.hidden = !agreed;
  card.querySelector("ul").append(...apart.map((span) => {
    const line = $("reading-span-template").content.firstElementChild.cloneNode(true);
    const label = desk.label(span.label);
    const { lang, dir } = desk.card.target;
    line.classList.add("differs");
    line.querySelector(".chip").classList.add(`label-${label.colour}`);
    line.querySelector(".letter").textContent = label.letter;
    Object.assign(line.querySelector("bdi"), { textContent: span.surface, lang, dir });
    line.title = label.name;
    return line;
  }));
  return card;
}

if (desk.card) $("reading-list").replaceChildren(...readings.map(draw));
