// What all pictures have in common: their place, size, axes and legend.

import * as Plot from "@observablehq/plot";

import { utc } from "../format.js";
import { element } from "../tables.js";

const CLASS = "plot"; // the page's policy admits Plot's style by the hash of its text, which has this name
export const NARROW = 520;

export const date = (at) => new Date(at * 1000);
const COLOURS = ["var(--c1)", "var(--c2)", "var(--c3)", "var(--c4)", "var(--c5)", "var(--c6)"];
export const colour = (index) => COLOURS[index % COLOURS.length];

let span = [0, 1];

/** First and last second of the run: all pictures over time show the same times. */
export function setSpan(found) {
  span = found;
}

const DAY = 86400;

/** A tick's time of day; of a run of more than a day and a half, its date. */
const clock = (at) => {
  const [day, time] = utc(at.getTime() / 1000).split(" ");
  return span[1] - span[0] > 1.5 * DAY ? `${day.slice(5)} ${time.slice(0, 5)}` : time.slice(0, span[1] - span[0] > 600 ? 5 : 8);
};

/** A figure that is drawn anew when its width changes. */
export function mount(figure, draw) {
  const place = figure.querySelector(".plot-place");
  let width = 0;
  const redraw = () => {
    const now = Math.floor(place.clientWidth);
    if (now === 0) return;
    width = now;
    const chart = draw(width);
    place.replaceChildren(chart);
  };
  new ResizeObserver(() => {
    if (Math.floor(place.clientWidth) !== width) redraw();
  }).observe(place);
  redraw();
  return redraw;
}

/** What every picture has in common. */
export function plot(figure, width, options) {
  const narrow = width < NARROW;
  const { y, ...rest } = options;
  const chart = Plot.plot({
    width,
    height: narrow ? 220 : 280,
    className: CLASS,
    marginLeft: narrow ? 46 : 58,
    marginRight: 14,
    marginTop: 22,
    marginBottom: 28,
    ariaLabel: figure.dataset.label,
    x: { type: "utc", label: null, domain: span.map(date), tickFormat: clock, ticks: narrow ? 4 : 8 },
    ...rest,
    y: { grid: true, ticks: 5, nice: true, tickFormat: short, ...y },
  });
  chart.setAttribute("role", "img");
  // Plot names groups for those who look into a picture; readers get its own name, and the table
  for (const group of chart.querySelectorAll("g[aria-label]")) {
    group.dataset.mark = group.getAttribute("aria-label");
    group.removeAttribute("aria-label");
    group.removeAttribute("aria-description");
  }
  return chart;
}

const SIZES = [
  [1e9, "B"],
  [1e6, "M"],
  [1e4, "k", 1e3],
];

/** A tick of an axis, which says where a line is drawn, not an amount. */
export function short(value) {
  const size = Math.abs(value);
  const [from, letter, unit = from] = SIZES.find(([least]) => size >= least) ?? [1, ""];
  return (value / unit).toLocaleString("en", { maximumFractionDigits: size < 10 ? 6 : 2 }).replace("-", "\u2212") + letter;
}

export function legend(figure, items) {
  const made = items.map(([name, ink, shape]) => {
    const key = element("span", { class: `key ${shape ?? "line"}` });
    key.style.setProperty("--key", ink);
    return element("li", {}, key, name);
  });
  figure.querySelector(".legend").replaceChildren(...made);
}

/** What holds until it changes holds until the end. */
export function held(rows) {
  const last = rows.at(-1);
  return last && last.at < span[1] ? [...rows, { ...last, at: span[1] }] : rows;
}
