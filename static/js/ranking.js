/** Ranking: a list that is put in order by dragging, by buttons or by arrow keys, with ties where the question allows them. */

import { named, words } from "./view.js";

const make = (tag, values = {}) => Object.assign(document.createElement(tag), values);

/** A flat or tied answer as groups of keys, best first. */
const groupsOf = (value) => value.map((row) => (Array.isArray(row) ? row : [row]));

class Ranking {
  constructor(question, { change }) {
    Object.assign(this, { question, change, ties: Boolean(question.settings?.ties), value: null, rows: new Map() });
    this.list = make("ol", { className: "ranking" });
    this.keep = make("button", { type: "button", className: "button small keep", textContent: words("keep_order") });
    this.keep.addEventListener("click", () => this.set(this.groups));
    for (const option of question.options) this.rows.set(option.key, this.row(option));
  }

  row(option) {
    const row = make("li");
    const grip = make("button", { type: "button", className: "grip" });
    grip.append(make("b"), named(option));
    grip.addEventListener("keydown", (event) => this.key(event, option.key));
    grip.addEventListener("pointerdown", (event) => this.drag(event, option.key, row, grip));
    const button = (sign, word, deed) => {
      const made = make("button", { type: "button", className: "button small", textContent: sign, title: words(word) });
      made.setAttribute("aria-label", `${words(word)}: ${option.text ?? option.wording}`);
      made.addEventListener("click", deed);
      return made;
    };
    const moves = make("span", { className: "moves" });
    moves.append(button("↑", "rank_up", () => this.move(option.key, -1)), button("↓", "rank_down", () => this.move(option.key, 1)));
    if (this.ties) moves.append(button("=", "rank_tie", () => this.tie(option.key)));
    row.append(grip, moves);
    return row;
  }

  get groups() { return this.value ? groupsOf(this.value) : this.question.options.map((option) => [option.key]); }

  set(groups) { this.change(groups.filter((group) => group.length).map((group) => (group.length === 1 ? group[0] : group))); }

  /** One place on or back; an option that is tied first leaves its tie. */
  move(key, by) {
    const groups = this.groups;
    const at = groups.findIndex((group) => group.includes(key));
    const rest = groups[at].filter((one) => one !== key);
    if (rest.length) groups.splice(at, 1, ...(by < 0 ? [[key], rest] : [rest, [key]]));
    else if (groups[at + by]) groups.splice(Math.min(at, at + by), 2, ...(by < 0 ? [[key], groups[at - 1]] : [groups[at + 1], [key]]));
    else return;
    this.set(groups);
  }

  /** Ties an option with what stands above it, or takes it out of its tie. */
  tie(key) {
    const groups = this.groups;
    const at = groups.findIndex((group) => group.includes(key));
    if (groups[at].length > 1) { this.move(key, 1); return; }
    if (at < 1) return;
    groups.splice(at - 1, 2, [...groups[at - 1], key]);
    this.set(groups);
  }

  key(event, key) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by) this.move(key, by);
    else if (event.key === "=" && this.ties) this.tie(key);
    else if (event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    event.currentTarget.focus();
  }

  /** Follows the pointer; the order is the answer once it is let go. */
  drag(event, key, row, grip) {
    if (event.button !== 0) return;
    grip.setPointerCapture(event.pointerId);
    let isMoved = false;
    const moved = ({ clientY }) => {
      const others = [...this.list.children].filter((one) => one !== row);
      const before = others.find((one) => { const box = one.getBoundingClientRect(); return clientY < box.top + box.height / 2; });
      if (row.nextElementSibling === (before ?? null)) return;
      isMoved = true;
      row.classList.add("dragged");
      this.list.insertBefore(row, before ?? null);
      if (!grip.hasPointerCapture(event.pointerId)) grip.setPointerCapture(event.pointerId);
    };
    const ended = () => {
      grip.removeEventListener("pointermove", moved);
      row.classList.remove("dragged");
      if (isMoved) this.set([...this.list.children].map((one) => [[...this.rows].find(([, known]) => known === one)[0]]));
    };
    grip.addEventListener("pointermove", moved);
    for (const type of ["pointerup", "pointercancel"]) grip.addEventListener(type, ended, { once: true });
  }

  show(value) {
    this.value = value;
    const groups = this.groups;
    let number = 1;
    const wanted = groups.flatMap((group) => {
      const place = number;
      number += group.length;
      return group.map((key, i) => ({ key, place, isTied: i > 0 }));
    });
    wanted.forEach(({ key, place, isTied }, at) => {
      const row = this.rows.get(key);
      if (this.list.children[at] !== row) {
        const active = row.contains(document.activeElement) ? document.activeElement : null;
        this.list.insertBefore(row, this.list.children[at] ?? null);
        active?.focus();
      }
      row.classList.toggle("tied", isTied);
      row.querySelector("b").textContent = value ? place : "·";
    });
    this.list.classList.toggle("unset", !value);
    this.keep.hidden = Boolean(value);
  }
}

export function rankingField(question, tools) {
  const ranking = new Ranking(question, tools);
  return { nodes: [ranking.list, ranking.keep], show: (value) => ranking.show(value) };
}
