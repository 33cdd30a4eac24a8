/** Linking to a concept: a search box with a list of what the server finds, and "none of these". */

import { request } from "./store.js";
import { words } from "./view.js";

const make = (tag, values = {}) => Object.assign(document.createElement(tag), values);
const NONE = "none";
const PAUSE_MS = 150;

class Link {
  constructor(question, { change, id, search, surface, lang, leave }) {
    Object.assign(this, { question, change, id, search, surface, lang, leave, found: [], at: -1, asked: 0, names: new Map([[NONE, words("none_of_these")]]) });
    this.chosen = make("button", { type: "button", className: "button chosen", title: words("choose_other") });
    this.chosen.addEventListener("click", () => this.open());
    this.input = make("input", { type: "search", id, autocomplete: "off", placeholder: words("search_concept"), dir: "auto" });
    const states = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${id}-list`, "aria-label": question.wording };
    for (const [name, value] of Object.entries(states)) this.input.setAttribute(name, value);
    this.list = make("ul", { id: `${id}-list`, className: "found", hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", question.wording);
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("focus", () => this.opened());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    // Pressing must not take the focus away, or the list would be gone before the click.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.take(event.target.closest("li")?.dataset.key));
  }

  open() {
    this.isOpen = true;
    this.draw();
    this.input.focus();
  }

  opened() {
    if (!this.input.value) this.input.value = this.surface;
    this.input.select();
    this.look();
  }

  close() {
    this.isOpen = false;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.draw();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE_MS);
  }

  async look() {
    const number = (this.asked += 1);
    const text = this.input.value.trim();
    const { status, data } = text ? await request(`${this.search}?${new URLSearchParams({ q: text, lang: this.lang })}`) : { status: 200, data: {} };
    if (number !== this.asked || document.activeElement !== this.input) return;
    this.found = [...(data.concepts ?? []), { key: NONE, name: words("none_of_these") }];
    this.at = this.found.length > 1 ? 0 : -1;
    this.list.replaceChildren(...this.found.map((row, i) => this.row(row, i)));
    if (status !== 200) this.list.prepend(make("li", { className: "help", textContent: words("no_answer") }));
    this.list.hidden = false;
    this.list.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-expanded", "true");
    this.mark();
  }

  row({ key, name, alias, description }, i) {
    const row = make("li", { id: `${this.id}-${i}` });
    row.setAttribute("role", "option");
    row.dataset.key = key;
    row.append(make("b", { textContent: name, dir: "auto" }));
    if (alias) row.append(" ", make("span", { textContent: alias, dir: "auto" }));
    if (description) row.append(make("small", { textContent: description }));
    this.names.set(key, name);
    return row;
  }

  mark() {
    for (const [i, row] of [...this.list.querySelectorAll("[role=option]")].entries()) row.setAttribute("aria-selected", String(i === this.at));
    const active = this.at >= 0 ? `${this.id}-${this.at}` : "";
    this.input.setAttribute("aria-activedescendant", active);
    if (active) document.getElementById(active)?.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) this.at = (this.at + by + this.found.length) % Math.max(1, this.found.length);
    else if (event.key === "Enter" && this.at >= 0 && !this.list.hidden) this.take(this.found[this.at]?.key);
    else if (event.key === "Escape") this.input.blur();
    else return;
    this.mark();
    event.preventDefault();
    event.stopPropagation();
  }

  take(key) {
    if (!key) return;
    this.input.value = "";
    this.input.blur();
    this.change(key);
    // Back to the row that it was about, where Enter goes on; else to what was chosen.
    if (!this.leave()) this.chosen.focus();
  }

  /** Fetches the name of what was chosen on an earlier visit. */
  async name(key) {
    this.names.set(key, key);
    const { data } = await request(`${this.search}?${new URLSearchParams({ key, lang: this.lang })}`);
    for (const row of data.concepts ?? []) this.names.set(row.key, row.name);
    this.draw();
  }

  draw() {
    const isChosen = this.value !== null && !this.isOpen;
    this.chosen.hidden = !isChosen;
    this.input.hidden = isChosen;
    this.chosen.textContent = this.names.get(this.value) ?? "";
    if (isChosen) this.chosen.append(" ", make("span", { className: "muted", textContent: words("change") }));
  }

  show(value) {
    this.value = value;
    if (value !== null && !this.names.has(value)) this.name(value);
    if (document.activeElement !== this.input) this.draw();
  }
}

export function linkField(question, tools) {
  const link = new Link(question, tools);
  const box = make("div", { className: "finder" });
  box.append(link.chosen, link.input, link.list);
  return { nodes: [box], show: (value) => link.show(value) };
}
