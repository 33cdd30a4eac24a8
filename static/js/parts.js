/** Parts of a very long text: begin, middle and end in sight, what lies between two folded away. */

import { words } from "./view.js";

/** Cuts a passage's text between words and folds away what is in none of its field's parts. */
export function fold(passage) {
  const { element, field } = passage;
  const parts = field.parts.map((ends) => ends.map((point) => passage.toUnit(point)));
  const cuts = [...new Set([0, ...parts.flat(), field.text.length])];
  passage.pieces = cuts.slice(0, -1).map((from, at) => ({ from, node: document.createTextNode(field.text.slice(from, cuts[at + 1])) }));
  element.replaceChildren(...passage.pieces.flatMap(({ from, node }) => (parts.some(([start]) => start === from) ? [node] : folded(node))));
}

function folded(node) {
  const hidden = Object.assign(document.createElement("span"), { hidden: true });
  hidden.append(node);
  const count = node.data.split(/\s+/u).filter(Boolean).length;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button quiet small gap", textContent: words("folded", { count }) });
  button.addEventListener("click", () => { hidden.hidden = false; button.remove(); });
  return [button, hidden];
}
