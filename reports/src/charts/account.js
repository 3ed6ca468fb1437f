// One account over time.

import * as Plot from "@observablehq/plot";

import { position } from "../format.js";
import { date, legend, mount, plot } from "./frame.js";
import { DOWN } from "./marks.js";
import { follow, seriesOf } from "./reading.js";

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
