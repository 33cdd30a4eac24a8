/**
 * The talk between the desk and the server: cards held ready, the outbox, the clock of a card, and the
 * heartbeat that keeps its seats. What is kept on this device is in store.js, fetched when it is needed.
 */

import { ask, clearNotice, drawProgress, drawSaved, notice, say } from "./view.js";

const FLAG = "vouch:kept";
const BEAT_MS = 4 * 60 * 1000;
const LATER_MS = 2000;
const PACE_CARDS = 20;

/** A random version 4 UUID; randomUUID itself exists only on secure origins. */
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  return [...bytes].map((byte, i) => ([4, 6, 8, 10].includes(i) ? "-" : "") + byte.toString(16).padStart(2, "0")).join("");
}

function hasKept() {
  try { return localStorage.getItem(FLAG) !== null; } catch { return true; }
}

let opened = null;
let person = "";

/** The module and its opened store: fetched on the first need, so that a first visit stays light. */
function kept() {
  opened ??= import("./store.js").then(async (module) => ({ ...module, store: await module.Store.open(person) }))
    .catch((error) => { opened = null; throw error; });
  return opened;
}

/** The drafts that this page knows, by seat and round. */
const drafts = new Map();

/** The draft of one seat. Its client id stays the same until the seat is done, so sending twice saves once. */
export class Draft {
  constructor(seat, round) {
    this.id = `${seat}:${round}`;
    const found = drafts.get(this.id);
    this.found = found?.state ?? null;
    this.clientId = found?.client_id ?? uuid();
  }

  /** Keeps the state; false when this device keeps nothing beyond the page. */
  async save(state) {
    const record = { client_id: this.clientId, state, at: Date.now() };
    drafts.set(this.id, record);
    // Without network before the store was ever fetched: only this page has the draft, and says so.
    const found = await kept().catch(() => null);
    return found ? found.store.put("drafts", this.id, structuredClone(record)) : false;
  }

  async drop() {
    if (!drafts.delete(this.id)) return;
    const { store } = await kept();
    await store.drop("drafts", [{ key: `${store.person}|${this.id}` }]);
  }
}

/** When a card was shown and first touched, and how long the page was hidden meanwhile. */
export class Clock {
  constructor() {
    this.shown = new Date();
    this.first = null;
    this.hidden = 0;
    this.since = document.hidden ? Date.now() : null;
  }

  touch() { this.first ??= new Date(); }

  visibility() {
    if (document.hidden) this.since ??= Date.now();
    else if (this.since) { this.hidden += Date.now() - this.since; this.since = null; }
  }

  /** Seconds since the card was shown, without hidden time. */
  seconds() { return (Date.now() - this.shown - this.hidden) / 1000; }

  stamps() {
    const hidden = this.hidden + (this.since ? Date.now() - this.since : 0);
    return { shown_at: this.shown.toISOString(), first_input_at: this.first?.toISOString() ?? null, hidden_seconds: hidden / 1000 };
  }
}

/** Keeps the seats while the page is looked at; lost(data) when somebody else has the one on screen. */
export class Heartbeat {
  /** others(): further seats that are held; gone(seats) those of them that are held no more; kept(seconds). */
  constructor(url, { lost, others, gone, kept }) {
    Object.assign(this, { url, lost, others, gone, kept, seat: null, last: Date.now() });
    setInterval(() => this.beat(), BEAT_MS / 8);
    document.addEventListener("visibilitychange", () => this.beat());
  }

  hold(seat) { this.seat = seat; this.last = Date.now(); }

  async beat() {
    if (!this.url || !this.seat || document.hidden || Date.now() - this.last < BEAT_MS) return;
    this.last = Date.now();
    const { seat } = this;
    const others = this.others();
    const { request } = await kept();
    const { status, data } = await request(this.url, { seats: [seat, ...others] });
    const isKept = status !== 409 && (status !== 200 || !data.kept || data.kept.includes(seat));
    if (status === 200) this.kept(data.lease_seconds);
    if (status === 200 && data.kept) this.gone(others.filter((one) => !data.kept.includes(one)));
    if (!isKept && seat === this.seat) this.lost(data);
  }
}

/** All talk between the desk and the server, and what the person is told of it. */
export class Exchange {
  /** own: {person, pool, ahead, shell, worker}, what the page says of whom it serves; `ahead` null: nothing is fetched ahead. */
  constructor(desk, urls, own = {}) {
    Object.assign(this, { desk, urls, own, paces: [], held: null, queue: [], gone: new Set(), outbox: null, until: 0 });
    person = own.person ?? "";
    const lost = (data) => this.lost(data);
    this.beat = new Heartbeat(urls.heartbeat, { lost, others: () => this.queue.map((card) => card.seat), gone: (seats) => this.lose(seats),
      kept: (seconds) => { this.until = Math.max(this.until, Date.now() + seconds * 1000); } });
    this.sender = { isWaiting: false, now: () => this.drain() };
    addEventListener("beforeunload", (event) => { if (this.unkept) event.preventDefault(); });
  }

  get isAhead() { return Number.isInteger(this.own.ahead) && Boolean(this.urls.ahead); }

  /** Brings back what an earlier visit left; then fetches ahead, once the page has nothing else to do. */
  async start(card) {
    if (hasKept() || this.own.shell) await this.open();
    const left = this.own.shell ? await this.leftBehind() : null;
    this.desk.load(card ?? left?.shift() ?? null);
    // Judged by an earlier visit that could not send it: on screen until the server knows.
    if (card && this.gone.has(card.seat)) this.wait(true);
    if (left) { this.queue = left; this.showEmpty(); } else this.later();
    if (this.outbox) this.drain();
  }

  /** The store is there from here on. */
  async open() {
    if (this.outbox) return this.outbox;
    const { store, Outbox } = await kept();
    if (this.outbox) return this.outbox;
    this.outbox = new Outbox(store, { tell: (state, waiting) => this.tell(state, waiting), done: (answer, item, left) => this.answered(answer, item, left),
      ahead: (submit) => (submit === this.urls.submit && this.isAhead ? { ahead: this.asking() } : {}) });
    for (const record of await store.all("drafts")) {
      const id = record.key.slice(store.person.length + 1);
      if (!drafts.has(id)) drafts.set(id, record);
    }
    for (const item of await this.outbox.waiting()) if (item.body.seat) this.gone.add(item.body.seat);
    if (!store.isKept) drawSaved("full");
    this.offline((offline) => offline.watch(this, store));
    return this.outbox;
  }

  /** What is fetched once the desk works; without network before that, the page does without it. */
  offline(deed) { return import("./offline.js").then(deed, (error) => console.info("Vouch: not fetched yet.", error)); }

  /** Cards that an earlier visit fetched and that are not judged yet. */
  async leftBehind() {
    const { store } = await kept();
    const found = (await store.all("cards")).find((one) => one.key === `${store.person}|${this.own.pool}`);
    this.until = found?.until ?? 0;
    return (found?.cards ?? []).filter((card) => !this.gone.has(card.seat));
  }

  /** Fetching ahead starts with the first touch, or when the page has stood a while. */
  later() {
    const begin = () => {
      clearTimeout(timer);
      for (const type of ["keydown", "pointerdown"]) removeEventListener(type, begin, true);
      this.open().then(() => this.prefetch());
    };
    const timer = setTimeout(begin, LATER_MS);
    for (const type of ["keydown", "pointerdown"]) addEventListener(type, begin, { capture: true, once: true });
  }

  asking() {
    const shown = this.desk.card ? [this.desk.card.seat] : [];
    return { wanted: this.own.ahead + 1, have: [...shown, ...this.queue.map((card) => card.seat), ...this.gone].slice(-200) };
  }

  /** Asks for the next cards; true when they came. */
  async prefetch(more = {}) {
    if (!this.isAhead || !this.desk.card) return false;
    const { request, alone } = await kept();
    // Never beside a judgement on its way: the answer would still list its seat.
    return alone(async () => {
      const { status, data } = await request(this.urls.ahead, { ...this.asking(), ...more });
      if (status === 200) await this.hold(data);
      return status === 200;
    });
  }

  /** Takes over which seats are held and the cards that came; what is held no more goes. */
  async hold({ seats, cards, lease_seconds: seconds }) {
    this.until = Date.now() + seconds * 1000;
    const known = new Map([...this.queue, ...cards].map((card) => [card.seat, card]));
    const shown = this.desk.card?.seat;
    this.queue = seats.filter((seat) => seat !== shown && !this.gone.has(seat) && known.has(seat)).map((seat) => known.get(seat));
    await this.keepCards();
  }

  async keepCards() {
    const { store } = await kept();
    const cards = [...(this.desk.card && !this.gone.has(this.desk.card.seat) ? [this.desk.card] : []), ...this.queue];
    await store.put("cards", this.own.pool ?? "", { cards, url: this.urls["give-back"], until: this.until });
    document.body.dataset.ready = String(this.queue.length);
  }

  lose(seats) {
    this.queue = this.queue.filter((card) => !seats.includes(card.seat));
    return seats.length ? this.keepCards() : null;
  }

  tell(state, waiting = 0) {
    this.unkept = waiting > 0 && !this.outbox.store.isKept;
    drawSaved(state, { n: waiting });
    document.body.dataset.waiting = String(waiting);
    document.body.toggleAttribute("data-offline", state === "offline");
    this.offline((offline) => offline.showNetwork());
    if (state === "offline" && this.sender.isWaiting) {
      say("say_waiting");
      if (this.isAhead) this.leave();
    }
  }

  /** The card on screen is given, and its judgement on its way, answered or not. */
  wait(isWaiting) {
    this.sender.isWaiting = isWaiting;
    document.body.toggleAttribute("data-sending", isWaiting);
  }

  async drain() {
    const outbox = await this.open();
    await outbox.now();
    if (!this.sender.isWaiting) return;
    const seat = this.desk.card?.seat;
    // Another tab has sent it, and got the answer.
    if (!(await outbox.waiting()).some((item) => item.body.seat === seat)) { this.wait(false); this.next(); }
  }

  async submit(outcome, comment = "") {
    const { clock, work } = this.desk;
    if (this.sender.isWaiting) return this.drain();
    this.paces = [...this.paces, clock.seconds()].slice(-PACE_CARDS);
    return this.give({ outcome, ...this.desk.reading(), comment: comment || work.state.comment || "", ...clock.stamps() });
  }

  /** What was said of the card on screen goes into the outbox and, as soon as may be, to the server. */
  async give(said) {
    const { card, draft, work } = this.desk;
    const body = { seat: card.seat, client_id: draft.clientId, ...said };
    this.wait(true);
    const outbox = await this.open().catch(() => null);
    if (!outbox) { this.wait(false); notice("warn", "", [], null, "no_answer"); return null; }
    const isKept = await outbox.add({ urls: this.urls, body, card, round: card.round, state: structuredClone(work.state) });
    if (!isKept) drawSaved("full");
    this.gone.add(card.seat);
    if (this.isAhead && this.queue.length) { this.leave(); say("say_nothing"); }
    this.offline((offline) => offline.judged(card.seat));
    return this.drain();
  }

  /** Shows the next card that is ready; the draft of the one on screen goes, unless it was lost. */
  leave(isGiven = true) {
    if (isGiven) this.desk.draft?.drop();
    this.wait(false);
    this.desk.load(this.queue.shift() ?? null);
    this.showEmpty();
    this.keepCards();
  }

  /** Without a card and without network, says why there is none. */
  showEmpty() { if (!this.desk.card && this.isAhead) this.offline((offline) => offline.showEmpty(!navigator.onLine || this.own.shell || document.body.hasAttribute("data-offline"))); }

  /** A judgement was taken or refused for good. `left` more are waiting. */
  async answered({ status, data }, item) {
    const { seat } = item.body;
    const isShown = seat !== undefined && seat === this.desk.card?.seat && this.sender.isWaiting;
    if (data.progress) this.showProgress(data.progress);
    if (status === 403) { this.wait(false); this.signedOut(data); return; }
    this.gone.delete(seat);
    if (data.cards) await this.hold(data);
    // Somebody else has it by now, which is what a skip is for.
    if (status === 409 && item.body.skip) status = 200;
    if (status !== 200 && seat === undefined) notice("warn", data.error ?? "", [], null, "no_undo");
    else if (status !== 200 && !isShown) await this.refuse(status, data, item);
    if (isShown) await this.settle(status, data);
    else if (!this.desk.card && this.queue.length) this.leave();
    if (data.revealed) notice("revealed", data.revealed.title, data.revealed.lines);
  }

  /** Keeps what the server refused of what was judged before, until the person has read why. */
  async refuse(status, data, item) {
    const { store } = await kept();
    await store.put("refused", item.body.client_id, { status, error: data.error ?? "", rows: data.rows ?? [], item });
    await this.offline((offline) => offline.showRefused());
  }

  async settle(status, data) {
    this.wait(false);
    if (status === 200) { await this.desk.draft.drop(); if (data.cards) this.leave(); else this.go(data); return; }
    await this.desk.draft.save(this.desk.work.state);
    if (status === 409) this.lost(data);
    else notice("bad", data.error ?? "", data.rows ?? [], null, "refused");
  }

  signedOut(data) { notice("bad", data.error ?? "", [], { word: "send_again", run: () => { clearNotice(); this.drain(); } }, "signed_out"); }

  lost(data) {
    const run = () => { if (this.queue.length) this.leave(false); else if ("card" in data) this.go(data); else this.next(); };
    notice("warn", data.error ?? "", [], { word: "next_card", run }, "lost");
  }

  /** Shows the card that an answer brought. */
  go(data) {
    if (data.location) { location.assign(data.location); return; }
    if (data.progress) this.showProgress(data.progress);
    if (this.desk.after) { this.desk.after(data); return; }
    if (!("card" in data)) { this.next(); return; }
    if (data.card) this.gone.delete(data.card.seat);
    this.queue = this.queue.filter((card) => card.seat !== data.card?.seat);
    this.desk.load(data.card, data.message);
    if (this.isAhead && this.outbox) this.prefetch();
  }

  showProgress(progress) {
    const pace = this.paces.length ? [...this.paces].sort((a, b) => a - b)[this.paces.length >> 1] : null;
    drawProgress(progress, pace);
  }

  /** A request that stands outside the queue; 200 shows what came, all else says why. */
  async plain(url, body) {
    const { request } = await kept();
    const { status, data } = await request(url, body);
    if (status === 200) { this.go(data); return true; }
    notice("warn", data.error ?? "", [], null, status === 0 ? "no_answer" : status === 403 ? "signed_out" : body ? "refused" : "no_answer");
    return false;
  }

  next() { return this.plain(this.urls.next, null); }

  /** Takes the last judgement back, whether it has left the device or not; the card on screen comes after it. */
  async undo() {
    if (this.sender.isWaiting && !this.urls.sync) { say("say_waiting"); return; }
    const outbox = await this.open();
    const own = await outbox.takeBack(this.urls.submit);
    const before = this.sender.isWaiting ? null : this.desk.card;
    this.wait(false);
    if (own) {
      const { card, round, state, body, tried } = own;
      drafts.set(`${card.seat}:${round}`, { client_id: tried ? uuid() : body.client_id, state });
      this.back(card, before);
      this.tell((await outbox.waiting()).length ? "offline" : "", (await outbox.waiting()).length);
      await this.desk.draft.save(state);
      return;
    }
    const { request } = await kept();
    const { status, data } = await request(this.urls.undo, {});
    if (status !== 200 || !data.card) { notice("warn", data.error ?? data.message ?? "", [], null, status === 0 ? "no_undo_offline" : "no_undo"); return; }
    if (data.progress) this.showProgress(data.progress);
    if (this.isAhead) this.back(data.card, before);
    else this.go(data);
    say("say_undone");
  }

  back(card, before) {
    this.gone.delete(card.seat);
    if (before && before.seat !== card.seat) this.queue.unshift(before);
    this.queue = this.queue.filter((one) => one.seat !== card.seat);
    this.desk.load(card);
    this.keepCards();
    say("say_undone");
  }

  /** A judgement that was refused for a fault of form comes back to be put right. */
  async reopen({ card, round, state, body }) {
    drafts.set(`${card.seat}:${round}`, { client_id: body.client_id, state });
    this.back(card, this.desk.card);
    await this.desk.draft.save(state);
  }

  async skip() {
    const { card } = this.desk;
    const asked = await ask("ask-skip");
    if (!asked) return;
    if (this.urls.sync) { await this.give({ skip: asked.value }); return; }
    if (await this.plain(this.urls.skip, { seat: card.seat, reason: asked.value })) drawSaved("");
  }

  async report() {
    const asked = await ask("ask-report");
    if (!asked) return;
    if (asked.value === "bad_sentence") this.submit("bad_sentence", asked.comment);
    else this.submit("reported", [asked.value, asked.comment].filter(Boolean).join(": "));
  }
}
