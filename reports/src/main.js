// Makes a page of a report alive: pictures, sorting, filters. Everything it shows stands in the page.

import { openAccounts } from "./accounts.js";
import * as charts from "./charts.js";
import { setSpan } from "./charts/frame.js";
import { read } from "./data.js";
import { showRaw, View } from "./tables.js";

const page = read(document.getElementById("data"));
const accounts = document.getElementById("account") ? openAccounts(page) : null;

for (const section of document.querySelectorAll(".grid[data-table]")) {
  const { table: key } = section.dataset;
  const view = new View(section, page.tables.get(key), accounts?.optionsOf(key));
  accounts?.opened(key, view);
}

if (page.span) setSpan(page.span);
for (const figure of document.querySelectorAll("figure[data-chart]")) {
  charts[figure.dataset.chart](figure, page);
}

const raw = document.getElementById("raw");
raw.addEventListener("change", () => showRaw(raw.checked));
showRaw(raw.checked);
document.documentElement.classList.add("has-script");
accounts?.follow();
