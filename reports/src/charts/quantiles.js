// Margin ratios over time.

import * as Plot from "@observablehq/plot";

import { position } from "../format.js";
import { date, legend, mount, plot } from "./frame.js";
import { follow, seriesOf } from "./reading.js";

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
