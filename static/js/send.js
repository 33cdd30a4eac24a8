/**
 * What leaves and what stays: drafts and unsent judgements kept on this device, one at a time sent to
 * the server until it answers, the clock of a card, and the heartbeat that keeps its seat.
 */

import { ask, drawProgress, drawSaved, notice, say } from "./view.js";

const DRAFT = "vouch:draft:";
const UNSENT = "vouch:unsent:";
const KEEP_MS = 14 * 24 * 3600 * 1000;
const BEAT_MS = 4 * 60 * 1000;
const WAITS_MS = [1000, 2000, 5000, 10000, 20000, 30000];

function read(key) {
  try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
}

/** False when the device has no room or forbids it; the desk then says that drafts are not kept. */
function write(key, value) {
  try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; }
}

function keptKeys(prefix) {
  try { return Object.keys(localStorage).filter((key) => key.startsWith(prefix)); } catch { return []; }
}

function forget(key) {
  try { localStorage.removeItem(key); } catch { return; }
}

/** A random version 4 UUID; randomUUID itself exists only on secure origins. */
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  return [...bytes].map((byte, i) => ([4, 6, 8, 10].includes(i) ? "-" : "") + byte.toString(16).padStart(2, "0")).join("");
}

/** The draft of one seat. Its client id stays the same until the seat is done, so sending twice saves once. */
export class Draft {
  constructor(seat, round) {
    this.key = `${DRAFT}${seat}:${round}`;
    const found = read(this.key);
    this.found = found?.state ?? null;
    this.clientId = found?.client_id ?? uuid();
  }

  /** Keeps the state; false when this device cannot. */
  save(state) { return write(this.key, { client_id: this.clientId, state, at: Date.now() }); }

  drop() { forget(this.key); }

  /** Drafts older than two weeks belong to seats long gone. */
  static sweep() {
    for (const key of keptKeys(DRAFT)) {
      if (!(read(key)?.at > Date.now() - KEEP_MS)) forget(key);
    }
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

/** The newest token: signing in again in another tab changes it. */
function csrfToken() {
  const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
  return cookie?.slice("csrftoken=".length) || document.querySelector('meta[name="csrf-token"]')?.content || "";
}

/** One request; {status, data}, where status 0 means that no answer came. */
export async function request(url, body) {
  const headers = { Accept: "application/json", "X-Requested-With": "fetch" };
  if (body) Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": csrfToken() });
  try {
    const options = { method: body ? "POST" : "GET", headers, credentials: "same-origin", redirect: "manual" };
    const response = await fetch(url, body ? { ...options, body: JSON.stringify(body) } : options);
    if (response.type === "opaqueredirect") return { status: 403, data: {} };
    const isJson = response.headers.get("Content-Type")?.includes("json");
    return { status: response.status, data: isJson ? await response.json() : {} };
  } catch {
    return { status: 0, data: {} };
  }
}

const isPassing = (status) => status === 0 || status === 429 || status >= 500;

/** Sends judgements one by one, again and again while the network or the server is away. */
export class Sender {
  /** tell(state): "saving" | "saved" | "offline"; done(answer, body): any final answer. */
  constructor(url, tell, done) {
    Object.assign(this, { url, tell, done, waiting: null, tries: 0, timer: 0, busy: false });
    addEventListener("online", () => this.now());
  }

  /** Judgements of an earlier visit that never reached the server. */
  static unsent() {
    return keptKeys(UNSENT).map(read).filter(Boolean);
  }

  /** Sends a judgement of an earlier visit; true when the server has given a final answer. */
  static async once(url, body) {
    const { status } = await request(url, body);
    if (isPassing(status) || status === 403) return false;
    forget(`${UNSENT}${body.seat}`);
    return true;
  }

  get isWaiting() { return this.waiting !== null; }

  send(body) {
    this.waiting = body;
    this.tries = 0;
    write(`${UNSENT}${body.seat}`, { url: this.url, ...body });
    return this.now();
  }

  async now() {
    clearTimeout(this.timer);
    if (!this.waiting || this.busy) return;
    this.busy = true;
    const body = this.waiting;
    this.tell("saving");
    const answer = await request(this.url, body);
    this.busy = false;
    if (isPassing(answer.status)) return this.later();
    this.waiting = null;
    if (answer.status !== 403) forget(`${UNSENT}${body.seat}`);
    this.tell(answer.status === 200 ? "saved" : "kept");
    this.done(answer, body);
  }

  later() {
    this.tell("offline");
    const wait = WAITS_MS[Math.min(this.tries, WAITS_MS.length - 1)];
    this.tries += 1;
    this.timer = setTimeout(() => this.now(), wait);
  }
}

/** Keeps the seat while the page is looked at; lost(data) when somebody else has it by now. */
export class Heartbeat {
  constructor(url, lost) {
    Object.assign(this, { url, lost, seat: null, last: Date.now() });
    setInterval(() => this.beat(), BEAT_MS / 8);
    document.addEventListener("visibilitychange", () => this.beat());
  }

  hold(seat) { this.seat = seat; this.last = Date.now(); }

  async beat() {
    if (!this.url || !this.seat || document.hidden || Date.now() - this.last < BEAT_MS) return;
    this.last = Date.now();
    const seat = this.seat;
    const { status, data } = await request(this.url, { seat });
    if (status === 409 && seat === this.seat) this.lost(data);
  }
}

const PACE_CARDS = 20;

/** All talk between the desk and the server, and what the person is told of it. */
export class Exchange {
  constructor(desk, urls) {
    Object.assign(this, { desk, urls, paces: [], progress: null });
    this.sender = new Sender(urls.submit, (state) => this.tell(state), (answer, body) => this.answered(answer, body));
    this.beat = new Heartbeat(urls.heartbeat, (data) => this.lost(data));
  }

  tell(state) {
    drawSaved(state);
    document.body.toggleAttribute("data-sending", state === "saving" || state === "offline");
    if (state === "offline") say("say_waiting");
  }

  submit(outcome, comment = "") {
    const { card, draft, clock } = this.desk;
    if (this.sender.isWaiting) return this.sender.now();
    this.paces = [...this.paces, clock.seconds()].slice(-PACE_CARDS);
    return this.sender.send({ seat: card.seat, client_id: draft.clientId, outcome, ...this.desk.reading(), comment: comment || this.desk.work.state.comment || "", ...clock.stamps() });
  }

  answered({ status, data }, body) {
    if (body.seat !== this.desk.card?.seat) return;
    if (status === 200) { this.desk.draft.drop(); this.go(data); return; }
    if (status === 409) { this.lost(data); return; }
    const again = { word: "send_again", run: () => this.submit(body.outcome, body.comment) };
    if (status === 403) notice("bad", data.error ?? "", [], again, "signed_out");
    else notice("bad", data.error ?? "", data.rows ?? [], null, "refused");
  }

  lost(data) {
    const run = () => ("card" in data ? this.go(data) : this.next());
    notice("warn", data.error ?? "", [], { word: "next_card", run }, "lost");
  }

  /** Shows the card that an answer brought. */
  go(data) {
    if (data.location) { location.assign(data.location); return; }
    if (data.progress) this.showProgress(data.progress);
    if (this.desk.after) { this.desk.after(data); return; }
    if (!("card" in data)) { this.next(); return; }
    this.desk.load(data.card, data.message);
  }

  showProgress(progress) {
    const pace = this.paces.length ? [...this.paces].sort((a, b) => a - b)[this.paces.length >> 1] : null;
    drawProgress(progress, pace);
  }

  /** A request that stands outside the queue; 200 shows what came, all else says why. */
  async plain(url, body) {
    const { status, data } = await request(url, body);
    if (status === 200) { this.go(data); return true; }
    notice("warn", data.error ?? "", [], null, status === 0 ? "no_answer" : status === 403 ? "signed_out" : body ? "refused" : "no_answer");
    return false;
  }

  next() { return this.plain(this.urls.next, null); }

  async undo() {
    if (this.sender.isWaiting) { say("say_waiting"); return; }
    const { status, data } = await request(this.urls.undo, {});
    if (status === 200 && data.card) { this.go(data); say("say_undone"); return; }
    notice("warn", data.error ?? data.message ?? "", [], null, "no_undo");
  }

  async skip() {
    const asked = await ask("ask-skip");
    if (asked && await this.plain(this.urls.skip, { seat: this.desk.card.seat, reason: asked.value })) drawSaved("");
  }

  async report() {
    const asked = await ask("ask-report");
    if (!asked) return;
    if (asked.value === "bad_sentence") this.submit("bad_sentence", asked.comment);
    else this.submit("reported", [asked.value, asked.comment].filter(Boolean).join(": "));
  }

  /** Sends what an earlier visit could not; for the card on screen as if Enter had just been pressed. */
  async resend() {
    for (const { url, ...body } of Sender.unsent()) {
      if (body.seat === this.desk.card?.seat) this.sender.send(body);
      else if (await Sender.once(url, body)) drawSaved("saved");
    }
  }
}
