// Pictures of the tables. Each mark is a row of the table under the picture.

import * as Plot from "@observablehq/plot";

import { position, text, utc } from "./format.js";
import { element } from "./tables.js";

const CLASS = "plot"; // the page's policy admits Plot's style by the hash of its text, which has this name
const NARROW = 520;

const date = (at) => new Date(at * 1000);
export const COLOURS = ["var(--c1)", "var(--c2)", "var(--c3)", "var(--c4)", "var(--c5)", "var(--c6)"];
export const colour = (index) => COLOURS[index % COLOURS.length];

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
function plot(figure, width, options) {
  const narrow = width < NARROW;
  const { y, ...rest } = options;
  return Plot.plot({
    width,
    height: narrow ? 220 : 280,
    className: CLASS,
    marginLeft: narrow ? 46 : 58,
    marginRight: 14,
    marginTop: 22,
    marginBottom: 28,
    ariaLabel: figure.dataset.label,
    x: { type: "utc", label: null, ticks: narrow ? 4 : 8 },
    ...rest,
    y: { grid: true, ticks: 5, nice: true, tickFormat: short, ...y },
  });
}

const SIZES = [
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "k"],
];

/** A tick of an axis, which says where a line is drawn, not an amount. */
export function short(value) {
  const size = Math.abs(value);
  const [unit, letter] = SIZES.find(([from]) => size >= from * 10) ?? [1, ""];
  const number = value / unit;
  return number.toLocaleString("en", { maximumFractionDigits: size < 10 ? 4 : 1 }).replace("-", "\u2212") + letter;
}

/** The last index whose time is not after `at`; -1 where all are. */
function lastBefore(times, at) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * A line that follows the pointer, or the arrow keys, and tells what every series is at that time.
 *
 * @param series [{name, colour, times, values, unit}], times in seconds
 */
function follow(figure, chart, series) {
  const told = figure.querySelector(".readout");
  const all = [...new Set(series.flatMap(({ times }) => times))].sort((a, b) => a - b);
  if (all.length === 0) return chart;
  const scale = chart.scale("x");
  const [top, bottom] = chart.scale("y").range.toSorted((a, b) => a - b);
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  for (const [key, value] of [["y1", top], ["y2", bottom], ["class", "cursor"], ["visibility", "hidden"]]) line.setAttribute(key, value);
  chart.append(line);
  let now = -1;
  const show = (index) => {
    now = Math.max(0, Math.min(all.length - 1, index));
    const at = all[now];
    const x = scale.apply(date(at));
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    line.setAttribute("visibility", "visible");
    const parts = [element("b", {}, utc(at))];
    for (const { name, colour: ink, times, values, unit } of series) {
      const place = lastBefore(times, at);
      if (place < 0) continue;
      const key = element("span", { class: "key" });
      key.style.setProperty("--key", ink);
      parts.push(element("span", { class: "told" }, key, `${name} ${text(values[place], unit)}`));
    }
    told.replaceChildren(...parts);
  };
  const hide = () => {
    line.setAttribute("visibility", "hidden");
    told.replaceChildren(told.dataset.idle ?? "");
  };
  chart.addEventListener("pointermove", (event) => {
    const box = chart.getBoundingClientRect();
    const x = ((event.clientX - box.left) * chart.viewBox.baseVal.width) / box.width;
    show(lastBefore(all, scale.invert(x) / 1000));
  });
  chart.addEventListener("pointerleave", hide);
  chart.addEventListener("blur", hide);
  chart.setAttribute("tabindex", "0");
  chart.setAttribute("role", "img");
  chart.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -all.length, End: all.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    show(now + step);
  });
  return chart;
}

function seriesOf(rows, name, ink, key, unit) {
  return { name, colour: ink, times: rows.map(({ at }) => at), values: rows.map((row) => row[key]), unit };
}

export function legend(figure, items) {
  const made = items.map(([name, ink, shape]) => {
    const key = element("span", { class: `key ${shape ?? "line"}` });
    key.style.setProperty("--key", ink);
    return element("li", {}, key, name);
  });
  figure.querySelector(".legend").replaceChildren(...made);
}

/** Mark and feeds of one market, stale times shaded, liquidations where they happened. */
export function prices(figure, { tables }) {
  const market = () => figure.dataset.market;
  const [table, stale, liquidations] = ["prices", "stale", "liquidations"].map((key) => tables.get(key));
  const unit = table.unit("price");
  return mount(figure, (width) => {
    const rows = table.rows((row) => row.market === market());
    const sources = [...new Set(rows.map(({ source }) => source))];
    const inks = new Map(sources.map((source, i) => [source, source === "mark" ? "var(--ink)" : colour(i - (sources[0] === "mark" ? 1 : 0))]));
    const old = stale.rows((row) => row.market === market());
    const sales = liquidations.rows((row) => row.market === market());
    const lines = sources.map((source) => rows.filter((row) => row.source === source));
    legend(figure, [
      ...sources.map((source) => [source, inks.get(source)]),
      ...(old.length ? [["no usable round", "var(--stale)", "area"]] : []),
      ...(sales.length ? [["liquidation of a long", "var(--bad)", "down"], ["of a short", "var(--c1)", "up"]] : []),
    ]);
    const chart = plot(figure, width, {
      marks: [
        Plot.rectX(old, { x1: (d) => date(d.from), x2: (d) => date(d.until), fill: "var(--stale)", fillOpacity: 0.22 }),
        ...lines.map((line, i) =>
          Plot.line(line, {
            x: (d) => date(d.at),
            y: (d) => position(d.price, unit),
            stroke: inks.get(sources[i]),
            strokeWidth: sources[i] === "mark" ? 1.8 : 1.2,
            curve: sources[i] === "mark" ? "linear" : "step-after",
          }),
        ),
        Plot.dot(sales, {
          x: (d) => date(d.at),
          y: (d) => position(d.mark ?? d.price, unit),
          r: 3.2,
          symbol: (d) => (d.side === "short" ? "up" : "down"),
          fill: (d) => (d.side === "short" ? "var(--c1)" : "var(--bad)"),
          fillOpacity: 0.85,
          stroke: "var(--paper)",
          strokeWidth: 0.6,
        }),
      ],
      symbol: { domain: ["down", "up"], range: [DOWN, "triangle"] },
      y: { label: "USD", zero: false },
    });
    return follow(figure, chart, lines.map((line, i) => seriesOf(line, sources[i], inks.get(sources[i]), "price", unit)));
  });
}

const DOWN = {
  draw(context, size) {
    const y = -Math.sqrt(size / (Math.sqrt(3) * 3));
    context.moveTo(0, -y * 2);
    context.lineTo(-Math.sqrt(3) * y, y);
    context.lineTo(Math.sqrt(3) * y, y);
    context.closePath();
  },
};

/** Lines of amounts that hold until they change. */
export function steps(figure, { tables }) {
  const { source: key, line = "line", value = "amount" } = figure.dataset;
  const table = tables.get(key);
  const unit = table.unit(value);
  const names = table.texts(line);
  legend(figure, names.map((name, i) => [name, colour(i)]));
  return mount(figure, (width) => {
    const lines = names.map((name) => table.rows((row) => row[line] === name));
    const chart = plot(figure, width, {
      marks: [
        Plot.ruleY([0], { stroke: "var(--rule)" }),
        ...lines.map((rows, i) =>
          Plot.line(rows, {
            x: (d) => date(d.at),
            y: (d) => position(d[value], unit),
            stroke: colour(i),
            strokeWidth: 1.6,
            curve: "step-after",
          }),
        ),
      ],
      y: { label: unit.name },
    });
    return follow(figure, chart, lines.map((rows, i) => seriesOf(rows, names[i], colour(i), value, unit)));
  });
}
