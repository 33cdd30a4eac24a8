/**
 * What stays on this device until the server has it: drafts, judgements in the order they were given,
 * cards fetched ahead, and what was refused. In IndexedDB; in memory alone where the device forbids it.
 */

const NAME = "vouch";
const SHELVES = ["drafts", "outbox", "cards", "refused"];
const KEEP_MS = 14 * 24 * 3600 * 1000;
const WAITS_MS = [1000, 2000, 5000, 10000, 20000, 30000];
const MOST_AT_ONCE = 20;
/** Says to the next page that something is kept, before the store itself is fetched. */
export const FLAG = "vouch:kept";

const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
  request.onblocked = () => reject(new Error("blocked by another tab"));
});

/** Records with a `key` on shelves of a database. */
class Disk {
  static async open() {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => SHELVES.forEach((name) => opening.result.createObjectStore(name, { keyPath: "key" }));
    const db = await asked(opening);
    // Another tab signs out: let go, so that it can delete everything.
    db.onversionchange = () => db.close();
    return Object.assign(new Disk(), { db });
  }

  all(name) { return asked(this.db.transaction(name).objectStore(name).getAll()); }

  change(name, deed) {
    return new Promise((resolve, reject) => {
      const change = this.db.transaction(name, "readwrite");
      change.oncomplete = () => resolve();
      change.onabort = () => reject(change.error);
      deed(change.objectStore(name));
    });
  }
}

/** The same, for as long as the page is open. */
class Memory {
  constructor() { this.shelves = new Map(SHELVES.map((name) => [name, new Map()])); }

  async all(name) { return [...this.shelves.get(name).values()]; }

  async change(name, deed) {
    const shelf = this.shelves.get(name);
    deed({ put: (value) => shelf.set(value.key, structuredClone(value)), delete: (key) => shelf.delete(key) });
  }
}

/** What one person keeps here. Records of others stay untouched and unseen, but for their cards, which go. */
export class Store {
  /** isKept: whether it outlives the page. A `person` of null looks at everybody's and removes nothing. */
  static async open(person) {
    const store = Object.assign(new Store(), { person, isKept: true, made: 0 });
    if (person) speaker = person;
    try { store.shelf = await Disk.open(); await store.shelf.all("drafts"); } catch { store.forget(); }
    if (person !== null) await store.sweep();
    return store;
  }

  /** The device forbids it or is full: from now on only this page remembers. */
  forget() { Object.assign(this, { shelf: new Memory(), isKept: false }); }

  async sweep() {
    const old = (await this.shelf.all("drafts")).filter((one) => !(one.at > Date.now() - KEEP_MS));
    const cards = (await this.shelf.all("cards")).filter((one) => one.person !== this.person);
    if (old.length) await this.drop("drafts", old);
    if (cards.length) await this.drop("cards", cards);
  }

  /** This person's records, oldest first. */
  async all(name) {
    const found = (await this.shelf.all(name)).filter((one) => one.person === this.person);
    return found.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
  }

  /** Keeps a record; false when the device could not, and only this page has it now. */
  async put(name, id, value) {
    const record = { ...value, person: this.person, key: `${this.person}|${id}`, at: value.at ?? Date.now() };
    try {
      await this.shelf.change(name, (shelf) => shelf.put(record));
    } catch {
      const known = await Promise.all(SHELVES.map((one) => this.shelf.all(one).catch(() => [])));
      this.forget();
      await Promise.all(SHELVES.map((one, i) => this.shelf.change(one, (shelf) => known[i].forEach((kept) => shelf.put(kept)))));
      await this.shelf.change(name, (shelf) => shelf.put(record));
    }
    try { if (this.isKept) localStorage.setItem(FLAG, "1"); } catch { this.isKept = false; }
    return this.isKept;
  }

  drop(name, records) { return this.shelf.change(name, (shelf) => records.forEach((record) => shelf.delete(record.key))); }

  /** A key that sorts after all before it. */
  nextId() { this.made += 1; return `${String(Date.now()).padStart(15, "0")}-${String(this.made).padStart(6, "0")}`; }

  /** Deletes everything of everybody from this device. */
  static async wipe() {
    try { localStorage.removeItem(FLAG); } catch { return; }
    await asked(indexedDB.deleteDatabase(NAME)).catch(() => null);
  }
}

/** The newest token: signing in again in another tab changes it. */
export function csrfToken() {
  const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
  return cookie?.slice("csrftoken=".length) || document.querySelector('meta[name="csrf-token"]')?.content || "";
}

/** For whom this page speaks: should somebody else be signed in by now, the server refuses it (403). */
let speaker = "";

/** One request; {status, data}, where status 0 means that no answer came. */
export async function request(url, body) {
  const headers = { Accept: "application/json", "X-Requested-With": "fetch" };
  if (speaker) headers["X-Person"] = speaker;
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

/**
 * One sender at a time over all tabs. Without locks (an address that is not secure) two tabs may send
 * the same at once: its client id has the server save it once.
 */
export const alone = (deed) => (navigator.locks ? navigator.locks.request("vouch-outbox", deed) : deed());

/** Judgements that wait, sent in order, again and again while the network or the server is away. */
export class Outbox {
  /** tell(state, waiting): "saving" | "saved" | "offline" | "kept"; done(answer, item): a final answer; ahead(): what to ask for. */
  constructor(store, { tell, done, ahead }) {
    Object.assign(this, { store, tell, done, ahead, tries: 0, timer: 0, running: null, again: false });
    addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.now(); });
  }

  waiting() { return this.store.all("outbox"); }

  /** Keeps an item {urls, body, card, state}; false when only this page has it. */
  add(item) {
    this.tries = 0;
    return this.store.put("outbox", this.store.nextId(), item);
  }

  /** The last judgement that has not left for good, out of the outbox again; null when there is none. */
  takeBack(submit) {
    return alone(async () => {
      const last = (await this.waiting()).filter((item) => item.urls.submit === submit).at(-1);
      if (!last?.body.client_id || (last.tried && (last.body.skip || !last.urls.sync))) return null;
      await this.store.drop("outbox", [last]);
      this.told = false;
      // It was on its way and no answer came: the server takes it back, should it have arrived.
      if (last.tried) await this.store.put("outbox", this.store.nextId(), { urls: last.urls, body: { undo: last.body.client_id } });
      return last;
    });
  }

  /** Sends all that waits; while it runs, a further call only makes sure that nothing is left out. */
  now() {
    this.again = true;
    this.running ??= this.run().finally(() => { this.running = null; });
    return this.running;
  }

  async run() {
    clearTimeout(this.timer);
    while (this.again) {
      this.again = false;
      let went = "on";
      while (went === "on") went = await alone(() => this.step());
      if (went === "later") {
        const wait = WAITS_MS[Math.min(this.tries, WAITS_MS.length - 1)];
        this.tries += 1;
        this.again = false;
        this.timer = setTimeout(() => this.now(), wait);
      }
    }
  }

  /** One request: "on" when there may be more to send, "later" when no answer came, else "done". */
  async step() {
    const items = await this.waiting();
    if (!items.length) {
      // Another tab has sent what this one said was waiting.
      if (this.told) this.tell("saved", 0);
      this.told = false;
      return "done";
    }
    this.told = true;
    this.tell("saving", items.length);
    const { urls } = items[0];
    const other = items.findIndex((item) => item.urls.submit !== urls.submit);
    const batch = (other < 0 ? items : items.slice(0, other)).slice(0, urls.sync ? MOST_AT_ONCE : 1);
    // Without network a skip has not left for sure, and can still be taken back.
    for (const item of batch.filter((one) => !one.tried && (navigator.onLine || !one.body.skip))) await this.store.put("outbox", item.key.slice(this.store.person.length + 1), { ...item, tried: true });
    const answer = await this.send(batch, urls);
    if (isPassing(answer.status)) { this.tell("offline", items.length); return "later"; }
    if (answer.status === 403) { this.tell("kept", items.length); this.done(answer, batch[0], items.length); return "done"; }
    this.tries = 0;
    await this.store.drop("outbox", batch);
    const left = items.length - batch.length;
    const results = answer.data.results ?? [answer];
    const isSaved = answer.status === 200 && results.every(({ status }) => status === 200);
    this.told = left > 0;
    this.tell(left ? "saving" : isSaved ? "saved" : "kept", left);
    for (const [i, item] of batch.entries()) {
      const own = answer.data.results ? { status: results[i].status, data: results[i] } : answer;
      // What the whole answer brings goes with the last of them.
      await this.done(i === batch.length - 1 && answer.data.results ? { ...own, data: { ...answer.data, ...own.data } } : own, item, left);
    }
    return "on";
  }

  send(batch, urls) {
    const ahead = this.ahead(urls.submit);
    if (batch.length === 1 && batch[0].body.client_id && !batch[0].body.skip) return request(urls.submit, { ...batch[0].body, ...ahead });
    return request(urls.sync, { sent: batch.map((item) => item.body), ...ahead });
  }
}
