/** Where the questions of a card are asked, without a page: targets, conditions, and what is still to be answered. */

/** The name under which the answer to a question about a target is kept. */
export const placeOf = (question, target = "rendition") => (target === "rendition" ? question : `${question}\u0000${target}`);

export const isEmpty = (value) => value === null || value === undefined || (typeof value === "string" && !value.trim());

const listOf = (value) => (Array.isArray(value) ? value : [value]);

/** Whether a condition holds; `given(question)` is an answer there, `span` what is asked of. The server checks the same. */
export function holds(condition, given, span = null) {
  if (!condition || !Object.keys(condition).length) return true;
  if (condition.any) return condition.any.some((one) => holds(one, given, span));
  if (condition.all) return condition.all.every((one) => holds(one, given, span));
  if (condition.not) return !holds(condition.not, given, span);
  if ("label" in condition) return listOf(condition.label).includes(span?.label ?? "");
  if ("attribute" in condition) return listOf(condition.is).includes(span?.attributes?.[condition.attribute]);
  const value = given(condition.question);
  if (value === null || value === undefined || value === "") return false;
  if ("below" in condition) return typeof value === "number" && value < condition.below;
  if ("at_least" in condition) return typeof value === "number" && value >= condition.at_least;
  return !("is" in condition) || listOf(value).some((one) => listOf(condition.is).includes(one));
}

function targetsOf(question, work) {
  if (question.scope === "span") return work.kept().map((span) => ({ target: `span:${span.key}`, span }));
  if (question.scope === "relation") return work.relations().map((relation) => ({ target: `relation:${relation.key}`, relation }));
  if (question.scope === "field" || question.scope === "option") return question.targets ?? [];
  return [{ target: question.scope === "basis" ? "basis" : "rendition" }];
}

/** All that is asked as things stand, in order: [{question, target, place, value, span?, relation?, wording?}]. */
export function asked(work) {
  const valid = new Map();
  const found = [];
  for (const question of work.card.questions ?? []) {
    for (const about of targetsOf(question, work)) {
      const given = (key) => valid.get(placeOf(key, about.target)) ?? valid.get(key) ?? null;
      if (!holds(question.condition, given, about.span)) continue;
      const place = placeOf(question.key, about.target);
      const value = answerTo(question, about.target, work.state.answers[place] ?? null);
      if (value !== null) valid.set(place, value);
      found.push({ ...about, question, place, value });
    }
  }
  return found;
}

/** The answer as it stands: a checklist without a tick says that nothing holds, a required text that is left as it was keeps it. */
function answerTo(question, target, value) {
  if (question.kind === "checklist") return value ?? [];
  if (question.kind === "text" && value === null && question.required) return question.prefill?.[target] ?? null;
  return isEmpty(value) ? null : value;
}

/** Required questions without an answer that will do. */
export function lacking(work) {
  return asked(work).filter(({ question, value }) => question.required && (value === null
    || (question.kind === "choices" && value.length < Math.max(1, question.settings?.least ?? 0))));
}
