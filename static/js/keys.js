/** The dialog in which a person gives the desk's commands other keys. Fetched when it is opened. */

import { KEYS, commandOf, keyOf, labelKeys, ownKeys, printed, shownKey, useKeys } from "./input.js";
import { csrfToken } from "./store.js";
import { drawLabels } from "./view.js";

const $ = (id) => document.getElementById(id);
// Arrows move edges, digits answer, Tab and the space bar are the browser's.
const TAKEN = /^([0-9]|Arrow\w+|Tab| )$/;
const MODIFIER = /^(Shift|Control|Alt|AltGraph|Meta|CapsLock|NumLock|Dead|Process|Unidentified)$/;

let desk = null;
let asked = null;

/** A sentence of the dialog, in the person's language, with {name} filled in. */
function words(name, values = {}) {
  const found = $("command-words").content.querySelector(`[data-k="${name}"]`)?.textContent ?? name;
  return found.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

const say = (name, values) => { $("keys-said").textContent = words(name, values); };

function draw() {
  $("key-rows").replaceChildren(...Object.keys(KEYS).map((command) => {
    const row = $("key-template").content.firstElementChild.cloneNode(true);
    const button = row.querySelector("button");
    row.querySelector("span").textContent = words(command);
    button.querySelector("kbd").textContent = printed(command);
    button.setAttribute("aria-label", `${words(command)}: ${printed(command)}`);
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
  const key = keyOf(event);
  if (MODIFIER.test(key)) return;
  const command = asked;
  const holder = commandOf(key);
  if (key === "Escape" && command !== "cancel") { settle(); $("keys-said").textContent = ""; return; }
  if (TAKEN.test(key)) { say("key_refused", { key: shownKey(key) }); return; }
  if (holder && holder !== command) { say("key_taken", { key: shownKey(key), other: words(holder) }); return; }
  give(command, key);
}

function settle() {
  const command = asked;
  asked = null;
  draw();
  focus(command);
}

async function give(command, key) {
  const chosen = ownKeys();
  if (KEYS[command][0] === key) delete chosen[command];
  else chosen[command] = key;
  apply(chosen);
  say("key_set", { key: shownKey(key), command: words(command) });
  settle();
  await keep(chosen);
}

/** Labels make way for a letter that a command has now. */
function apply(chosen) {
  useKeys(chosen);
  if (!desk.card) return;
  desk.labelKeys = labelKeys(desk.card.labels ?? []);
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

/** Shows the dialog for a desk. */
export function open(of) {
  if (!desk) {
    document.addEventListener("keydown", pressed, { capture: true });
    $("usual-keys").addEventListener("click", usual);
    $("set-keys").addEventListener("cancel", (event) => { if (asked) event.preventDefault(); });
    $("set-keys").addEventListener("close", () => { asked = null; });
  }
  desk = of;
  $("show-keys").close();
  $("keys-said").textContent = "";
  draw();
  $("set-keys").showModal();
}
