/** Shows questions that are being written by the desk's own forms; nothing in them can be answered. */

import { KINDS } from "./kinds.js";

let count = 0;

function draw(place) {
  const question = JSON.parse(place.dataset.question);
  const build = KINDS[question.kind];
  if (!build) return;
  const { nodes, show } = build(question, { change() {}, id: `tried-${count += 1}`, search: "", lang: question.lang ?? "", surface: "", target: "rendition", leave: () => false });
  show(null);
  place.append(...nodes);
  for (const key of place.querySelectorAll("kbd")) key.hidden = true;
}

function drawAll() {
  for (const place of document.querySelectorAll("#tried [data-question]")) {
    draw(place);
    delete place.dataset.question;
  }
}

drawAll();
document.addEventListener("htmx:afterSettle", drawAll);
