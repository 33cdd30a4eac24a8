/** A text to be written, in its own language and direction, with what was changed of the text it starts from. */

import { words } from "./view.js";

const make = (tag, values = {}) => Object.assign(document.createElement(tag), values);
/** Beyond this many pieces the whole counts as changed: comparing takes their product. */
const MOST = 1200;

/** Words, and what stands between them; a script without spaces is cut by the browser's segmenter. */
function pieces(text, lang) {
  if (!Intl.Segmenter) return text.split(/(\s+)/).filter(Boolean);
  return [...new Intl.Segmenter(lang || undefined, { granularity: "word" }).segment(text)].map(({ segment }) => segment);
}

/** What became of a text: [[sign, text]] with "=" kept, "-" gone and "+" new, by the longest common subsequence. */
export function changes(before, after, lang = "") {
  const [old, now] = [pieces(before, lang), pieces(after, lang)];
  if (old.length > MOST || now.length > MOST) return [["-", before], ["+", after]];
  const length = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      length[i][j] = old[i] === now[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
    }
  }
  const found = [];
  const put = (sign, text) => { if (found.at(-1)?.[0] === sign) found.at(-1)[1] += text; else found.push([sign, text]); };
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (old[i] === now[j]) { put("=", old[i]); i += 1; j += 1; }
    else if (i < old.length && (j === now.length || length[i + 1][j] >= length[i][j + 1])) { put("-", old[i]); i += 1; }
    else { put("+", now[j]); j += 1; }
  }
  return found;
}

const TAGS = { "-": "del", "+": "ins", "=": "span" };

export function textField(question, { change, id, target, surface, lang }) {
  const before = question.prefill?.[target] ?? (question.prefill && target.startsWith("span:") ? surface : "");
  const area = make("textarea", { id, rows: question.settings?.rows ?? 2, lang: question.lang ?? lang, dir: question.dir ?? "auto" });
  if (question.settings?.most) area.maxLength = question.settings.most;
  area.setAttribute("aria-label", question.wording);
  area.required = question.required;
  const diff = make("p", { className: "diff", lang: area.lang, dir: area.dir, hidden: true });
  const back = make("button", { type: "button", className: "button quiet small", textContent: words("as_it_was"), hidden: true });
  back.addEventListener("click", () => change(null));
  area.addEventListener("input", () => change(area.value === before ? null : area.value));
  return { nodes: [area, ...(before ? [diff, back] : [])], show(_, given) {
    const text = given ?? before;
    if (area.value !== text) area.value = text;
    const isChanged = Boolean(before) && text !== before;
    diff.hidden = back.hidden = !isChanged;
    if (isChanged) diff.replaceChildren(...changes(before, text, area.lang).map(([sign, part]) => make(TAGS[sign], { textContent: part })));
  } };
}
