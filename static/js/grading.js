/** Error spans: how grave a mark is, by a click or a key, and what is missing in the text. */

import { say, words } from "./view.js";

/** The words that a span marks, as they stand. */
export function surfaceOf(texts, span) {
  return span.anchor === "missing" ? words("missing_token") : texts.passage(span.side, span.field)?.slice(span.start, span.end) ?? "";
}

/** The active mark's next severity, and then none. */
export function cycle(desk) {
  const { row, work } = desk;
  if (!row?.span || !work.severities.length) { say("say_nospan"); return; }
  desk.set(work.cycle(row.span.key));
  if (desk.row) { say("say_severity", { severity: work.severityOf(row.span)?.wording ?? "", text: surfaceOf(desk.texts, row.span) }); return; }
  desk.active = work.rows()[0]?.id ?? null;
  desk.draw();
  say("say_unmarked");
}

/** Marks that something of the source is missing here; again: how grave that is. */
export function omit(desk) {
  const label = desk.card.marking?.missing;
  if (!label) return;
  const found = desk.work.kept().find((span) => span.anchor === "missing" && span.label === label);
  if (found) { desk.activate(found.key); cycle(desk); return; }
  desk.active = desk.work.add({ label, anchor: "missing" });
  desk.set(true);
  desk.speak();
}

/** The token of omissions, pressed while one is marked. */
export function showOmission(button, work) {
  button.hidden = !work.card.marking?.missing;
  button.setAttribute("aria-pressed", String(work.kept().some((span) => span.anchor === "missing")));
}
