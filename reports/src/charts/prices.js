// Prices of a market, and the liquidations in it.

import * as Plot from "@observablehq/plot";

import { position } from "../format.js";
import { colour, date, held, legend, mount, plot } from "./frame.js";
import { DOWN } from "./marks.js";
import { follow, seriesOf } from "./reading.js";

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
