// Pictures of the tables, by the names that the page calls them. Each mark is a row of the table under it.

export { account } from "./charts/account.js";
export { latencies } from "./charts/latencies.js";
export { levels } from "./charts/levels.js";
export { prices } from "./charts/prices.js";
export { quantiles } from "./charts/quantiles.js";
export { steps } from "./charts/steps.js";
