// Tables that can be sorted, filtered and read on. The head stands in the page already; without this
// script the first rows do, too.

import { NONE, shown, title, utc } from "./format.js";

const PAGE = 15;

/** Texts of more characters may break into lines; as in tables.py. */
const LONG = 44;

let raw = false;
const drawn = new Set();
const fixed = new Map();

/** Shows all amounts as the integers that they are, or as people read them. */
export function showRaw(on) {
  raw = on;
  for (const view of drawn) view.draw();
  for (const each of document.querySelectorAll("data.fixed")) {
    if (!fixed.has(each)) fixed.set(each, [...each.childNodes]);
    each.replaceChildren(...(on ? [each.value] : fixed.get(each)));
  }
}

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** The cell of a value. */
export function cell(value, kind, unit, tag = "td") {
  if (value === null) return element(tag, { class: unit ? "n none" : "none" }, NONE);
  if (kind === "text") return element(tag, { class: value.length > LONG ? "long" : null }, value);
  if (kind === "time") {
    const [date, ...time] = utc(value).split(" ");
    const told = element("time", { datetime: `${date}T${time.join("")}Z` });
    told.append(element("span", { class: "date" }, date), ` ${time.join(" ")}`);
    return element(tag, { class: "t" }, told);
  }
  return element(tag, { class: "n" }, amount(value, unit));
}

export function amount(value, unit) {
  const { text, cut } = shown(value, unit);
  const told = element("data", { value, title: title(value, unit) }, raw ? value.toString() : text);
  if (cut && !raw) told.append(element("span", { class: "cut" }, "\u2026"));
  if (value === 0n) told.classList.add("zero");
  return told;
}

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Sorting keeps what is not known last, whichever way. */
function ordered(rows, values, descending) {
  return [...rows].sort((a, b) => {
    const [x, y] = [values[a], values[b]];
    if (x === null || y === null) return x === y ? a - b : x === null ? 1 : -1;
    const found = typeof x === "string" ? x.localeCompare(y, "en", { numeric: true }) : compare(x, y);
    return (descending ? -found : found) || a - b;
  });
}

export class View {
  /**
   * @param section the element that holds the table, its filters and its count
   * @param href the address that a row's first text leads to, where it leads anywhere
   */
  constructor(section, table, { href, only } = {}) {
    this.section = section;
    this.table = table;
    this.href = href;
    this.only = only ?? (() => true);
    this.limit = PAGE;
    this.sorted = null;
    this.body = section.querySelector("tbody");
    this.heads = [...section.querySelectorAll("th[data-key]")];
    for (const head of this.heads) head.querySelector("button")?.addEventListener("click", () => this.sort(head));
    this.fields = [...section.querySelectorAll("[data-filter]")];
    for (const field of this.fields) {
      field.closest(".filters").hidden = false;
      if (field.tagName === "SELECT") this.offer(field);
      field.addEventListener("input", () => this.restart());
    }
    this.more = section.querySelector("[data-more]");
    this.more?.addEventListener("click", () => {
      this.limit += PAGE * 15;
      this.draw();
    });
    this.told = section.querySelector("[data-count]");
    drawn.add(this);
    this.restart();
  }

  offer(field) {
    const known = [...this.table.texts(field.dataset.filter)].filter((text) => text !== "");
    known.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    for (const text of known) field.append(element("option", { value: text }, text));
    field.closest("label").hidden = known.length < 2;
  }

  sort(head) {
    const falling = head.getAttribute("aria-sort") === "ascending";
    for (const each of this.heads) each.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", falling ? "descending" : "ascending");
    this.sorted = { key: head.dataset.key, falling };
    this.restart();
  }

  /** Shows only the rows for which `only` is true. */
  narrow(only) {
    this.only = only;
    this.restart();
  }

  restart() {
    this.limit = PAGE;
    const tests = this.fields.map((field) => this.test(field)).filter(Boolean);
    const rows = [];
    for (let row = 0; row < this.table.count; row += 1) {
      if (this.only(row) && tests.every((test) => test(row))) rows.push(row);
    }
    this.rows = this.sorted ? ordered(rows, this.table.column(this.sorted.key), this.sorted.falling) : rows;
    this.draw();
  }

  test(field) {
    if (field.tagName === "SELECT") {
      if (field.value === "") return null;
      const values = this.table.column(field.dataset.filter);
      return (row) => values[row] === field.value;
    }
    const low = field.value.trim().toLowerCase();
    if (low === "") return null;
    const columns = this.table.columns.filter(({ kind }) => kind === "text").map(({ key }) => this.table.column(key));
    return (row) => columns.some((values) => values[row].toLowerCase().includes(low));
  }

  draw() {
    const { table, rows } = this;
    const count = Math.min(this.limit, rows.length);
    const made = rows.slice(0, count).map((row) => {
      const line = element("tr");
      for (const [i, head] of this.heads.entries()) {
        const { key } = head.dataset;
        const made = cell(table.value(row, key), table.kind(key), table.unit(key), i === 0 && head.dataset.head ? "th" : "td");
        if (made.tagName === "TH") made.setAttribute("scope", "row");
        if (i === 0 && this.href) {
          made.replaceChildren(element("a", { href: this.href(table.value(row, key)) }, made.textContent));
        }
        line.append(made);
      }
      return line;
    });
    this.body.replaceChildren(...made);
    const all = rows.length === table.count ? "" : ` of ${table.count.toLocaleString("en")}`;
    if (this.told) {
      const shownRows = count < rows.length ? `${count.toLocaleString("en")} shown, ` : "";
      this.told.textContent = `${shownRows}${rows.length.toLocaleString("en")}${all} ${table.count === 1 ? "row" : "rows"}`;
    }
    if (this.more) this.more.hidden = count >= rows.length;
  }
}
