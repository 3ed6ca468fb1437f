// Liquidation levels at a chosen time.

import * as Plot from "@observablehq/plot";

import { position, text, utc } from "../format.js";
import { legend, mount, NARROW, plot, short } from "./frame.js";
import { pick } from "./reading.js";

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
