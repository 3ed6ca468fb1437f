// Pictures of the tables. Each mark is a row of the table under the picture.

import * as Plot from "@observablehq/plot";

import { position, text, utc } from "./format.js";
import { element } from "./tables.js";

const CLASS = "plot"; // the page's policy admits Plot's style by the hash of its text, which has this name
const NARROW = 520;

const date = (at) => new Date(at * 1000);
export const COLOURS = ["var(--c1)", "var(--c2)", "var(--c3)", "var(--c4)", "var(--c5)", "var(--c6)"];
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
function plot(figure, width, options) {
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
  const [top, bottom] = [...chart.scale("y").range].sort((a, b) => a - b);
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

/** What holds until it changes holds until the end. */
function held(rows) {
  const last = rows.at(-1);
  return last && last.at < span[1] ? [...rows, { ...last, at: span[1] }] : rows;
}

/** Mark and feeds of one market, stale times shaded, liquidations where they happened. */
export function prices(figure, { tables }) {
  const market = () => figure.dataset.market;
  const [table, stale, liquidations] = ["prices", "stale", "liquidations"].map((key) => tables.get(key));
  const unit = table.unit("price");
  const choice = document.querySelector('[data-choice="price-market"]');
  choice?.addEventListener("input", () => {
    figure.dataset.market = choice.value;
    redraw();
  });
  const redraw = mount(figure, (width) => {
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
          Plot.line(sources[i] === "mark" ? line : held(line), {
            x: (d) => date(d.at),
            y: (d) => (d.price === null ? NaN : position(d.price, unit)),
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
  const { source: key, line = "line", value = "amount", only = "" } = figure.dataset;
  const table = tables.get(key);
  const unit = table.unit(value);
  const [column, ...rest] = only.split("=");
  const mine = table.rows((row) => only === "" || row[column] === rest.join("="));
  const inks = new Map(table.texts(line).map((name, i) => [name, colour(i)]));
  const names = [...inks.keys()].filter((name) => mine.some((row) => row[line] === name));
  const isPrice = unit.raw === "WAD";
  legend(figure, names.map((name) => [name, inks.get(name)]));
  return mount(figure, (width) => {
    const lines = names.map((name) => mine.filter((row) => row[line] === name));
    const chart = plot(figure, width, {
      marks: [
        ...(isPrice ? [] : [Plot.ruleY([0], { stroke: "var(--rule)" })]),
        ...lines.map((rows, i) =>
          Plot.line(rows, {
            x: (d) => date(d.at),
            y: (d) => (d[value] === null ? NaN : position(d[value], unit)),
            stroke: inks.get(names[i]),
            strokeWidth: 1.6,
            curve: isPrice ? "linear" : "step-after",
          }),
        ),
      ],
      y: { label: unit.name || "ratio" },
    });
    return follow(figure, chart, lines.map((rows, i) => seriesOf(rows, names[i], inks.get(names[i]), value, unit)));
  });
}

/** One step of a slider is one sample. */
export function levels(figure, { tables }) {
  const table = tables.get("levels");
  const unit = table.unit("notional");
  const controls = document.querySelector('[data-controls="levels"]');
  const [market, time] = ["market", "time"].map((name) => controls.querySelector(`[data-choice="${name}"]`));
  const rows = table.rows();
  const times = [...new Set(rows.map(({ at }) => at))];
  market.closest("label").hidden = market.options.length < 2;
  time.max = times.length - 1;
  time.value = fullest(rows, times);
  const output = controls.querySelector("output");
  const told = figure.querySelector(".readout");
  const inks = { long: "var(--bad)", short: "var(--c1)" };
  legend(figure, [
    ["longs, if the mark falls", inks.long, "block"],
    ["shorts, if it rises", inks.short, "block"],
  ]);
  let steps = [];
  const redraw = mount(figure, (width) => {
    const at = times[Number(time.value)];
    output.textContent = utc(at);
    time.setAttribute("aria-valuetext", utc(at));
    const mine = rows.filter((row) => row.market === market.value);
    const all = times.map((each) => cumulated(mine.filter((row) => row.at === each)));
    const highest = Math.max(...all.flat().map(({ notional }) => position(notional, unit)), 1);
    const farthest = Math.max(...all.flat().map(({ move }) => move), 5);
    steps = cumulated(mine.filter((row) => row.at === at));
    const chart = plot(figure, width, {
      x: { domain: [-farthest - 0.5, farthest + 0.5], label: "move of the mark, %", labelAnchor: "center", tickFormat: signed, ticks: width < NARROW ? 5 : 11 },
      marginBottom: 38,
      marks: [
        Plot.ruleX([0], { stroke: "var(--soft)" }),
        Plot.rectY(steps, {
          x1: (d) => (d.side === "long" ? -d.move : d.move) - 0.5,
          x2: (d) => (d.side === "long" ? -d.move : d.move) + 0.5,
          y: (d) => position(d.notional, unit),
          fill: (d) => inks[d.side],
          fillOpacity: 0.75,
          inset: 0.5,
        }),
      ],
      color: { type: "identity" },
      y: { label: unit.name, domain: [0, highest], nice: true },
    });
    const tell = (d) => {
      const side = d.side === "long" ? ["falls", "longs"] : ["rises", "shorts"];
      told.textContent = `If the mark ${side[0]} by ${d.move} %: ${text(d.notional, unit)} of ${side[1]} in ${d.positions} positions`;
    };
    return pick(figure, chart, steps, (d) => (d.side === "long" ? -d.move : d.move), tell);
  });
  for (const control of [market, time]) control.addEventListener("input", () => redraw());
}

const signed = (value) => (value > 0 ? `+${value}` : short(value));

/** The sample with the most notional at risk is where a reader begins. */
function fullest(rows, times) {
  const sums = new Map(times.map((at) => [at, 0n]));
  for (const { at, notional } of rows) sums.set(at, sums.get(at) + notional);
  return times.reduce((best, at, i) => (sums.get(at) > sums.get(times[best]) ? i : best), 0);
}

/** Running sums from the mark outward, one for each whole percent, for each side. */
function cumulated(rows) {
  const found = [];
  for (const side of ["long", "short"]) {
    const mine = new Map(rows.filter((row) => row.side === side).map((row) => [Number(row.move), row]));
    const last = Math.max(-1, ...mine.keys());
    let [notional, positions] = [0n, 0n];
    for (let move = 0; move <= last; move += 1) {
      notional += mine.get(move)?.notional ?? 0n;
      positions += mine.get(move)?.positions ?? 0n;
      if (notional > 0n) found.push({ side, move, notional, positions });
    }
  }
  return found;
}

/** Tells the item nearest to the pointer, or that the arrow keys reach. */
function pick(figure, chart, items, place, tell) {
  const told = figure.querySelector(".readout");
  told.textContent = told.dataset.idle;
  const ordered = [...items].sort((a, b) => place(a) - place(b));
  if (ordered.length === 0) return chart;
  const scale = chart.scale("x");
  let now = 0;
  chart.addEventListener("pointermove", (event) => {
    const box = chart.getBoundingClientRect();
    const x = scale.invert(((event.clientX - box.left) * chart.viewBox.baseVal.width) / box.width);
    now = ordered.reduce((best, item, i) => (Math.abs(place(item) - x) < Math.abs(place(ordered[best]) - x) ? i : best), 0);
    tell(ordered[now]);
  });
  chart.addEventListener("pointerleave", () => {
    told.textContent = told.dataset.idle;
  });
  chart.setAttribute("tabindex", "0");
  chart.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    now = Math.max(0, Math.min(ordered.length - 1, now + step));
    tell(ordered[now]);
  });
  return chart;
}

/** Bands of quantiles, with the line at which liquidation begins. */
export function quantiles(figure, { tables }) {
  const table = tables.get("quantiles");
  const rows = table.rows();
  const unit = table.unit("median");
  const at = (key) => (d) => position(d[key], unit);
  legend(figure, [
    ["median", "var(--c1)"],
    ["25 to 75 %", "var(--c1)", "area deep"],
    ["5 to 95 %", "var(--c1)", "area"],
    ["lowest", "var(--bad)"],
    ["liquidation", "var(--ink)", "line dashed"],
  ]);
  return mount(figure, (width) => {
    const most = Math.max(...rows.map(({ accounts }) => Number(accounts)));
    const usual = rows.filter(({ accounts }) => 2 * Number(accounts) >= most);
    const highest = Math.max(2, ...usual.map(at("p75"))) * 1.15;
    const lowest = Math.max(-highest / 4, Math.min(0, ...rows.map(at("lowest"))));
    const x = (d) => date(d.at);
    const chart = plot(figure, width, {
      clip: true,
      marks: [
        Plot.areaY(rows, { x, y1: at("p5"), y2: at("p95"), fill: "var(--c1)", fillOpacity: 0.14, clip: true }),
        Plot.areaY(rows, { x, y1: at("p25"), y2: at("p75"), fill: "var(--c1)", fillOpacity: 0.22, clip: true }),
        Plot.lineY(rows, { x, y: at("median"), stroke: "var(--c1)", strokeWidth: 1.8, clip: true }),
        Plot.lineY(rows, { x, y: at("lowest"), stroke: "var(--bad)", strokeWidth: 1.2, clip: true }),
        Plot.ruleY([1], { stroke: "var(--ink)", strokeDasharray: "4 3", strokeOpacity: 0.7 }),
      ],
      y: { label: "ratio", domain: [lowest, highest], nice: false },
    });
    const names = [["95 %", "p95"], ["75 %", "p75"], ["median", "median"], ["25 %", "p25"], ["5 %", "p5"], ["lowest", "lowest"]];
    return follow(
      figure,
      chart,
      names.map(([name, key]) => seriesOf(rows, name, key === "lowest" ? "var(--bad)" : "var(--c1)", key, unit)),
    );
  });
}

/** How many liquidations waited how long: a bar for each time that occurred. */
export function latencies(figure, { tables }) {
  const rows = tables.get("latencies").rows();
  legend(figure, []);
  return mount(figure, (width) => {
    const place = (d) => Number(d.seconds);
    const least = rows.slice(1).reduce((best, row, i) => Math.min(best, place(row) - place(rows[i])), Infinity);
    const last = place(rows.at(-1));
    const half = Math.min(least, Math.max(last, 10) / 20) * 0.4;
    const chart = plot(figure, width, {
      height: 200,
      x: { domain: [-half, last + half], label: "seconds", labelAnchor: "right", tickFormat: short, ticks: width < NARROW ? 5 : 11 },
      marginBottom: 38,
      marks: [
        Plot.rectY(rows, { x1: (d) => place(d) - half, x2: (d) => place(d) + half, y: (d) => Number(d.times), fill: "var(--c1)", fillOpacity: 0.75 }),
        Plot.ruleY([0], { stroke: "var(--soft)" }),
      ],
      y: { label: "liquidations", ticks: 4 },
    });
    const told = figure.querySelector(".readout");
    return pick(figure, chart, rows, place, (d) => {
      told.textContent = `${d.times} waited ${short(place(d))} s`;
    });
  });
}

/** Equity and requirements of one account; the page says which. */
export function account(figure, { tables }) {
  const table = tables.get("standings");
  const events = tables.get("happenings");
  const unit = table.unit("equity");
  const lines = [
    ["equity", "equity", "var(--c1)"],
    ["initial margin", "initial", "var(--c2)"],
    ["maintenance and fee", "required", "var(--bad)"],
  ];
  legend(figure, [...lines.map(([name, , ink]) => [name, ink]), ["liquidation", "var(--bad)", "down"]]);
  const redraw = mount(figure, (width) => {
    const rows = table.rows((row) => row.account === figure.dataset.account);
    const sales = events.rows((row) => row.account === figure.dataset.account && row.what.startsWith("liquidated"));
    const chart = plot(figure, width, {
      marks: [
        Plot.ruleY([0], { stroke: "var(--rule)" }),
        ...lines.map(([, key, ink]) =>
          Plot.line(rows, { x: (d) => date(d.at), y: (d) => position(d[key], unit), stroke: ink, strokeWidth: 1.6 }),
        ),
        Plot.dot(sales, { x: (d) => date(d.at), y: 0, r: 3.2, symbol: DOWN, fill: "var(--bad)", stroke: "var(--paper)", strokeWidth: 0.6, dy: -6 }),
      ],

      y: { label: unit.name },
    });
    if (rows.length === 0) return chart;
    return follow(figure, chart, lines.map(([name, key, ink]) => seriesOf(rows, name, ink, key, unit)));
  });
  figure.addEventListener("choose", redraw);
}
