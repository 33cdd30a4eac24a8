/** The tutorial: known texts at the desk; after each a dialog says what was expected and why. */

import { start } from "./desk.js";

const $ = (id) => document.getElementById(id);
const SIGNS = { right: "✓", wrong: "✕" };
const desk = await start({ after: explain });
const dialog = $("lesson");

/** The answer was looked at: says what came of it; the next text follows when the dialog is closed. */
function explain({ lesson, card, message }) {
  if (!lesson) { desk.load(card, message); if (!card) finish(); return; }
  $("lesson-title").textContent = lesson.title;
  dialog.dataset.sign = lesson.is_right ? "right" : "wrong";
  $("lesson-rows").replaceChildren(...lesson.rows.map(line));
  dialog.addEventListener("close", () => { if (card) desk.load(card); }, { once: true });
  if (!card) finish();
  else open();
}

/** Behind the last text: on to the desk, or once more from the first. */
function finish() {
  $("lesson-last").hidden = false;
  for (const one of dialog.querySelectorAll(".row > *")) one.hidden = !one.hidden;
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  open();
}

function open() {
  if (!dialog.open) dialog.showModal();
  dialog.querySelector(".row > :not([hidden])").focus();
}

function line({ sign, text, said, why }) {
  const row = $("lesson-row").content.firstElementChild.cloneNode(true);
  row.dataset.sign = sign;
  row.querySelector(".sign").textContent = SIGNS[sign];
  row.querySelector(".visually-hidden").textContent = $("lesson-words").content.querySelector(`[data-k=${sign}]`).textContent;
  for (const [name, value] of Object.entries({ expected: text, own: said, why })) {
    const place = row.querySelector(`.${name}`);
    place.textContent = value;
    place.hidden = !value;
  }
  return row;
}

$("lesson-again").addEventListener("click", () => location.reload());
