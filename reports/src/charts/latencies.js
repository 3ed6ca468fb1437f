// How long liquidations waited.

import * as Plot from "@observablehq/plot";

import { text } from "../format.js";
import { legend, mount, NARROW, plot, short } from "./frame.js";
import { pick } from "./reading.js";

/** How many liquidations waited how long: a bar for each time that occurred. */
export function latencies(figure, { tables }) {
  const table = tables.get("latencies");
  const rows = table.rows();
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
      told.textContent = `${text(d.times, table.unit("times"))} waited ${text(d.seconds, table.unit("seconds"))}`;
    });
  });
}
