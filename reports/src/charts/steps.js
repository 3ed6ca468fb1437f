// Amounts over time.

import * as Plot from "@observablehq/plot";

import { position } from "../format.js";
import { colour, date, legend, mount, plot } from "./frame.js";
import { follow, seriesOf } from "./reading.js";

/** Lines of amounts that hold until they change; `among` names those of the table that are drawn. */
export function steps(figure, { tables }) {
  const { source: key, line = "line", value = "amount", only = "", among } = figure.dataset;
  const table = tables.get(key);
  const unit = table.unit(value);
  const [column, ...rest] = only.split("=");
  const mine = table.rows((row) => only === "" || row[column] === rest.join("="));
  const inks = new Map(table.texts(line).map((name, i) => [name, colour(i)]));
  const wanted = among === undefined ? [...inks.keys()] : among.split("|");
  const names = wanted.filter((name) => mine.some((row) => row[line] === name));
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
