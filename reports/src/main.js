// Makes a page of a report alive: pictures, sorting, filters. Everything it shows stands in the page.

import * as charts from "./charts.js";
import { read } from "./data.js";
import { showRaw, View } from "./tables.js";

const page = read(document.getElementById("data"));

for (const section of document.querySelectorAll(".grid[data-table]")) {
  new View(section, page.tables.get(section.dataset.table));
}

for (const figure of document.querySelectorAll("figure[data-chart]")) {
  charts[figure.dataset.chart](figure, page);
  figure.classList.add("is-drawn");
}

const raw = document.getElementById("raw");
raw?.addEventListener("change", () => showRaw(raw.checked));
document.documentElement.classList.add("has-script");
