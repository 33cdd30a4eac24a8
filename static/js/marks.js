/** Shows the spans of texts on ordinary pages by the CSS Custom Highlight API: the text stays whole. */

const sheet = new CSSStyleSheet();
const COLOURS = [1, 2, 3, 4, 5, 6, 7, 8];
sheet.replaceSync(COLOURS.map((n) =>
  `::highlight(shown-${n}) { background-color: color-mix(in oklab, var(--label-${n}) 18%, transparent); text-decoration: underline 2px var(--label-${n}); text-underline-offset: .22em; }`).join("\n"));

/** The UTF-16 offset of every code point of a text, its end included. */
function places(text) {
  const found = [0];
  for (const sign of text) found.push(found.at(-1) + sign.length);
  return found;
}

function show(element) {
  const node = element.firstChild;
  if (!node || node.nodeType !== Node.TEXT_NODE) return;
  const at = places(node.data);
  for (const mark of element.dataset.marks.split(" ").filter(Boolean)) {
    const [start, end, colour] = mark.split("-").map(Number);
    if (!(end < at.length)) continue;
    const range = new Range();
    range.setStart(node, at[start]);
    range.setEnd(node, at[end]);
    const name = `shown-${colour}`;
    if (!CSS.highlights.has(name)) CSS.highlights.set(name, new Highlight());
    CSS.highlights.get(name).add(range);
  }
}

/** Paints the whole page anew: what a swap took away leaves empty ranges behind otherwise. */
function showAll() {
  for (const n of COLOURS) CSS.highlights.delete(`shown-${n}`);
  for (const element of document.querySelectorAll("[data-marks]")) show(element);
}

if (window.CSS && CSS.highlights) {
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  showAll();
  document.addEventListener("htmx:afterSwap", showAll);
}
