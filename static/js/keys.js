/** The dialog in which a person gives the desk's commands other keys. Fetched when it is opened. */

import { csrfToken } from "./store.js";
import { drawLabels } from "./view.js";

const $ = (id) => document.getElementById(id);
// Arrows move edges, digits answer, Tab and the space bar are the browser's.
const TAKEN = /^([0-9]|Arrow\w+|Tab| )$/;
const MODIFIER = /^(Shift|Control|Alt|AltGraph|Meta|CapsLock|NumLock|Dead|Process|Unidentified)$/;

let desk = null;
// The keys there are, from input.js; importing them would close a circle that hashed file names cannot have.
let table = null;
let asked = null;

/** A sentence of the dialog, in the person's language, with {name} filled in. */
function words(name, values = {}) {
  const found = $("command-words").content.querySelector(`[data-k="${name}"]`)?.textContent ?? name;
  return found.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

const say = (name, values) => { $("keys-said").textContent = words(name, values); };

function draw() {
  $("key-rows").replaceChildren(...Object.keys(table.KEYS).map((command) => {
    const row = $("key-template").content.firstElementChild.cloneNode(true);
    const button = row.querySelector("button");
    row.querySelector("span").textContent = words(command);
    button.querySelector("kbd").textContent = table.printed(command);
    button.setAttribute("aria-label", `${words(command)}: ${table.printed(command)}`);
    button.dataset.command = command;
    button.classList.toggle("waiting", command === asked);
    button.addEventListener("click", () => ask(command));
    return row;
  }));
}

function ask(command) {
  asked = command;
  draw();
  say("ask_key", { command: words(command) });
  focus(command);
}

const focus = (command) => $("key-rows").querySelector(`[data-command="${command}"]`)?.focus();

/** While a command waits, every press is an answer to it and to nothing else. */
function pressed(event) {
  if (!asked) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const key = table.keyOf(event);
  if (MODIFIER.test(key)) return;
  const command = asked;
  const holder = table.commandOf(key);
  if (key === "Escape" && command !== "cancel") { settle(); $("keys-said").textContent = ""; return; }
  if (TAKEN.test(key)) { say("key_refused", { key: table.shownKey(key) }); return; }
  if (holder && holder !== command) { say("key_taken", { key: table.shownKey(key), other: words(holder) }); return; }
  give(command, key);
}

function settle() {
  const command = asked;
  asked = null;
  draw();
  focus(command);
}

async function give(command, key) {
  const chosen = table.ownKeys();
  if (table.KEYS[command][0] === key) delete chosen[command];
  else chosen[command] = key;
  apply(chosen);
  say("key_set", { key: table.shownKey(key), command: words(command) });
  settle();
  await keep(chosen);
}

/** Labels make way for a letter that a command has now. */
function apply(chosen) {
  table.useKeys(chosen);
  if (!desk.card) return;
  desk.labelKeys = table.labelKeys(desk.card.labels ?? []);
  drawLabels($("labels"), desk.card.labels ?? [], desk.labelKeys);
  desk.draw();
}

async function keep(chosen) {
  const { keys } = JSON.parse($("urls").textContent);
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
  const answer = await fetch(keys, { method: "POST", headers, body: JSON.stringify(chosen) }).catch(() => null);
  if (!answer?.ok) say("keys_here");
}

async function usual() {
  asked = null;
  apply({});
  draw();
  say("keys_usual");
  await keep({});
}

/** Shows the dialog for a desk; `of` gives what input.js knows of keys. */
export function open(at, of) {
  if (!desk) {
    document.addEventListener("keydown", pressed, { capture: true });
    $("usual-keys").addEventListener("click", usual);
    $("set-keys").addEventListener("cancel", (event) => { if (asked) event.preventDefault(); });
    $("set-keys").addEventListener("close", () => { asked = null; });
  }
  [desk, table] = [at, of];
  $("show-keys").close();
  $("keys-said").textContent = "";
  draw();
  $("set-keys").showModal();
}
