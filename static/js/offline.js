/**
 * What a desk without network shows and can do: cards to take along, what the server refused of what was
 * judged meanwhile, the service worker, other tabs, and leaving nothing behind on signing out.
 */

import { ask, languageName, notice, say, words } from "./view.js";
import { Outbox, Store, request } from "./store.js";

const $ = (id) => document.getElementById(id);
const LOOK_MS = 30 * 1000;
const tabs = globalThis.BroadcastChannel ? new BroadcastChannel("vouch") : null;
let desk = null;

/** Called once by a desk whose store is open. */
export function watch(exchange, store) {
  desk = { exchange, store };
  tabs?.addEventListener("message", ({ data }) => judgedElsewhere(data.judged));
  for (const type of ["online", "offline"]) addEventListener(type, showNetwork);
  showNetwork();
  showRefused();
  keepShell();
  setInterval(lookAtLease, LOOK_MS);
  const pack = document.querySelector("[data-pack]");
  if (!pack) return;
  pack.hidden = !exchange.isAhead;
  pack.addEventListener("click", () => takeAlong());
}

/** Tells the other tabs. */
export function judged(seat) { tabs?.postMessage({ judged: seat }); }

/** A card that waits here was judged in another tab: it goes, unless something was already said of it here. */
function judgedElsewhere(seat) {
  const { exchange } = desk;
  exchange.queue = exchange.queue.filter((card) => card.seat !== seat);
  if (exchange.desk.card?.seat !== seat || exchange.sender.isWaiting) return;
  if (exchange.desk.work.past.length) notice("warn", "", [], { word: "next_card", run: () => goOn() }, "other_tab");
  else goOn();
}

function goOn() {
  const { exchange } = desk;
  if (exchange.queue.length) exchange.leave(false);
  else exchange.next();
}

/** Offline is when the browser says so, or when the server does not answer. */
export function showNetwork() {
  const isOffline = !navigator.onLine || document.body.hasAttribute("data-offline");
  if ($("net")) $("net").hidden = !isOffline;
  if (!isOffline && desk?.exchange.own.shell && !desk.exchange.desk.card) desk.exchange.next();
}

/** Why there is no card: none on this device, or none at all. */
export function showEmpty(isOffline) {
  $("nothing-title").textContent = words(isOffline ? "none_offline" : "none");
  $("nothing-text").hidden = isOffline;
}

/** Once, when the time for which the card on screen is kept for this person is over. */
function lookAtLease() {
  const { exchange } = desk;
  const { card } = exchange.desk;
  if (!card || !exchange.until || card.told || Date.now() < exchange.until) return;
  card.told = true;
  notice("warn", "", [], null, "lease_over");
}

/** Has the service worker keep this page's empty shell; false where there is none. */
async function keepShell() {
  const { own } = desk.exchange;
  if (!own.worker || !navigator.serviceWorker) return false;
  try {
    await navigator.serviceWorker.register(own.worker);
    const { active } = await navigator.serviceWorker.ready;
    return await new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => resolve(data);
      active.postMessage({ keep: location.pathname }, [port2]);
    });
  } catch (error) {
    console.warn("Vouch: no service worker here.", error);
    return false;
  }
}

const time = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/** Leases and fetches as many cards as the person asks for, and says how many are ready. */
async function takeAlong() {
  const { exchange } = desk;
  const asked = await ask("ask-pack");
  // Enter belongs to the card again, not to the button that was pressed.
  document.activeElement?.blur();
  if (!asked) return;
  if (asked.value === "back") { await bringBack(); return; }
  say("pack_fetching");
  const [isShellKept, isHere] = await Promise.all([keepShell(), exchange.prefetch({ wanted: Number(asked.value), pack: true })]);
  if (!isHere) { notice("warn", "", [], null, "no_answer"); return; }
  const n = exchange.queue.length + (exchange.desk.card ? 1 : 0);
  const stays = isShellKept && desk.store.isKept;
  notice(stays ? "good" : "warn", words(stays ? "pack_ready" : "pack_open", { n, until: time(exchange.until) }));
  navigator.storage?.persist?.();
}

/** Gives the cards that were taken along to others, all but the one on screen. */
async function bringBack() {
  const { exchange } = desk;
  const seats = exchange.queue.map((card) => card.seat);
  if (!seats.length) { notice("good", words("pack_back", { n: 0 })); return; }
  const { status, data } = await request(exchange.urls["give-back"], { seats });
  if (status !== 200) { notice("warn", data.error ?? "", [], null, "no_answer"); return; }
  await exchange.lose(seats);
  notice("good", words("pack_back", { n: data.returned }));
}

/** Lists what was refused and not read yet. */
export async function showRefused() {
  const found = await desk.store.all("refused");
  const place = $("refused");
  if (!place) return;
  place.hidden = !found.length;
  place.querySelector("ul").replaceChildren(...found.map(refusedLine));
}

/** One refused judgement: of which text, why, what the person had said, and what can be done. */
function refusedLine(record) {
  const { item, error, rows, status } = record;
  const line = $("refused-template").content.firstElementChild.cloneNode(true);
  const target = item.card.target;
  Object.assign(line.querySelector("bdi"), { textContent: target.fields[0]?.text ?? "", lang: target.lang, dir: target.dir });
  line.querySelector(".why").textContent = [error, ...rows].filter((text, i, all) => all.findIndex((other) => other.includes(text)) === i).join(" ");
  line.querySelector(".had-said").textContent = words("had_said", { said: saidOf(item) });
  const [again, read] = line.querySelectorAll("button");
  again.hidden = status !== 422;
  again.addEventListener("click", async () => { await forget(record); await desk.exchange.reopen(item); });
  read.addEventListener("click", () => forget(record));
  return line;
}

async function forget(record) {
  await desk.store.drop("refused", [record]);
  await showRefused();
}

/** What a judgement says, in a line: each span with its label and verdict, the answers, the comment. */
function saidOf({ body, card }) {
  const name = (key) => card.labels?.find((label) => label.key === key)?.name ?? key;
  const shown = (key) => card.spans?.find((span) => span.key === key);
  const spans = (body.spans ?? []).map((span) => {
    const { label, surface } = { ...shown(span.shown), ...Object.fromEntries(Object.entries(span).filter(([, value]) => value)) };
    return `${[name(label), surface].filter(Boolean).join(" ")}: ${words(`is_${span.verdict}`)}`;
  });
  const answers = (body.answers ?? []).map(({ question, value }) => `${card.questions?.find((one) => one.key === question)?.wording ?? question}: ${value}`);
  const outcome = body.outcome === "answered" ? [] : [words(`outcome_${body.outcome}`)];
  return [...outcome, ...spans, ...answers, body.comment].filter(Boolean).join("; ") || languageName(card.target.lang);
}

/** Sends what can be sent, gives held cards back, deletes all that is kept here, then signs out. */
export async function signOut(form) {
  const everybody = await Store.open(null);
  for (const person of new Set((await everybody.shelf.all("outbox")).map((item) => item.person))) {
    const store = await Store.open(person);
    await new Outbox(store, { tell: () => {}, done: (answer, item) => (answer.status === 200 ? null : store.put("refused", item.body.client_id ?? "undo", { item })), ahead: () => ({}) }).now();
  }
  const left = [...await everybody.shelf.all("outbox"), ...await everybody.shelf.all("refused")];
  if (left.length && !confirm(form.dataset.unsent.replace("{n}", left.length))) return;
  await leaveNothing(await everybody.shelf.all("cards"));
  form.submit();
}

async function leaveNothing(held) {
  await Promise.all(held.filter(({ url, cards }) => url && cards.length).map(({ url, cards }) => request(url, { seats: cards.map((card) => card.seat) })));
  await Store.wipe();
  for (const name of globalThis.caches ? await caches.keys() : []) await caches.delete(name);
  for (const worker of await navigator.serviceWorker?.getRegistrations() ?? []) await worker.unregister();
}
